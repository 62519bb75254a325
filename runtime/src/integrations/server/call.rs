//! Requests that are calls by gRPC: how they ended is said in the head of the answer, or behind its body.

use http::HeaderMap;

use super::{Head, Serving, of_text};
use crate::errors::{AnsweredBy, Seen};
use crate::integrations::grpc::{self, Answer};
use crate::protocol::TransactionSource;
use crate::trace::Root;

impl Serving {
    /// Whether the request is a call.
    pub(in crate::integrations) fn is_call(&self) -> bool {
        self.shown.head.is_call()
    }

    /// The head of the answer has come, with the error behind it if it is known.
    pub(in crate::integrations) fn begun(
        &mut self,
        status: u16,
        headers: &HeaderMap,
        failure: Option<Seen<'_>>,
    ) {
        if !self.is_call() || status != 200 {
            return self.answered(status, failure);
        }
        if let Some(answer) = Answer::of(headers) {
            self.called(&answer, failure);
        }
    }

    /// The trailers behind the body have come.
    pub(in crate::integrations) fn trailed(&mut self, trailers: &HeaderMap) {
        if self.is_call()
            && let Some(answer) = Answer::of(trailers)
        {
            self.called(&answer, None);
        }
    }

    /// The body of the answer has ended. What says no status by then has none, which clients read as `UNKNOWN`.
    pub(super) fn complete_call(&mut self) {
        if self.is_call() && self.status.is_none() {
            self.called(&Answer::missing(), None);
        }
    }

    fn called(&mut self, answer: &Answer, failure: Option<Seen<'_>>) {
        self.call_ended = Some((answer.code, answer.span_status()));
        let by = failure.map_or(AnsweredBy::Nobody, AnsweredBy::Error);
        self.answered_by(answer.http_status(), by, |mechanism| {
            of_text("RpcError".to_owned(), answer.text(), mechanism)
        });
    }
}

/// Says in the transaction of a call what was called and how it ended.
pub(super) fn describe(head: &Head, code: Option<u8>, root: &mut Root) {
    if !head.is_call() {
        return;
    }
    let said = grpc::attributes(head.path()).map(|(name, value)| (name, value.into()));
    let outcome = code.into_iter().flat_map(grpc::outcome);
    root.data.extend(said.chain(outcome).map(|(name, value)| (name.to_owned(), value)));
    // A name that nobody has is whatever the client made up.
    if code.is_some_and(grpc::is_unimplemented) {
        root.source = TransactionSource::Url;
    }
}
