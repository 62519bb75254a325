use crate::Broken;

/// One of the five fields.
struct Field {
    name: &'static str,
    from: u8,
    to: u8,
    /// Names of the values, beginning with that of `from`.
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const MINUTE: Field = Field { name: "minute", from: 0, to: 59, names: &[] };
const HOUR: Field = Field { name: "hour", from: 0, to: 23, names: &[] };
const DAY: Field = Field { name: "day of the month", from: 1, to: 31, names: &[] };
const MONTH: Field = Field { name: "month", from: 1, to: 12, names: &MONTHS };
/// Sunday is 0 and 7.
const WEEKDAY: Field = Field { name: "day of the week", from: 0, to: 7, names: &DAYS };

/// What stands for a whole line.
const NICKNAMES: [&str; 6] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@hourly"];

/// Days that a month has at the most.
const LENGTHS: [u8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Checks a crontab line as Sentry does, which reads them with `cronsim`: minute, hour, day of the month, month and day of the week, each `*`, a value, a
/// range, a list or a step, months and days also by their English names; `L` and `LW` for the last day and the last
/// working day of the month, `5L` and `5#2` for the last and the second Friday; or `@daily` and the like.
///
/// # Errors
///
/// When Sentry would refuse it, or the day never comes.
///
/// ```
/// assert!(monitored_rules::crontab("*/15 9-17 * JAN,JUL MON-FRI").is_ok());
/// assert_eq!(
///     monitored_rules::crontab("0 0 31 FEB *").unwrap_err().to_string(),
///     "no month of this line has a day 31"
/// );
/// ```
pub fn crontab(text: &str) -> Result<(), Broken> {
    let text = text.trim();
    if text.starts_with('@') {
        return nickname(text);
    }
    let fields: Vec<_> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else {
        return Err(count(fields.len()));
    };
    parse(&MINUTE, minute, nothing_else)?;
    parse(&HOUR, hour, nothing_else)?;
    let days = parse(&DAY, day, last_day)?;
    let months = parse(&MONTH, month, nothing_else)?;
    parse(&WEEKDAY, weekday, weekday_of_month)?;
    // A day of the week is another way for a day to come, unless its field begins with a star: then both must fit.
    let Some(first) = days.iter().min().filter(|_| weekday.starts_with('*')) else { return Ok(()) };
    let longest = months.iter().filter_map(|month| LENGTHS.get(usize::from(*month).checked_sub(1)?)).max();
    match longest {
        Some(longest) if first > longest => {
            Err(Broken::new(format!("no month of this line has a day {first}")))
        }
        _ => Ok(()),
    }
}

fn nickname(text: &str) -> Result<(), Broken> {
    if NICKNAMES.contains(&text) {
        return Ok(());
    }
    let known = NICKNAMES.join("`, `");
    Err(Broken::new(match text {
        "@midnight" => "Sentry does not know `@midnight`: write `@daily`".to_owned(),
        "@reboot" => "`@reboot` is no time at which a job could be missed".to_owned(),
        _ => format!("unknown schedule `{text}`; Sentry knows `{known}`"),
    }))
}

fn count(fields: usize) -> Broken {
    const FIELDS: &str =
        "a crontab line has five fields (minute, hour, day of the month, month, day of the week)";
    let hint = if fields == 6 { ": Sentry does not count in seconds" } else { "" };
    Broken::new(format!("{FIELDS}, this one has {fields}{hint}"))
}

/// Reads a term that only one of the fields has: the values it may stand for, if it is one.
type Special = fn(&str) -> Option<Result<Vec<u8>, Broken>>;

fn nothing_else(_: &str) -> Option<Result<Vec<u8>, Broken>> {
    None
}

/// `L` and `LW`: every month has these.
fn last_day(term: &str) -> Option<Result<Vec<u8>, Broken>> {
    ["L", "LW"].iter().any(|last| term.eq_ignore_ascii_case(last)).then(|| Ok(vec![DAY.from]))
}

/// `5L` and `5#2`.
fn weekday_of_month(term: &str) -> Option<Result<Vec<u8>, Broken>> {
    if let Some((day, nth)) = term.split_once('#') {
        return Some(value(&WEEKDAY, day).and_then(|day| match nth.parse::<u8>() {
            Ok(1..=5) => Ok(vec![day]),
            _ => Err(Broken::new(format!("after `#` comes a number from 1 to 5, not `{nth}`"))),
        }));
    }
    let day = term.strip_suffix(['L', 'l'])?;
    Some(value(&WEEKDAY, day).map(|day| vec![day]))
}

/// The values that a field stands for.
fn parse(field: &Field, text: &str, special: Special) -> Result<Vec<u8>, Broken> {
    let mut values = Vec::new();
    for term in text.split(',') {
        match special(term) {
            Some(found) => values.extend(found?),
            None => values.extend(stepped(field, term)?),
        }
    }
    Ok(values)
}

/// `*/5`, `1-9/2`, `3/10`, or without a step.
fn stepped(field: &Field, term: &str) -> Result<Vec<u8>, Broken> {
    let Some((whole, step)) = term.split_once('/') else {
        return range(field, term).map(|(from, to)| (from..=to).collect());
    };
    let step = match number(step) {
        Some(0) => return Err(Broken::new(format!("a step of the {} is at least 1", field.name))),
        Some(step) => usize::from(step),
        None => {
            return Err(Broken::new(format!("a step of the {} is a number, not `{step}`", field.name)));
        }
    };
    let (from, mut to) = range(field, whole)?;
    if !whole.contains(['-', '*']) {
        to = field.to;
    }
    Ok((from..=to).step_by(step).collect())
}

/// `*`, `1-5`, `MON-FRI` or one value.
fn range(field: &Field, term: &str) -> Result<(u8, u8), Broken> {
    if term == "*" {
        return Ok((field.from, field.to));
    }
    let Some((from, to)) = term.split_once('-') else {
        return value(field, term).map(|value| (value, value));
    };
    let (from, to) = (value(field, from)?, value(field, to)?);
    if from > to {
        let name = field.name;
        return Err(Broken::new(format!("a range of the {name} goes upwards, this one is `{term}`")));
    }
    Ok((from, to))
}

fn value(field: &Field, text: &str) -> Result<u8, Broken> {
    let Field { name, from, to, names } = field;
    if let Some(place) = names.iter().position(|name| text.eq_ignore_ascii_case(name)) {
        return Ok(u8::try_from(place).map_or(*from, |place| from + place));
    }
    let shown = if text.is_empty() { "missing".to_owned() } else { text.to_owned() };
    match number(text) {
        Some(value) if (*from..=*to).contains(&value) => Ok(value),
        _ if !names.is_empty() && text.chars().any(char::is_alphabetic) => {
            let known = names.join(", ");
            Err(Broken::new(format!(
                "the {name} is a number from {from} to {to} or one of {known}, not `{text}`"
            )))
        }
        _ => Err(Broken::new(format!("the {name} is from {from} to {to}, this one is {shown}"))),
    }
}

/// Digits and nothing else.
fn number(text: &str) -> Option<u8> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::crontab;

    #[test]
    fn lines() {
        for good in [
            "* * * * *",
            "0 0 * * *",
            "  */15  9-17 * * 1-5 ",
            "5,10,15-20,30-59/2 * * * *",
            "3/10 * * * *",
            "0 0 1 jan-mar Sun",
            "0 0 * * 7",
            "0 0 L * *",
            "0 0 LW * *",
            "0 0 * * 5L",
            "0 0 * * FRI#2",
            "0 0 29 2 *",
            "0 0 30,31 2,4 *",
            "0 0 31 2 MON",
            "@hourly",
            "@yearly",
        ] {
            assert_eq!(crontab(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn mistakes() {
        for (text, message) in [
            ("60 * * * *", "the minute is from 0 to 59, this one is 60"),
            ("* 24 * * *", "the hour is from 0 to 23, this one is 24"),
            ("* * 0 * *", "the day of the month is from 1 to 31, this one is 0"),
            ("* * * 13 *", "the month is from 1 to 12, this one is 13"),
            ("* * * * 8", "the day of the week is from 0 to 7, this one is 8"),
            ("256 * * * *", "the minute is from 0 to 59, this one is 256"),
            ("-5 * * * *", "the minute is from 0 to 59, this one is missing"),
            ("1, * * * *", "the minute is from 0 to 59, this one is missing"),
            ("+5 * * * *", "the minute is from 0 to 59, this one is +5"),
            ("? * * * *", "the minute is from 0 to 59, this one is ?"),
            ("*/0 * * * *", "a step of the minute is at least 1"),
            ("*/x * * * *", "a step of the minute is a number, not `x`"),
            ("* 17-9 * * *", "a range of the hour goes upwards, this one is `17-9`"),
            (
                "* * * * MOD",
                "the day of the week is a number from 0 to 7 or one of SUN, MON, TUE, WED, THU, FRI, SAT, not `MOD`",
            ),
            ("* * * * 5#6", "after `#` comes a number from 1 to 5, not `6`"),
            ("0 0 31 4,6 *", "no month of this line has a day 31"),
            ("0 0 31 4,6 */2", "no month of this line has a day 31"),
            (
                "0 0 0 * * *",
                "a crontab line has five fields (minute, hour, day of the month, month, day of the week), this one has 6: Sentry does not count in seconds",
            ),
            ("@reboot", "`@reboot` is no time at which a job could be missed"),
            ("@midnight", "Sentry does not know `@midnight`: write `@daily`"),
            (
                "@noon",
                "unknown schedule `@noon`; Sentry knows `@yearly`, `@annually`, `@monthly`, `@weekly`, `@daily`, `@hourly`",
            ),
        ] {
            assert_eq!(crontab(text).unwrap_err().to_string(), message, "{text}");
        }
    }
}
