use serde::{Deserialize, Serialize};

use super::{Map, Url, cookies, text};

/// The HTTP request that was being served.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Request {
    /// The address, without its query.
    #[serde(with = "text", skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// `GET`, `POST`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// What follows the `?`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_string: Option<String>,
    /// The cookies, as in the header.
    #[serde(with = "cookies", skip_serializing_if = "Option::is_none")]
    pub cookies: Option<String>,
    /// The headers.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, String>,
    /// What the server knows beyond the request: `REMOTE_ADDR`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub env: Map<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json() {
        let request = Request {
            url: Url::parse("https://shop.example.com/orders").ok(),
            method: Some("POST".into()),
            headers: Map::from([("accept".to_owned(), "*/*".to_owned())]),
            ..Request::default()
        };
        let json = serde_json::to_string(&request).unwrap();
        assert_eq!(
            json,
            r#"{"url":"https://shop.example.com/orders","method":"POST","headers":{"accept":"*/*"}}"#
        );
        assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), request);
    }
}
