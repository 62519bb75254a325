use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::timestamp;

/// What the client lost, and why: an item of its own in an [`Envelope`](super::Envelope).
///
/// Source: Sentry's SDK documentation, "Client reports".
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClientReport {
    /// When the report was made.
    #[serde(serialize_with = "timestamp::seconds::serialize")]
    pub timestamp: SystemTime,
    /// The losses since the report before.
    pub discarded_events: Vec<Discarded>,
}

/// One line of a [`ClientReport`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Discarded {
    /// Why it was lost.
    pub reason: Reason,
    /// What was lost.
    pub category: Category,
    /// How much of it.
    pub quantity: u64,
}

/// Declares an enumeration whose variants have names on the wire.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_meta])* $variant,)* }

        impl $name {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

named! {
    /// What rate limits and client reports tell apart.
    ///
    /// Source: Sentry's SDK documentation, "Rate limiting: data categories".
    Category {
        /// Whatever has no category of its own.
        Default = "default",
        /// Errors and messages.
        Error = "error",
        /// Transactions.
        Transaction = "transaction",
        /// Check-ins of scheduled jobs.
        Monitor = "monitor",
        /// Spans, a transaction counted as one of them.
        Span = "span",
        /// Structured logs, by number.
        LogItem = "log_item",
        /// Structured logs, by bytes.
        LogByte = "log_byte",
        /// Reports of browsers about violated policies.
        Security = "security",
        /// Attachments, by bytes.
        Attachment = "attachment",
        /// Release health.
        Session = "session",
        /// Profiles of transactions.
        Profile = "profile",
        /// Parts of continuous profiles.
        ProfileChunk = "profile_chunk",
        /// Recordings of what a user saw.
        Replay = "replay",
        /// What users say.
        Feedback = "feedback",
        /// Metrics, by number.
        TraceMetric = "trace_metric",
        /// Metrics, by bytes.
        TraceMetricByte = "trace_metric_byte",
        /// What SDKs tell of themselves, such as client reports.
        Internal = "internal",
    }
}

named! {
    /// Why something was not delivered.
    ///
    /// Source: Sentry's SDK documentation, "Client reports: discard reasons".
    Reason {
        /// The server refused it.
        SendError = "send_error",
        /// It is not what the protocol allows, as an attachment that is too large, or it came too late, as a span after the end of its transaction.
        Invalid = "invalid",
        /// The SDK failed.
        InternalSdkError = "internal_sdk_error",
        /// The server could not be reached.
        NetworkError = "network_error",
        /// The server has asked for less.
        RatelimitBackoff = "ratelimit_backoff",
        /// More was captured than may wait for delivery.
        QueueOverflow = "queue_overflow",
        /// More was kept on disk than may be.
        CacheOverflow = "cache_overflow",
        /// More was batched than may be.
        BufferOverflow = "buffer_overflow",
        /// An event processor said so.
        EventProcessor = "event_processor",
        /// `before_send` or one of its kind said so.
        BeforeSend = "before_send",
        /// The dice said so.
        SampleRate = "sample_rate",
        /// Recording was throttled, as delivery did not keep up.
        Backpressure = "backpressure",
        /// An option says that nobody wants it.
        Ignored = "ignored",
    }
}

impl Reason {
    /// Whether it was lost against everybody's will: not if a callback or a rate said so.
    pub(crate) fn is_loss(self) -> bool {
        !matches!(
            self,
            Self::EventProcessor | Self::BeforeSend | Self::SampleRate | Self::Backpressure | Self::Ignored
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn is_written_with_the_names_of_the_protocol() {
        let report = ClientReport {
            timestamp: UNIX_EPOCH + Duration::from_millis(1500),
            discarded_events: vec![Discarded {
                reason: Reason::QueueOverflow,
                category: Category::LogItem,
                quantity: 3,
            }],
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"timestamp":1.5,"discarded_events":[{"reason":"queue_overflow","category":"log_item","quantity":3}]}"#
        );
    }
}
