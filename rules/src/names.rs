use crate::Broken;

/// Checks a release as Sentry does: 1 to 200 bytes of UTF-8, no slashes, tabs, line breaks or NUL, not `.`, `..` or
/// `latest`. White space around it is not part of it.
///
/// # Errors
///
/// When Sentry would drop the release from every event.
///
/// ```
/// assert!(monitored_rules::release("shop@1.4.0").is_ok());
/// assert_eq!(
///     monitored_rules::release("team/shop").unwrap_err().to_string(),
///     "a release holds no slash, this one has `/`"
/// );
/// ```
pub fn release(text: &str) -> Result<(), Broken> {
    name("a release", text, 200, &[".", "..", "latest"])
}

/// Checks an environment as Sentry does: 1 to 64 bytes of UTF-8, no slashes, tabs, line breaks or NUL, not `.`, `..` or
/// `none`. White space around it is not part of it.
///
/// # Errors
///
/// When Sentry would drop the environment from every event.
pub fn environment(text: &str) -> Result<(), Broken> {
    name("an environment", text, 64, &[".", "..", "none"])
}

/// Checks a distribution as Sentry does: 1 to 64 of ASCII letters, digits, `_`, `.` and `-`. White space around it is
/// not part of it.
///
/// # Errors
///
/// When Sentry would drop the distribution from every event.
pub fn dist(text: &str) -> Result<(), Broken> {
    let text = text.trim();
    sized("a dist", text, 64)?;
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || "_.-".contains(*c))) {
        Some(c) => Err(Broken::new(format!(
            "a dist holds ASCII letters, digits, `_`, `.` and `-`, this one has {c:?}"
        ))),
        None => Ok(()),
    }
}

fn name(what: &str, text: &str, most: usize, reserved: &[&str]) -> Result<(), Broken> {
    let text = text.trim();
    sized(what, text, most)?;
    if let Some(word) = reserved.iter().find(|word| text.eq_ignore_ascii_case(word)) {
        return Err(Broken::new(format!("{what} is not `{word}`, Sentry reserves that word")));
    }
    match text.chars().find(|c| "/\\\t\r\n\x0b\x0c\0".contains(*c)) {
        Some(c @ ('/' | '\\')) => Err(Broken::new(format!("{what} holds no slash, this one has `{c}`"))),
        Some(c) => Err(Broken::new(format!("{what} holds no tab, line break or NUL, this one has {c:?}"))),
        None => Ok(()),
    }
}

fn sized(what: &str, text: &str, most: usize) -> Result<(), Broken> {
    match text.len() {
        0 => Err(Broken::new(format!("{what} is not empty"))),
        bytes if bytes > most => {
            Err(Broken::new(format!("{what} has at most {most} bytes, this one has {bytes}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Broken, dist, environment, release};

    fn check(rule: fn(&str) -> Result<(), Broken>, cases: &[(&str, &str)]) {
        for (text, message) in cases {
            let found = rule(text).err().map(|broken| broken.to_string()).unwrap_or_default();
            assert_eq!(found, *message, "{text:?}");
        }
    }

    /// Every row was put to Relay's normaliser: an empty message stands for a value that it kept.
    #[test]
    fn releases() {
        let (full, long) = ("r".repeat(200), "r".repeat(201));
        let (full_utf8, long_utf8) = ("é".repeat(100), "é".repeat(101));
        check(
            release,
            &[
                ("shop@1.4.0+build.7", ""),
                ("a b", ""),
                (" padded ", ""),
                (&full, ""),
                (&full_utf8, ""),
                (&long, "a release has at most 200 bytes, this one has 201"),
                (&long_utf8, "a release has at most 200 bytes, this one has 202"),
                ("", "a release is not empty"),
                (" ", "a release is not empty"),
                (".", "a release is not `.`, Sentry reserves that word"),
                ("..", "a release is not `..`, Sentry reserves that word"),
                (" LATEST", "a release is not `latest`, Sentry reserves that word"),
                ("a/b", "a release holds no slash, this one has `/`"),
                ("a\\b", "a release holds no slash, this one has `\\`"),
                ("a\tb", r"a release holds no tab, line break or NUL, this one has '\t'"),
                ("a\rb", r"a release holds no tab, line break or NUL, this one has '\r'"),
                ("a\nb", r"a release holds no tab, line break or NUL, this one has '\n'"),
                ("a\x0bb", r"a release holds no tab, line break or NUL, this one has '\u{b}'"),
                ("a\x0cb", r"a release holds no tab, line break or NUL, this one has '\u{c}'"),
                ("a\0b", r"a release holds no tab, line break or NUL, this one has '\0'"),
            ],
        );
    }

    #[test]
    fn environments() {
        let (full, long) = ("e".repeat(64), "e".repeat(65));
        let (full_utf8, long_utf8) = ("é".repeat(32), "é".repeat(33));
        check(
            environment,
            &[
                ("production", ""),
                ("a b", ""),
                ("latest", ""),
                (&full, ""),
                (&full_utf8, ""),
                (&long, "an environment has at most 64 bytes, this one has 65"),
                (&long_utf8, "an environment has at most 64 bytes, this one has 66"),
                ("", "an environment is not empty"),
                ("None", "an environment is not `none`, Sentry reserves that word"),
                (".", "an environment is not `.`, Sentry reserves that word"),
                ("..", "an environment is not `..`, Sentry reserves that word"),
                ("eu/prod", "an environment holds no slash, this one has `/`"),
                ("a\0b", r"an environment holds no tab, line break or NUL, this one has '\0'"),
            ],
        );
    }

    #[test]
    fn dists() {
        let (full, long) = ("d".repeat(64), "d".repeat(65));
        let charset = "a dist holds ASCII letters, digits, `_`, `.` and `-`, this one has";
        check(
            dist,
            &[
                ("a_b.c-1", ""),
                ("a ", ""),
                (".", ""),
                (&full, ""),
                (&long, "a dist has at most 64 bytes, this one has 65"),
                ("", "a dist is not empty"),
                ("a b", &format!("{charset} ' '")),
                ("a@b", &format!("{charset} '@'")),
                ("a/b", &format!("{charset} '/'")),
                ("a+b", &format!("{charset} '+'")),
                ("é", &format!("{charset} 'é'")),
            ],
        );
    }
}
