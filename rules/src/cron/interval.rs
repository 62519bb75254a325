use crate::{Broken, nearest};

/// What an interval is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

const UNITS: [(&str, Unit); 6] = [
    ("minute", Unit::Minute),
    ("hour", Unit::Hour),
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("year", Unit::Year),
];

/// Reads `every 10 minutes` or `every day`; nothing if the text does not begin with `every`.
///
/// # Errors
///
/// When it does and goes on otherwise.
pub fn interval(text: &str) -> Result<Option<(u64, Unit)>, Broken> {
    let mut words = text.split_whitespace();
    if words.next() != Some("every") {
        return Ok(None);
    }
    let words: Vec<_> = words.collect();
    let (count, unit) = match words[..] {
        [unit] => (1, unit),
        [count, unit] => (read(count)?, unit),
        _ => return Err(Broken::new("an interval is written as `every 10 minutes` or `every day`")),
    };
    let singular = unit.strip_suffix('s').unwrap_or(unit);
    match UNITS.iter().find(|(name, _)| *name == singular) {
        Some((_, unit)) => Ok(Some((count, *unit))),
        None => Err(unknown(unit, singular)),
    }
}

fn read(count: &str) -> Result<u64, Broken> {
    match count.parse::<u64>() {
        Ok(0) => Err(Broken::new("an interval is at least one unit, this one is 0")),
        // Sentry keeps it in 32 bits.
        Ok(count) if i32::try_from(count).is_ok() => Ok(count),
        _ => Err(Broken::new(format!(
            "an interval is a number of units, as in `every 10 minutes`, not `{count}`"
        ))),
    }
}

fn unknown(unit: &str, singular: &str) -> Broken {
    if singular == "second" {
        return Broken::new("an interval is at least one minute: Sentry does not count in seconds");
    }
    match nearest(singular, UNITS.map(|(name, _)| name)) {
        Some(meant) => Broken::new(format!("unknown unit `{unit}`, did you mean `{meant}`?")),
        None => Broken::new(format!(
            "unknown unit `{unit}`; an interval is in minutes, hours, days, weeks, months or years"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Unit, interval};

    #[test]
    fn intervals() {
        for (text, read) in [
            ("every minute", Some((1, Unit::Minute))),
            ("every  1 hour", Some((1, Unit::Hour))),
            ("every 7 days", Some((7, Unit::Day))),
            ("every 2 weeks", Some((2, Unit::Week))),
            ("every month", Some((1, Unit::Month))),
            ("every year", Some((1, Unit::Year))),
            ("0 0 * * *", None),
        ] {
            assert_eq!(interval(text), Ok(read), "{text}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("every", "an interval is written as `every 10 minutes` or `every day`"),
            ("every 10", "unknown unit `10`; an interval is in minutes, hours, days, weeks, months or years"),
            ("every ten minutes", "an interval is a number of units, as in `every 10 minutes`, not `ten`"),
            (
                "every 3000000000 days",
                "an interval is a number of units, as in `every 10 minutes`, not `3000000000`",
            ),
            ("every 5 minuets", "unknown unit `minuets`, did you mean `minute`?"),
            ("every 30 seconds", "an interval is at least one minute: Sentry does not count in seconds"),
        ] {
            assert_eq!(interval(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
