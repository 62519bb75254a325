use serde::{Deserialize, Serialize, Serializer};
use url::Position;

use super::{Map, Url, cookies, text};

/// The HTTP request that was being served.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Request {
    /// The address, without its query. Who logs in by it is not told: servers keep that as it is.
    #[serde(
        serialize_with = "without_user_info",
        deserialize_with = "text::deserialize",
        skip_serializing_if = "Option::is_none"
    )]
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

#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
fn without_user_info<S: Serializer>(url: &Option<Url>, serializer: S) -> Result<S::Ok, S::Error> {
    let secret = url.as_ref().filter(|url| !url.username().is_empty() || url.password().is_some());
    let Some(url) = secret else { return text::serialize(url, serializer) };
    let rest = &url[Position::BeforeHost..];
    serializer.collect_str(&format_args!("{}://[Filtered]:[Filtered]@{rest}", url.scheme()))
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

    #[test]
    fn who_logs_in_is_not_told() {
        for user in ["ada", "ada:pw", ":pw"] {
            let url = Url::parse(&format!("https://{user}@shop.example.com:8443/orders?page=2#top")).ok();
            let json = serde_json::to_string(&Request { url, ..Request::default() }).unwrap();
            let expected = "https://[Filtered]:[Filtered]@shop.example.com:8443/orders?page=2#top";
            assert_eq!(json, format!("{{\"url\":\"{expected}\"}}"));
        }
    }
}
