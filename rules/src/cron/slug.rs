use crate::Broken;

/// Checks a monitor's slug as Sentry does: 1 to 50 of lower-case ASCII letters, digits, `-` and `_`.
///
/// # Errors
///
/// When Sentry would refuse or change the slug.
///
/// ```
/// assert!(monitored_rules::monitor_slug("nightly-import").is_ok());
/// assert_eq!(
///     monitored_rules::monitor_slug("Nightly Import").unwrap_err().to_string(),
///     "a monitor's slug holds lower-case ASCII letters, digits, `-` and `_`, this one has 'N'"
/// );
/// ```
pub fn monitor_slug(text: &str) -> Result<(), Broken> {
    const MOST: usize = 50;
    if text.is_empty() {
        return Err(Broken::new("a monitor's slug is not empty"));
    }
    let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if let Some(c) = text.chars().find(|c| !is_slug(*c)) {
        return Err(Broken::new(format!(
            "a monitor's slug holds lower-case ASCII letters, digits, `-` and `_`, this one has {c:?}"
        )));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Broken::new("a monitor's slug is not only digits: they would stand for an id"));
    }
    match text.len() {
        length if length > MOST => {
            Err(Broken::new(format!("a monitor's slug has at most {MOST} characters, this one has {length}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::monitor_slug;

    #[test]
    fn slugs() {
        for good in ["a", "nightly-import", "a_1-2", &"s".repeat(50)] {
            assert_eq!(monitor_slug(good), Ok(()), "{good}");
        }
        for bad in ["", "A", "a b", "a.b", "é", "42", &"s".repeat(51)] {
            assert!(monitor_slug(bad).is_err(), "{bad}");
        }
    }
}
