//! What gRPC says by headers of HTTP, for servers and for clients.
//!
//! Source: gRPC's documentation, "gRPC over HTTP2" and "Status codes and their use in gRPC".

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::protocol::{SpanStatus, Value};

/// By the code of the call: its name, the status of a span, and what HTTP has for the same.
///
/// Source: `google/rpc/code.proto`, which names a status of HTTP for each code. Only `UNIMPLEMENTED` is 404 here, not 501: it is
/// what a router answers to a method that nobody has, and everybody can ask for one.
const CODES: [(&str, SpanStatus, u16); 17] = [
    ("OK", SpanStatus::Ok, 200),
    ("CANCELLED", SpanStatus::Cancelled, 499),
    ("UNKNOWN", SpanStatus::UnknownError, 500),
    ("INVALID_ARGUMENT", SpanStatus::InvalidArgument, 400),
    ("DEADLINE_EXCEEDED", SpanStatus::DeadlineExceeded, 504),
    ("NOT_FOUND", SpanStatus::NotFound, 404),
    ("ALREADY_EXISTS", SpanStatus::AlreadyExists, 409),
    ("PERMISSION_DENIED", SpanStatus::PermissionDenied, 403),
    ("RESOURCE_EXHAUSTED", SpanStatus::ResourceExhausted, 429),
    ("FAILED_PRECONDITION", SpanStatus::FailedPrecondition, 400),
    ("ABORTED", SpanStatus::Aborted, 409),
    ("OUT_OF_RANGE", SpanStatus::OutOfRange, 400),
    ("UNIMPLEMENTED", SpanStatus::Unimplemented, 404),
    ("INTERNAL", SpanStatus::InternalError, 500),
    ("UNAVAILABLE", SpanStatus::Unavailable, 503),
    ("DATA_LOSS", SpanStatus::DataLoss, 500),
    ("UNAUTHENTICATED", SpanStatus::Unauthenticated, 401),
];
const UNKNOWN: u8 = 2;

/// Whether this is the type of what calls send. What browsers send in its place (`grpc-web`) is answered without trailers.
pub(super) fn is_of_call(kind: &str) -> bool {
    kind.strip_prefix("application/grpc")
        .is_some_and(|rest| matches!(rest.bytes().next(), None | Some(b'+' | b';')))
}

/// `package.Service/Method`, as the path has it.
pub(super) fn method(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

/// What spans say of a call: its system, service and method.
///
/// Source: OpenTelemetry's semantic conventions for gRPC.
pub(super) fn attributes(path: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let (service, name) = method(path).rsplit_once('/').unwrap_or((method(path), ""));
    [("rpc.system.name", "grpc"), ("rpc.service", service), ("rpc.method", name)].into_iter()
}

/// What spans say of how a call was answered: the name of the status, and its number as it was said before names were.
///
/// Source: OpenTelemetry's semantic conventions for gRPC; Sentry's, "Attributes: rpc".
pub(super) fn outcome(code: u8) -> [(&'static str, Value); 2] {
    let name = CODES[usize::from(code)].0;
    [("rpc.response.status_code", name.into()), ("rpc.grpc.status_code", code.into())]
}

/// Whether the code says that nobody has the method.
pub(super) fn is_unimplemented(code: u8) -> bool {
    CODES[usize::from(code)].1 == SpanStatus::Unimplemented
}

/// Makes the head of an answer say that the call has failed for a reason that is ours.
pub(super) fn fail(headers: &mut HeaderMap) {
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-status", HeaderValue::from_static("13"));
}

/// How a call was answered.
pub(super) struct Answer {
    pub(super) code: u8,
    message: String,
}

impl Answer {
    /// As the head of a response or its trailers say it, if they do.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let code = headers.get("grpc-status")?.to_str().ok().and_then(|code| code.parse().ok());
        let code = code.filter(|code| usize::from(*code) < CODES.len()).unwrap_or(UNKNOWN);
        let message =
            headers.get("grpc-message").and_then(|message| message.to_str().ok()).unwrap_or_default();
        Some(Self { code, message: percent_decode_str(message).decode_utf8_lossy().into_owned() })
    }

    /// An answer that does not say it: `UNKNOWN`.
    pub(super) fn missing() -> Self {
        Self { code: UNKNOWN, message: "the answer has no `grpc-status`".to_owned() }
    }

    pub(super) fn span_status(&self) -> SpanStatus {
        CODES[usize::from(self.code)].1
    }

    /// What HTTP has for the same.
    pub(super) fn http_status(&self) -> u16 {
        CODES[usize::from(self.code)].2
    }

    /// `unavailable: the cellar is under water`.
    pub(super) fn text(&self) -> String {
        let Self { message, .. } = self;
        let colon = if message.is_empty() { "" } else { ": " };
        format!("{}{colon}{message}", self.span_status())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).try_into().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn calls_are_known_by_their_type() {
        for (kind, is_call) in [
            ("application/grpc", true),
            ("application/grpc+proto", true),
            ("application/grpc;charset=utf-8", true),
            ("application/grpc-web", false),
            ("application/json", false),
        ] {
            assert_eq!(is_of_call(kind), is_call, "{kind}");
        }
    }

    #[test]
    fn answers() {
        let answer = |pairs: &[_]| {
            Answer::of(&headers(pairs)).map(|it| (it.code, it.span_status(), it.http_status(), it.text()))
        };
        assert_eq!(answer(&[]), None);
        assert_eq!(answer(&[("grpc-status", "0")]), Some((0, SpanStatus::Ok, 200, "ok".to_owned())));
        let unavailable = answer(&[("grpc-status", "14"), ("grpc-message", "not%20now")]);
        assert_eq!(unavailable, Some((14, SpanStatus::Unavailable, 503, "unavailable: not now".to_owned())));
        for odd in ["17", "255", "256", "-1", "x"] {
            assert_eq!(answer(&[("grpc-status", odd)]).map(|it| it.0), Some(UNKNOWN), "{odd}");
        }
    }

    #[test]
    fn methods() {
        let said: Vec<_> = attributes("/shop.Cellar/Open").collect();
        assert_eq!(
            said,
            [("rpc.system.name", "grpc"), ("rpc.service", "shop.Cellar"), ("rpc.method", "Open")]
        );
        let said: Vec<_> = attributes("/odd").collect();
        assert_eq!(said, [("rpc.system.name", "grpc"), ("rpc.service", "odd"), ("rpc.method", "")]);
    }
}
