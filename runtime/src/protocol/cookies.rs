//! Cookies: one text in a header and in our types, pairs on the wire, as the event schema accepts no text there.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A cookie's name, and its value if it has one.
type Pair<'a> = (&'a str, Option<&'a str>);

/// For `#[serde(with = …)]` on an optional field.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(super) fn serialize<S: Serializer>(cookies: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let pairs: Option<Vec<Pair<'_>>> = cookies.as_deref().map(|cookies| {
        cookies.split(';').map(str::trim).filter(|cookie| !cookie.is_empty()).map(split).collect()
    });
    pairs.serialize(serializer)
}

fn split(cookie: &str) -> Pair<'_> {
    cookie.split_once('=').map_or((cookie, None), |(name, value)| (name, Some(value)))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let written = Option::<Written>::deserialize(deserializer)?;
    Ok(written.map(|written| match written {
        Written::Text(cookies) => cookies,
        Written::Pairs(pairs) => {
            let cookies = pairs.into_iter().map(|(name, value)| match value {
                Some(value) => format!("{name}={value}"),
                None => name,
            });
            cookies.collect::<Vec<_>>().join("; ")
        }
    }))
}

/// Either form, as servers accept both.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Pairs(Vec<(String, Option<String>)>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Jar(#[serde(with = "super")] Option<String>);

    #[test]
    fn pairs_on_the_wire() {
        for (cookies, json) in [
            (Some("a=1; b=x=y"), r#"[["a","1"],["b","x=y"]]"#),
            (Some("a=; flag"), r#"[["a",""],["flag",null]]"#),
            (Some(""), "[]"),
            (None, "null"),
        ] {
            let jar = Jar(cookies.map(str::to_owned));
            assert_eq!(serde_json::to_string(&jar).unwrap(), json);
            assert_eq!(serde_json::from_str::<Jar>(json).unwrap(), jar);
        }
        assert_eq!(serde_json::from_str::<Jar>(r#""a=1""#).unwrap(), Jar(Some("a=1".to_owned())));
    }
}
