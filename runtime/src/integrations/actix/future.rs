//! The work on one request, until it is answered.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use pin_project_lite::pin_project;

use super::body::ResponseBody;
use super::error;
use crate::integrations::server::{Ended, Serving, Work, is_bodiless};

/// The header by which an answer names the event.
const EVENT: HeaderName = HeaderName::from_static("x-sentry-event");

pin_project! {
    /// The future of a [`SentryMiddleware`](super::SentryMiddleware).
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

impl<F, B> Future for ResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ResponseBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let tell = |serving: &mut Serving, result: &Result<ServiceResponse<B>, Error>| match result {
            Ok(response) => answered(serving, response.status(), response.response().error()),
            Err(error) => {
                answered(serving, error.as_response_error().status_code(), Some(error));
                serving.left_to_others();
            }
        };
        Poll::Ready(match ready!(this.work.poll_ended(context, tell)) {
            Ended::Unserved(result) => {
                result.map(|response| response.map_body(|_, body| ResponseBody::plain(body)))
            }
            Ended::Served(Ok(mut response), mut serving) => {
                if let Some(id) = serving.event_to_name()
                    && let Ok(id) = HeaderValue::try_from(id.simple().to_string())
                {
                    response.headers_mut().insert(EVENT, id);
                }
                let bodiless = *this.bodiless || is_bodiless(response.status().as_u16());
                Ok(response.map_body(|_, body| ResponseBody::of(body, serving, bodiless)))
            }
            Ended::Served(Err(error), _) => Err(error),
            // Actix answers with it.
            Ended::Panicked(_) => Err(ErrorInternalServerError("")),
        })
    }
}

fn answered(serving: &mut Serving, status: StatusCode, error: Option<&Error>) {
    match error {
        None => serving.answered(status.as_u16(), None),
        Some(error) => match error::seen(error) {
            Some(seen) => serving.answered(status.as_u16(), Some(seen)),
            None => serving.answered_saying(status.as_u16(), || error::described(error)),
        },
    }
}
