//! The work on one request, until it is answered.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::error::ErrorInternalServerError;
use actix_web::http::StatusCode;
use pin_project_lite::pin_project;

use super::body::ResponseBody;
use super::error;
use crate::integrations::server::{Held, Serving};

pin_project! {
    /// The future of a [`SentryMiddleware`](super::SentryMiddleware).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F: Future> {
        // `None` once it is done.
        #[pin]
        work: Option<F>,
        // `None` if no client is active.
        serving: Option<Box<Serving>>,
        // The work has ended, and what it captured is on its way.
        held: Option<Held<F::Output>>,
        // The answer to `HEAD` has no body.
        bodiless: bool,
    }

    impl<F: Future> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the locals of the work do when they are dropped is done in its context.
            if let Some(serving) = this.serving {
                serving.run(|| this.work.set(None));
            }
        }
    }
}

impl<F: Future> ResponseFuture<F> {
    pub(super) fn plain(work: F) -> Self {
        Self { work: Some(work), serving: None, held: None, bodiless: false }
    }

    pub(super) fn serving(work: F, serving: Box<Serving>, bodiless: bool) -> Self {
        Self { work: Some(work), serving: Some(serving), held: None, bodiless }
    }
}

impl<F, B> Future for ResponseFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<ResponseBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let ended = if let Some(held) = this.held {
            ready!(held.poll(context))
        } else {
            // It is there until the answer is.
            let Some(work) = this.work.as_mut().as_pin_mut() else { return Poll::Pending };
            let Some(serving) = this.serving else {
                return work
                    .poll(context)
                    .map_ok(|response| response.map_body(|_, body| ResponseBody::plain(body)));
            };
            let ended = match serving.run(|| catch_unwind(AssertUnwindSafe(|| work.poll(context)))) {
                Ok(polled) => Ok(ready!(polled)),
                Err(panic) => Err(panic),
            };
            // What the work still has is dropped in its context.
            serving.run(|| this.work.set(None));
            match &ended {
                Ok(Ok(response)) => answered(serving, response.status(), response.response().error()),
                Ok(Err(error)) => {
                    answered(serving, error.as_response_error().status_code(), Some(error));
                    serving.left_to_others();
                }
                Err(_) => serving.panicked(),
            }
            if serving.waits() { ready!(this.held.insert(serving.hold(ended)).poll(context)) } else { ended }
        };
        let Some(serving) = this.serving.take() else { return Poll::Pending };
        Poll::Ready(match ended {
            Ok(Ok(response)) => {
                let status = response.status();
                let bodiless = *this.bodiless
                    || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
                    || status.is_informational();
                Ok(response.map_body(|_, body| ResponseBody::of(body, serving, bodiless)))
            }
            Ok(Err(error)) => Err(error),
            Err(panic) if serving.repanics() => resume_unwind(panic),
            // Actix answers with it.
            Err(_) => Err(ErrorInternalServerError("")),
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
