//! The work on one request, until it is answered.

use std::fmt::{self, Display};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ResponseBody;
use super::error::KeptError;
use crate::integrations::grpc;
use crate::integrations::server::{Ended, Serving, Work, is_bodiless};

pin_project! {
    /// The future of a [`SentryService`](super::SentryService).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F: Future> {
        #[pin]
        work: Work<F>,
        // The answer to `HEAD` has no body.
        bodiless: bool,
    }
}

impl<F: Future> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.work.fmt(f)
    }
}

impl<F: Future> ResponseFuture<F> {
    pub(super) fn unserved(work: F) -> Self {
        Self { work: Work::unserved(work), bodiless: false }
    }

    pub(super) fn begin(serving: Box<Serving>, bodiless: bool, call: impl FnOnce() -> F) -> Self {
        Self { work: Work::begin(serving, call), bodiless }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display + 'static,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let tell = |serving: &mut Serving, result: &Result<Response<B>, E>| match result {
            Ok(response) => {
                let kept = response.extensions().get::<KeptError>();
                serving.begun(response.status().as_u16(), response.headers(), kept.map(KeptError::seen));
            }
            Err(error) => serving.failed(error),
        };
        Poll::Ready(match ready!(this.work.poll_ended(context, tell)) {
            Ended::Unserved(result) => result.map(|response| response.map(ResponseBody::plain)),
            Ended::Served(Ok(response), serving) => {
                let bodiless = *this.bodiless || is_bodiless(response.status().as_u16());
                let length = response.headers().get(CONTENT_LENGTH);
                let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
                Ok(response.map(|body| ResponseBody::of(body, serving, bodiless, length)))
            }
            Ended::Served(Err(error), _) => Err(error),
            Ended::Panicked(serving) => {
                let mut response = Response::new(ResponseBody::empty());
                if serving.is_call() {
                    grpc::fail(response.headers_mut());
                } else {
                    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                }
                Ok(response)
            }
        })
    }
}
