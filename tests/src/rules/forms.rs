//! How ids, times, names and numbers are written.

use std::time::SystemTime;

use serde_json::Value;

/// Seconds since the epoch.
pub(super) fn seconds(time: SystemTime) -> f64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map(|since| since.as_secs_f64()).unwrap_or_default()
}

/// A point in time, RFC 3339 in UTC or a number of seconds.
pub(super) fn timestamp(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => rfc3339(text),
        _ => None,
    }
}

/// A point in time as RFC 3339 in UTC.
pub(super) fn rfc3339(text: &str) -> Option<f64> {
    humantime::parse_rfc3339(text).ok().map(seconds)
}

/// True when `time` lies within the last ten minutes of `now`: no test runs longer. Two clocks read one after
/// the other may disagree by a little.
pub(super) fn recent(time: f64, now: f64) -> bool {
    (now - 600.0..=now + 2.0).contains(&time)
}

/// `digits` lower-case hex digits, not all of them zero.
pub(super) fn is_id(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && text.bytes().any(|byte| byte != b'0')
}

/// `0x` and hex digits.
pub(super) fn is_address(text: &str) -> bool {
    text.strip_prefix("0x")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `manual` or `auto` with up to three parts behind it.
pub(super) fn is_origin(text: &str) -> bool {
    let mut parts = text.split('.');
    let first = parts.next();
    let rest: Vec<_> = parts.collect();
    matches!((first, rest.len()), (Some("manual"), 0) | (Some("auto"), 0..=3))
        && rest.iter().all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        })
}

/// An operation: lower-case words with underscores, categories parted by dots.
pub(super) fn is_op(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

/// The statuses of spans and transactions that Relay knows.
pub(super) fn is_status(text: &str) -> bool {
    const KNOWN: [&str; 18] = [
        "ok",
        "cancelled",
        "unknown",
        "unknown_error",
        "invalid_argument",
        "deadline_exceeded",
        "not_found",
        "already_exists",
        "permission_denied",
        "resource_exhausted",
        "failed_precondition",
        "aborted",
        "out_of_range",
        "unimplemented",
        "internal_error",
        "unavailable",
        "data_loss",
        "unauthenticated",
    ];
    KNOWN.contains(&text)
}

/// The key of a tag: at most 200 characters of a small set.
pub(super) fn is_tag_key(text: &str) -> bool {
    (1..=200).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
}

/// The value of a tag: at most 200 characters on one line.
pub(super) fn is_tag_value(text: &str) -> bool {
    text.chars().count() <= 200 && !text.contains('\n')
}

/// A release that Relay keeps.
pub(super) fn is_release(text: &str) -> bool {
    (1..=200).contains(&text.len())
        && !text.contains(['/', '\\', '\t', '\r', '\n', '\x0b', '\x0c', '\0'])
        && ![".", ".."].contains(&text)
        && !text.eq_ignore_ascii_case("latest")
}

/// An environment that Relay keeps.
pub(super) fn is_environment(text: &str) -> bool {
    (1..=64).contains(&text.chars().count())
        && !text.contains(['/', '\\', '\t', '\r', '\n', '\x0b', '\x0c'])
        && text != "."
        && !text.eq_ignore_ascii_case("none")
}

/// A distribution that Relay keeps.
pub(super) fn is_dist(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// `name/version`, where the name is `entity.ecosystem` with an optional flavour and not Sentry's own.
pub(super) fn is_client(text: &str) -> bool {
    text.split_once('/').is_some_and(|(name, version)| is_sdk_name(name) && is_version(version))
}

/// The name of an SDK that is not Sentry's own.
pub(super) fn is_sdk_name(name: &str) -> bool {
    let parts: Vec<_> = name.split('.').collect();
    (2..=3).contains(&parts.len())
        && parts[0] != "sentry"
        && parts.iter().all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        })
}

/// Three numbers, and what semantic versioning allows behind them.
pub(super) fn is_version(text: &str) -> bool {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let parts: Vec<_> = core.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        assert!(is_id("00f067aa0ba902b7", 16));
        for wrong in ["00F067AA0BA902B7", "0000000000000000", "00f067aa0ba902b", "00f067aa0ba902bg"] {
            assert!(!is_id(wrong, 16), "{wrong}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(rfc3339("1970-01-01T00:01:00Z"), Some(60.0));
        assert_eq!(rfc3339("1970-01-01T00:00:00.25Z"), Some(0.25));
        assert_eq!(rfc3339("1970-01-01"), None);
        assert!(recent(1000.0, 1001.0) && !recent(1000.0, 2000.0) && !recent(1010.0, 1000.0));
    }

    #[test]
    fn origins_and_operations() {
        for right in ["manual", "auto", "auto.function.monitored", "auto.a.b.c"] {
            assert!(is_origin(right), "{right}");
        }
        for wrong in ["", "manual.x", "auto.", "auto.a.b.c.d", "auto.a-b", "generic"] {
            assert!(!is_origin(wrong), "{wrong}");
        }
        assert!(is_op("db.query") && is_op("function") && is_op("gen_ai.chat"));
        assert!(!is_op("") && !is_op("DB") && !is_op("db..query") && !is_op("db query"));
    }

    #[test]
    fn releases_environments_and_dists() {
        assert!(is_release("shop@1.0.0") && is_release(&"é".repeat(100)) && is_release("one two"));
        for wrong in ["", "a/b", "a\\b", "a\nb", ".", "..", "Latest", &"é".repeat(101)] {
            assert!(!is_release(wrong), "{wrong}");
        }
        assert!(is_environment("production") && is_environment(&"é".repeat(64)));
        for wrong in ["", "a/b", "none", "None", ".", &"x".repeat(65)] {
            assert!(!is_environment(wrong), "{wrong}");
        }
        assert!(is_dist("1.0-a_b") && !is_dist("1+0") && !is_dist(&"x".repeat(65)));
    }

    #[test]
    fn clients() {
        assert!(is_client("monitored.rust/0.1.0") && is_client("monitored.rust.axum/1.2.3-rc.1"));
        for wrong in ["sentry.rust/0.1.0", "monitored/0.1.0", "monitored.rust", "monitored.rust/1.0"] {
            assert!(!is_client(wrong), "{wrong}");
        }
    }

    #[test]
    fn tags() {
        assert!(is_tag_key("http.route") && is_tag_key("a:b_c-d"));
        assert!(!is_tag_key("") && !is_tag_key("a b") && !is_tag_key(&"x".repeat(201)));
        assert!(is_tag_value("") && is_tag_value(&"é".repeat(200)));
        assert!(!is_tag_value("a\nb") && !is_tag_value(&"x".repeat(201)));
    }
}
