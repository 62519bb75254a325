//! URLs in texts: who they log in as, and secrets in their queries.

use super::pairs;

/// What stands for a name and a password.
const ANYBODY: &str = "[Filtered]:[Filtered]";

/// What ends a URL in a text.
const END: [char; 9] = [' ', '\t', '\n', '\r', '"', '\'', '`', '<', '>'];

/// The text without the user information of URLs, and without the values of secrets in their queries; `None` if there was
/// nothing of that in it.
pub(super) fn without_secrets(text: &str, is_secret: impl FnMut(&str) -> bool) -> Option<String> {
    // Most texts have no address in them, which is seen at once.
    if !text.as_bytes().contains(&b':') {
        return None;
    }
    let mut clean = without_users(text);
    if let Some(cleaner) = without_queries(clean.as_deref().unwrap_or(text), is_secret) {
        // What ended the authority of a URL may have been in a value that is gone.
        clean = without_users(&cleaner).or(Some(cleaner));
    }
    clean
}

fn without_users(text: &str) -> Option<String> {
    let (mut clean, mut done) = (String::new(), 0);
    for (colon, slashes) in text.match_indices("://") {
        let start = colon + slashes.len();
        let authority = until(&text[start..], &['/', '?', '#']);
        if let Some(at) = authority.rfind('@')
            && authority[..at] != *ANYBODY
        {
            clean.push_str(&text[done..start]);
            clean.push_str(ANYBODY);
            done = start + at;
        }
    }
    (done > 0).then(|| clean + &text[done..])
}

fn without_queries(text: &str, mut is_secret: impl FnMut(&str) -> bool) -> Option<String> {
    let (mut clean, mut done, mut looked_at) = (String::new(), 0, 0);
    for (start, _) in text.match_indices("://") {
        // A URL within the query of another is a part of that.
        if start < looked_at {
            continue;
        }
        let address = until(&text[start..], &['#']);
        let Some(question) = address.find('?') else { continue };
        looked_at = start + address.len();
        if let Some(filtered) = pairs::query(&address[question..], &mut is_secret) {
            clean.push_str(&text[done..start + question]);
            clean.push_str(&filtered);
            done = looked_at;
        }
    }
    (done > 0).then(|| clean + &text[done..])
}

/// The text up to the end of the URL in it, or to one of these.
fn until<'t>(text: &'t str, ends: &[char]) -> &'t str {
    &text[..text.find(|c| END.contains(&c) || ends.contains(&c)).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use monitored_rules::is_sensitive;
    use proptest::prelude::*;

    use super::without_secrets;

    #[test]
    fn who_logs_in_is_not_told() {
        for (text, expected) in [
            ("https://ada:pw@host/a?b=1", Some("https://[Filtered]:[Filtered]@host/a?b=1")),
            ("https://ada@host", Some("https://[Filtered]:[Filtered]@host")),
            ("GET http://host/?token=x#top", Some("GET http://host/?token=[Filtered]#top")),
            (
                "from amqp://a:b@x to redis://:c@y",
                Some("from amqp://[Filtered]:[Filtered]@x to redis://[Filtered]:[Filtered]@y"),
            ),
            (
                "https://a:b@c/?sid=1&next=https://d:e@f",
                Some("https://[Filtered]:[Filtered]@c/?sid=[Filtered]&next=https://[Filtered]:[Filtered]@f"),
            ),
            (
                "https://c/?sid=1&next=https://d/?page=1&token=2",
                Some("https://c/?sid=[Filtered]&next=https://d/?page=1&token=[Filtered]"),
            ),
            (
                "https://c/?sid=1&next=https://d/?token=2",
                Some("https://c/?sid=[Filtered]&next=https://d/?token=[Filtered]"),
            ),
            ("://?token=://&=://?token=a", Some("://?token=[Filtered]&=://?token=[Filtered]")),
            ("https://host/@ada?mail=a@b.c", None),
            ("https://[Filtered]:[Filtered]@host", None),
            ("://", None),
            ("no address", None),
        ] {
            let clean = without_secrets(text, is_sensitive);
            assert_eq!(clean.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn any_text_is_read() {
        let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(text in "([a-zé@/?#&=: ]|://|token=){0,40}")| {
            if let Some(clean) = without_secrets(&text, is_sensitive) {
                prop_assert_eq!(without_secrets(&clean, is_sensitive), None, "{} of {}", clean, text);
            }
        });
    }
}
