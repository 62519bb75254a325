//! Bodies: that of the request is kept while it is read, that of the response is watched until its end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::integrations::server::{self, Serving};

/// Has a request's body kept while the handler reads it.
pub(super) fn keep(request: &mut ServiceRequest, kept: Arc<server::Body>) {
    let (_, payload) = request.parts_mut();
    let read = std::mem::replace(payload, Payload::None);
    *payload = Payload::Stream { payload: Box::pin(Read { body: read, kept }) };
}

pin_project! {
    struct Read {
        #[pin]
        body: Payload,
        kept: Arc<server::Body>,
    }
}

impl Stream for Read {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let chunk = ready!(this.body.poll_next(context));
        if let Some(Ok(chunk)) = &chunk {
            this.kept.read(chunk);
        }
        Poll::Ready(chunk)
    }
}

pin_project! {
    /// The body of a response: the transaction of the request ends with it.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        // `None` while it is dropped.
        #[pin]
        body: Option<B>,
        // `None` once it is at its end.
        serving: Option<Box<Serving>>,
        sent: u64,
        // How long it is, where it says so.
        length: Option<u64>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(serving) = this.serving else { return };
            // Whoever knows that nothing more will come need not ask for it.
            if this.length.is_some_and(|length| *this.sent >= length) {
                serving.finish(*this.sent);
            }
            serving.run(|| this.body.set(None));
        }
    }
}

impl<B: MessageBody> ResponseBody<B> {
    pub(super) fn plain(body: B) -> Self {
        Self { body: Some(body), serving: None, sent: 0, length: None }
    }

    /// The answer to a request. One that is `bodiless` is complete without its body.
    pub(super) fn of(body: B, mut serving: Box<Serving>, bodiless: bool) -> Self {
        if bodiless {
            serving.finish(0);
            return Self::plain(body);
        }
        let length = match body.size() {
            BodySize::None => Some(0),
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => None,
        };
        Self { body: Some(body), serving: Some(serving), sent: 0, length }
    }
}

impl<B: MessageBody> MessageBody for ResponseBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.as_ref().map_or(BodySize::None, MessageBody::size)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(serving) = this.serving else { return body.poll_next(context) };
        let chunk = ready!(serving.run(|| body.as_mut().poll_next(context)));
        match &chunk {
            Some(Ok(chunk)) => *this.sent += u64::try_from(chunk.len()).unwrap_or_default(),
            Some(Err(_)) => {}
            None => {
                serving.finish(*this.sent);
                *this.serving = None;
            }
        }
        Poll::Ready(chunk)
    }
}
