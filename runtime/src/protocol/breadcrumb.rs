use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Level, Map, Value, timestamp};

/// Something that happened on the way to an event.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(default)]
pub struct Breadcrumb {
    /// When.
    #[serde(with = "timestamp::seconds")]
    pub timestamp: SystemTime,
    /// How it is shown: `default`, `http`, `navigation`, `query`, …
    #[serde(rename = "type", skip_serializing_if = "is_default_type")]
    pub ty: String,
    /// Where it came from: a dotted name, for example the target of a log record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// How bad it is.
    pub level: Level,
    /// What happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// More about it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

fn is_default_type(ty: &str) -> bool {
    ty == "default"
}

impl Default for Breadcrumb {
    fn default() -> Self {
        Self {
            timestamp: SystemTime::now(),
            ty: "default".to_owned(),
            category: None,
            level: Level::Info,
            message: None,
            data: Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn json() {
        let crumb = Breadcrumb {
            timestamp: UNIX_EPOCH,
            ty: "http".into(),
            category: Some("httplib".into()),
            message: Some("GET /".into()),
            data: Map::from([("status_code".to_owned(), 200.into())]),
            ..Breadcrumb::default()
        };
        let json = serde_json::to_string(&crumb).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"timestamp":0.0,"type":"http","category":"httplib","level":"info","message":"GET /","#,
                r#""data":{"status_code":200}}"#,
            )
        );
        assert_eq!(serde_json::from_str::<Breadcrumb>(&json).unwrap(), crumb);
    }
}
