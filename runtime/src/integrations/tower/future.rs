//! The work on one request, until it is answered.

use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ResponseBody;
use super::error::KeptError;
use crate::integrations::grpc;
use crate::integrations::server::{Held, Serving};

pin_project! {
    /// The future of a [`SentryService`](super::SentryService).
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

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display + 'static,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let ended = if let Some(held) = this.held {
            ready!(held.poll(context))
        } else {
            // It is there until the answer is.
            let Some(work) = this.work.as_mut().as_pin_mut() else { return Poll::Pending };
            let Some(serving) = this.serving else {
                return work.poll(context).map_ok(|response| response.map(ResponseBody::plain));
            };
            let ended = match serving.run(|| catch_unwind(AssertUnwindSafe(|| work.poll(context)))) {
                Ok(polled) => Ok(ready!(polled)),
                Err(panic) => Err(panic),
            };
            // What the work still has is dropped in its context.
            serving.run(|| this.work.set(None));
            match &ended {
                Ok(Ok(response)) => {
                    let kept = response.extensions().get::<KeptError>();
                    serving.begun(response.status().as_u16(), response.headers(), kept.map(KeptError::seen));
                }
                Ok(Err(error)) => serving.failed(error),
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
                Ok(response.map(|body| ResponseBody::of(body, serving, bodiless)))
            }
            Ok(Err(error)) => Err(error),
            Err(panic) if serving.repanics() => resume_unwind(panic),
            Err(_) => {
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
