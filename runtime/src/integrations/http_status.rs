//! What the status of an HTTP response says of a span.

use crate::protocol::SpanStatus;

/// The status of a span that ended with this response.
///
/// Source: Sentry's SDK documentation, "Span status: from HTTP".
pub(super) fn span_status(status: u16) -> SpanStatus {
    match status {
        401 => SpanStatus::Unauthenticated,
        403 => SpanStatus::PermissionDenied,
        404 => SpanStatus::NotFound,
        409 => SpanStatus::AlreadyExists,
        429 => SpanStatus::ResourceExhausted,
        499 => SpanStatus::Cancelled,
        400..=498 => SpanStatus::InvalidArgument,
        501 => SpanStatus::Unimplemented,
        503 => SpanStatus::Unavailable,
        504 => SpanStatus::DeadlineExceeded,
        500..=599 => SpanStatus::InternalError,
        100..=399 => SpanStatus::Ok,
        _ => SpanStatus::UnknownError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses() {
        let names = [200, 302, 400, 401, 404, 418, 429, 499, 500, 503, 504, 700].map(span_status);
        let names = names.map(|status| status.to_string());
        let expected = [
            "ok",
            "ok",
            "invalid_argument",
            "unauthenticated",
            "not_found",
            "invalid_argument",
            "resource_exhausted",
            "cancelled",
            "internal_error",
            "unavailable",
            "deadline_exceeded",
            "unknown_error",
        ];
        assert_eq!(names, expected);
    }
}
