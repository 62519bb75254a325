//! Texts that are lists of names and values: queries, forms, cookies.

use percent_encoding::percent_decode_str;

use super::FILTERED;

/// A query, or a form, without the values of secrets, also where a value is a URL with a query of its own; `None` if there
/// are none in it.
pub(super) fn query(text: &str, mut is_secret: impl FnMut(&str) -> bool) -> Option<String> {
    replaced(text, '&', query_within, |name| {
        let name = name.replace('+', " ");
        is_secret(&percent_decode_str(name.trim_start_matches('?')).decode_utf8_lossy())
    })
}

/// The cookies of a `Cookie` header without the values of secrets; `None` if there are none in it. What is not a list of
/// pairs is a secret as a whole.
pub(super) fn cookies(text: &str, is_secret: impl FnMut(&str) -> bool) -> Option<String> {
    let is_pair = |cookie: &str| cookie.trim().is_empty() || cookie.contains('=');
    if text.split(';').all(is_pair) {
        replaced(text, ';', |_| None, is_secret)
    } else {
        (text != FILTERED).then(|| FILTERED.to_owned())
    }
}

/// One cookie of a `Set-Cookie` header, the same way; what follows the pair says how it is kept.
pub(super) fn set_cookie(text: &str, is_secret: impl FnMut(&str) -> bool) -> Option<String> {
    let (cookie, rest) = text.split_at(text.find(';').unwrap_or(text.len()));
    cookies(cookie, is_secret).map(|cookie| cookie + rest)
}

/// Where the query of a URL begins that is a value; the pair before its first separator is part of the same pair.
fn query_within(value: &str) -> Option<usize> {
    let url = value.find("://")?;
    value[url..].find('?').map(|question| url + question + 1)
}

/// The list with values replaced; `None` if none had to be. `within` says where in a value another list begins.
fn replaced(
    text: &str,
    separator: char,
    within: impl Fn(&str) -> Option<usize>,
    mut is_secret: impl FnMut(&str) -> bool,
) -> Option<String> {
    let mut changed = false;
    let mut part = |pair: &str| {
        let mut start = 0;
        while let Some((name, value)) = pair[start..].split_once('=') {
            if !value.is_empty() && value != FILTERED && is_secret(name.trim()) {
                changed = true;
                return format!("{}{name}={FILTERED}", &pair[..start]);
            }
            let Some(inner) = within(value) else { break };
            start = pair.len() - value.len() + inner;
        }
        pair.to_owned()
    };
    let parts: Vec<String> = text.split(separator).map(&mut part).collect();
    changed.then(|| parts.join(separator.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use monitored_rules::is_sensitive;

    use super::*;

    #[test]
    fn values_of_secrets_are_replaced() {
        for (text, expected) in [
            ("a=1&token=x&b=2", Some("a=1&token=[Filtered]&b=2")),
            ("?api%5Fkey=x", Some("?api%5Fkey=[Filtered]")),
            ("next=https://a/?page=1&b=2", None),
            ("next=https://a/?token=x&b=2", Some("next=https://a/?token=[Filtered]&b=2")),
            (
                "sid=1&next=https://a/?next=https://b/?token=x",
                Some("sid=[Filtered]&next=https://a/?next=https://b/?token=[Filtered]"),
            ),
            ("token=https://a/?b=1", Some("token=[Filtered]")),
            ("a=1&b", None),
            ("token=", None),
            ("", None),
        ] {
            assert_eq!(query(text, is_sensitive).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("a=1; sessionid=x; b=2", Some("a=1; sessionid=[Filtered]; b=2")),
            ("a=1; b=2;", None),
            ("hunter2", Some("[Filtered]")),
            ("a=1; hunter2", Some("[Filtered]")),
        ] {
            assert_eq!(cookies(text, is_sensitive).as_deref(), expected, "{text}");
        }
        let text = "sid=x; Path=/; HttpOnly";
        assert_eq!(set_cookie(text, is_sensitive).as_deref(), Some("sid=[Filtered]; Path=/; HttpOnly"));
        assert_eq!(set_cookie("theme=dark; Secure", is_sensitive), None);
    }
}
