/// Words that tell a secret wherever they stand in a name.
const ANYWHERE: [&str; 19] = [
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "jwt",
    "bearer",
    "saml",
    "csrf",
    "xsrf",
    "credential",
    // What follows tells as much as a word of its own does, and is written together.
    "apikey",
    "accesskey",
    "privatekey",
    "oauth",
    "authoriz",
    "authoris",
    "authentic",
    "sessionid",
];

/// Words that are part of harmless ones (`author`, `monkey`, `lesson`, `side`): they tell only as words of the name.
const WHOLE: [&str; 6] = ["auth", "key", "sso", "session", "sid", "identity"];

/// Whether a value of this name is likely to be a secret, by the words that Sentry's SDKs agree on. Most of them may
/// stand anywhere in the name. Those that are part of many harmless words have to be a word of their own: from one `_`,
/// `-`, `.` or change of case to the next, in the singular or the plural. Case does not matter.
///
/// ```
/// assert!(monitored_rules::is_sensitive("api_key"));
/// assert!(monitored_rules::is_sensitive("newPassword"));
/// assert!(!monitored_rules::is_sensitive("monkey"));
/// assert!(!monitored_rules::is_sensitive("side"));
/// ```
pub fn is_sensitive(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    ANYWHERE.iter().any(|word| lower.contains(word)) || words(name).any(is_whole)
}

fn is_whole(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let singular = word.strip_suffix(['s', 'S']).unwrap_or(word);
    WHOLE.iter().any(|whole| word.eq_ignore_ascii_case(whole) || singular.eq_ignore_ascii_case(whole))
}

/// The words of a name: `user_id`, `userId` and `USER-ID` are two, and so is `SIDNumber`.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).flat_map(|part| {
        let mut rest = part;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (word, after) = rest.split_at(end_of_word(rest));
            rest = after;
            Some(word)
        })
    })
}

/// Where the first word ends: before a capital after a small letter, and before the last of several capitals if a small
/// letter follows that.
fn end_of_word(text: &str) -> usize {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let starts_word = |at: &usize| {
        let (before, after) = (letters[at - 1].1, letters.get(at + 1).map(|(_, letter)| *letter));
        letters[*at].1.is_uppercase() && (!before.is_uppercase() || after.is_some_and(char::is_lowercase))
    };
    (1..letters.len()).find(starts_word).map_or(text.len(), |at| letters[at].0)
}

#[cfg(test)]
mod tests {
    use super::{is_sensitive, words};

    #[test]
    fn names_are_split_into_words() {
        for (name, expected) in [
            ("user_id", &["user", "id"][..]),
            ("userId", &["user", "Id"]),
            ("USER-ID", &["USER", "ID"]),
            ("SIDNumber", &["SID", "Number"]),
            ("x.y", &["x", "y"]),
            ("größeÄnderung", &["größe", "Änderung"]),
        ] {
            assert_eq!(words(name).collect::<Vec<_>>(), expected, "{name}");
        }
        assert_eq!(words("").filter(|word| !word.is_empty()).count(), 0);
    }

    #[test]
    fn secrets_are_told_from_what_looks_like_them() {
        for name in [
            "auth",
            "auth_header",
            "oauthCode",
            "Authorization",
            "token",
            "accessTokens",
            "clientsecret",
            "PASSWORD2",
            "passwd",
            "db_pwd",
            "key",
            "keys",
            "key2",
            "api-key",
            "apikey",
            "privateKey",
            "my_jwt_text",
            "sso",
            "saml_response",
            "X-CSRF-Header",
            "credentials",
            "session",
            "sessionid",
            "sid",
            "connect.sid",
            "userSID",
            "identity",
        ] {
            assert!(is_sensitive(name), "{name}");
        }
        for name in [
            "amount",
            "side",
            "inside",
            "author",
            "monkey",
            "keyboard",
            "keyed",
            "lesson",
            "association",
            "obsidian",
            "residence",
        ] {
            assert!(!is_sensitive(name), "{name}");
        }
    }
}
