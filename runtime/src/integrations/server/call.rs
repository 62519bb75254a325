//! Requests that are calls by gRPC: how they ended is said in the head of the answer, or behind its body.

use http::HeaderMap;

use super::{Serving, of_text};
use crate::errors::Seen;
use crate::integrations::grpc::{self, Answer};
use crate::protocol::{SpanStatus, TransactionSource};
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

    /// Says in the transaction of a call what was called and how it ended.
    pub(super) fn describe_call(&self, root: &mut Root) {
        if !self.is_call() {
            return;
        }
        let said = grpc::attributes(self.shown.head.path()).map(|(name, value)| (name, value.into()));
        let code = self.call_ended.map(|(code, _)| ("rpc.grpc.status_code", code.into()));
        root.data.extend(said.chain(code).map(|(name, value)| (name.to_owned(), value)));
        // A name that nobody has is whatever the client made up.
        if self.call_ended.is_some_and(|(_, status)| status == SpanStatus::Unimplemented) {
            root.source = TransactionSource::Url;
        }
    }

    fn called(&mut self, answer: &Answer, failure: Option<Seen<'_>>) {
        self.call_ended = Some((answer.code, answer.span_status()));
        self.answered_by(answer.http_status(), failure, |mechanism| {
            of_text("RpcError".to_owned(), answer.text(), mechanism)
        });
    }
}
