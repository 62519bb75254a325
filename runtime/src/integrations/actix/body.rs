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

use crate::integrations::server::{self, Sending, Serving};

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
        sending: Sending,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.sending.let_go(|| this.body.set(None));
        }
    }
}

impl<B: MessageBody> ResponseBody<B> {
    pub(super) fn plain(body: B) -> Self {
        Self { body: Some(body), sending: Sending::default() }
    }

    /// The answer to a request. One that is `bodiless` is complete without its body.
    pub(super) fn of(body: B, serving: Box<Serving>, bodiless: bool) -> Self {
        let length = match body.size() {
            BodySize::None => Some(0),
            BodySize::Sized(length) => Some(length),
            BodySize::Stream => None,
        };
        let sending = if bodiless { Sending::bodiless(serving) } else { Sending::of(serving, length) };
        Self { body: Some(body), sending }
    }
}

impl<B: MessageBody> MessageBody for ResponseBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.as_ref().map_or(BodySize::None, MessageBody::size)
    }

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, B::Error>>> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else { return Poll::Ready(None) };
        let chunk = ready!(this.sending.run(|| body.poll_next(context)));
        match &chunk {
            Some(Ok(chunk)) => this.sending.send(chunk.len()),
            Some(Err(_)) => this.sending.fail(),
            None => this.sending.finish(),
        }
        Poll::Ready(chunk)
    }
}
