use std::fmt;
use std::net::{AddrParseError, IpAddr};
use std::str::FromStr;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::text::travels_as_text;
use super::{Map, Value};

/// Who was served.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct User {
    /// The application's own id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The user's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The user's network address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddress>,
    /// The user's login name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Anything else, for example `name`. What the protocol has no field for travels under `data`.
    #[serde(flatten, serialize_with = "known_or_data")]
    pub other: Map<String, Value>,
}

/// Strict receivers refuse a user with a field that they do not know.
fn known_or_data<S: Serializer>(other: &Map<String, Value>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_map(None)?;
    let mut data: Map<&str, &Value> = Map::new();
    for (key, value) in other {
        match (key.as_str(), value) {
            ("name" | "geo" | "segment", value) => fields.serialize_entry(key, value)?,
            ("data", Value::Object(given)) => {
                data.extend(given.iter().map(|(key, value)| (key.as_str(), value)));
            }
            (key, value) => {
                data.insert(key, value);
            }
        }
    }
    if !data.is_empty() {
        fields.serialize_entry("data", &data)?;
    }
    fields.end()
}

/// A network address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpAddress {
    /// The address that the server sees the request come from.
    #[default]
    Auto,
    /// This one.
    Exact(IpAddr),
}

impl PartialEq<IpAddr> for IpAddress {
    fn eq(&self, other: &IpAddr) -> bool {
        *self == Self::Exact(*other)
    }
}

impl From<IpAddr> for IpAddress {
    fn from(address: IpAddr) -> Self {
        Self::Exact(address)
    }
}

impl fmt::Display for IpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("{{auto}}"),
            Self::Exact(address) => address.fmt(f),
        }
    }
}

impl FromStr for IpAddress {
    type Err = AddrParseError;

    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        match text {
            "{{auto}}" => Ok(Self::Auto),
            address => address.parse().map(Self::Exact),
        }
    }
}

travels_as_text!(IpAddress);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json() {
        let user = User {
            id: Some("7".into()),
            ip_address: Some(IpAddress::Auto),
            other: Map::from([
                ("data".to_owned(), json!({"since": 2020})),
                ("name".to_owned(), "Ada".into()),
                ("plan".to_owned(), "free".into()),
            ]),
            ..User::default()
        };
        let written = serde_json::to_string(&user).unwrap();
        assert_eq!(
            written,
            r#"{"id":"7","ip_address":"{{auto}}","name":"Ada","data":{"plan":"free","since":2020}}"#
        );
        let read: User = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
        assert_eq!(serde_json::to_string(&User::default()).unwrap(), "{}");
    }

    #[test]
    fn addresses() {
        let address: IpAddress = "::1".parse().unwrap();
        assert_eq!(address, IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]));
        assert_eq!(address.to_string(), "::1");
        assert!("1.2.3".parse::<IpAddress>().is_err());
    }
}
