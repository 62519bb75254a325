use std::borrow::Cow;

use crate::Broken;

/// Characters that Sentry takes of a key, and of a value.
const MOST: usize = 200;

/// Checks a tag's key as Sentry does: 1 to 200 of ASCII letters, digits, `_`, `.`, `:` and `-`.
///
/// # Errors
///
/// When Sentry would change the key or drop the tag.
///
/// ```
/// assert!(monitored_rules::tag_key("http.route").is_ok());
/// assert!(monitored_rules::tag_key("two words").is_err());
/// ```
pub fn tag_key(text: &str) -> Result<(), Broken> {
    if text.is_empty() {
        return Err(Broken::new("a tag's key is not empty"));
    }
    short("key", text)?;
    match text.chars().find(|c| !is_key(*c)) {
        Some(c) => Err(Broken::new(format!(
            "a tag's key holds ASCII letters, digits, `_`, `.`, `:` and `-`, this one has {c:?}"
        ))),
        None => Ok(()),
    }
}

/// Checks a tag's value as Sentry does: at most 200 characters, all on one line.
///
/// # Errors
///
/// When Sentry would cut the value or drop the tag.
pub fn tag_value(text: &str) -> Result<(), Broken> {
    short("value", text)?;
    if text.contains(is_break) {
        return Err(Broken::new("a tag's value is one line, this one has a line break"));
    }
    Ok(())
}

/// The nearest thing to this key that Sentry takes; `None` if nothing is left of it.
pub fn tidy_tag_key(text: &str) -> Option<Cow<'_, str>> {
    if tag_key(text).is_ok() {
        return Some(Cow::Borrowed(text));
    }
    let tidy: String = text.chars().take(MOST).map(|c| if is_key(c) { c } else { '-' }).collect();
    (!tidy.is_empty()).then_some(Cow::Owned(tidy))
}

/// The nearest thing to this value that Sentry takes: line breaks become spaces, the end is cut off.
pub fn tidy_tag_value(text: &str) -> Cow<'_, str> {
    if tag_value(text).is_ok() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(MOST).map(|c| if is_break(c) { ' ' } else { c }).collect())
}

fn short(what: &str, text: &str) -> Result<(), Broken> {
    match text.chars().count() {
        count if count > MOST => {
            Err(Broken::new(format!("a tag's {what} has at most {MOST} characters, this one has {count}")))
        }
        _ => Ok(()),
    }
}

fn is_key(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.:-".contains(c)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::{tag_key, tag_value, tidy_tag_key, tidy_tag_value};

    #[test]
    fn what_is_tidy_is_accepted() {
        let long = "x".repeat(300);
        for (text, tidy) in
            [("a.b:c-d_1", Some("a.b:c-d_1")), ("two words", Some("two-words")), ("é", Some("-")), ("", None)]
        {
            assert_eq!(tidy_tag_key(text).as_deref(), tidy, "{text}");
        }
        for text in ["", "one line", "two\r\nlines", &long] {
            assert_eq!(tag_value(&tidy_tag_value(text)), Ok(()), "{text}");
        }
        assert!(tag_key(&long).is_err());
        assert_eq!(tag_key(&tidy_tag_key(&long).unwrap()), Ok(()));
        assert_eq!(tidy_tag_value("two\nlines"), "two lines");
    }
}
