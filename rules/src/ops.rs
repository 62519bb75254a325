use crate::{Broken, nearest};

/// The operations that Sentry publishes, in the order of the alphabet.
///
/// Source: Sentry's developer documentation, "Span operations", and the names that its own SDKs send.
pub fn ops() -> impl Iterator<Item = &'static str> + Clone {
    include_str!("ops.txt").lines()
}

/// Checks that an operation is one that Sentry publishes. Sentry accepts any; it groups and draws only these by what
/// they are.
///
/// # Errors
///
/// When it is not published; the error names the nearest one that is.
///
/// ```
/// assert!(monitored_rules::op("db.query").is_ok());
/// assert_eq!(
///     monitored_rules::op("db.qeury").unwrap_err().to_string(),
///     "`db.qeury` is not an operation that Sentry publishes, did you mean `db.query`?"
/// );
/// ```
pub fn op(text: &str) -> Result<(), Broken> {
    if ops().any(|op| op == text) {
        return Ok(());
    }
    let meant = nearest(text, ops()).map(|op| format!(", did you mean `{op}`?")).unwrap_or_default();
    Err(Broken::new(format!("`{text}` is not an operation that Sentry publishes{meant}")))
}

#[cfg(test)]
mod tests {
    use super::{op, ops};

    #[test]
    fn names() {
        assert!(ops().all(|name| !name.is_empty() && name.trim() == name), "one name a line");
        assert!(ops().is_sorted(), "in the order of the alphabet");
        assert_eq!(ops().find(|name| op(name).is_err()), None);
        for (text, ending) in [
            ("http.servr", "did you mean `http.server`?"),
            ("DB.Query", "did you mean `db.query`?"),
            ("", "publishes"),
            ("brew.coffee.now", "publishes"),
        ] {
            let message = op(text).err().map(|broken| broken.to_string()).unwrap_or_default();
            assert!(message.ends_with(ending), "{text:?}: {message:?}");
        }
    }
}
