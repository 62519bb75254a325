use std::borrow::Cow;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{ClientSdkInfo, Context, Map, Request, Span, User, Uuid, Value, skip, timestamp};
use crate::random;

/// A whole piece of work with the spans it consists of. Its own span is the `trace` context.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(default, tag = "type", rename = "transaction")]
pub struct Transaction<'a> {
    /// Names the transaction.
    #[serde(serialize_with = "uuid::serde::simple::serialize")]
    pub event_id: Uuid,
    /// What it is called: `GET /orders/{id}`.
    #[serde(rename = "transaction", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the name comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_info: Option<TransactionInfo>,
    /// The program's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Cow<'a, str>>,
    /// Which build of that version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dist: Option<Cow<'a, str>>,
    /// Where the program runs: `production`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Cow<'a, str>>,
    /// Who was served.
    #[serde(skip_serializing_if = "skip::is_blank")]
    pub user: Option<User>,
    /// What to search it by.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub tags: Map<String, String>,
    /// More about it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
    /// Which SDK sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk: Option<Cow<'a, ClientSdkInfo>>,
    /// `native`.
    pub platform: Cow<'a, str>,
    /// When it ended.
    #[serde(with = "timestamp::seconds_option", skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<SystemTime>,
    /// When it began.
    #[serde(with = "timestamp::seconds")]
    pub start_timestamp: SystemTime,
    /// Where and how the program ran, and the transaction's own span under `trace`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub contexts: Map<String, Context>,
    /// The HTTP request that was served.
    #[serde(skip_serializing_if = "skip::is_blank")]
    pub request: Option<Request>,
    /// The machine's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<Cow<'a, str>>,
    /// Numbers measured on the way.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub measurements: Map<String, Measurement>,
    /// What it consists of, all but its own span.
    // The last one, so that spans which are JSON already can be put in.
    pub spans: Vec<Span>,
}

impl Default for Transaction<'_> {
    fn default() -> Self {
        Self::starting_at(SystemTime::now())
    }
}

impl<'a> Transaction<'a> {
    /// A transaction with a new id that begins at this time.
    pub(crate) fn starting_at(start_timestamp: SystemTime) -> Self {
        Self {
            event_id: random::uuid(),
            name: None,
            transaction_info: None,
            release: None,
            dist: None,
            environment: None,
            user: None,
            tags: Map::new(),
            extra: Map::new(),
            sdk: None,
            platform: Cow::Borrowed("native"),
            timestamp: None,
            start_timestamp,
            spans: Vec::new(),
            contexts: Map::new(),
            request: None,
            server_name: None,
            measurements: Map::new(),
        }
    }

    /// A transaction with a new id that begins now.
    pub fn new() -> Transaction<'a> {
        Self::default()
    }

    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Transaction<'static> {
        Transaction {
            event_id: self.event_id,
            name: self.name,
            transaction_info: self.transaction_info,
            release: owned(self.release),
            dist: owned(self.dist),
            environment: owned(self.environment),
            user: self.user,
            tags: self.tags,
            extra: self.extra,
            sdk: owned(self.sdk),
            platform: Cow::Owned(self.platform.into_owned()),
            timestamp: self.timestamp,
            start_timestamp: self.start_timestamp,
            spans: self.spans,
            contexts: self.contexts,
            request: self.request,
            server_name: owned(self.server_name),
            measurements: self.measurements,
        }
    }

    /// Ends the transaction now.
    pub fn finish(&mut self) {
        self.finish_with_timestamp(SystemTime::now());
    }

    /// Ends the transaction.
    pub fn finish_with_timestamp(&mut self, timestamp: SystemTime) {
        self.timestamp = Some(timestamp);
    }
}

/// The same text or value, borrowing nothing.
pub(super) fn owned<T: ToOwned + ?Sized>(value: Option<Cow<'_, T>>) -> Option<Cow<'static, T>> {
    value.map(|value| Cow::Owned(value.into_owned()))
}

/// How a transaction came by its name.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransactionInfo {
    /// Where the name comes from.
    pub source: TransactionSource,
}

/// Where a transaction's name comes from.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TransactionSource {
    /// The user chose it.
    #[default]
    Custom,
    /// A raw address, with all that varies in it.
    Url,
    /// An address with placeholders.
    Route,
    /// The view that handles it.
    View,
    /// A function or a part of the program.
    Component,
    /// A background job.
    Task,
    /// Anything else.
    #[serde(other)]
    Unknown,
}

/// A number measured on the way.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// The number.
    pub value: f64,
    /// What it counts: `millisecond`, `byte`, `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn json() {
        let transaction = Transaction {
            event_id: Uuid::from_u128(0xfeed),
            name: Some("GET /".into()),
            transaction_info: Some(TransactionInfo { source: TransactionSource::Route }),
            release: Some("shop@1.0.0".into()),
            start_timestamp: UNIX_EPOCH,
            timestamp: Some(UNIX_EPOCH + Duration::from_millis(250)),
            user: Some(User::default()),
            measurements: Map::from([("bytes".to_owned(), Measurement { value: 2.5, unit: None })]),
            ..Transaction::default()
        };
        let json = serde_json::to_string(&transaction).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"type":"transaction","event_id":"0000000000000000000000000000feed","transaction":"GET /","#,
                r#""transaction_info":{"source":"route"},"release":"shop@1.0.0","platform":"native","#,
                r#""timestamp":0.25,"start_timestamp":0.0,"measurements":{"bytes":{"value":2.5}},"spans":[]}"#,
            )
        );
        let read: Transaction<'_> = serde_json::from_str(&json).unwrap();
        assert_eq!(read.into_owned(), Transaction { user: None, ..transaction });
    }
}
