//! Bodies: that of the request is kept while it is read, that of the response is watched until its end.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::integrations::server::{self, Sending, Serving};

/// Has a request's body kept while the handler reads it, if it is of a type that can be wrapped in itself.
pub(super) fn keep<B: 'static>(body: &mut B, kept: Arc<server::Body>) {
    #[cfg(feature = "axum")]
    if let Some(body) = (body as &mut dyn Any).downcast_mut::<axum::body::Body>() {
        let read = std::mem::take(body);
        *body = axum::body::Body::new(Read { body: read, kept });
        return;
    }
    // The body of another type stays as it is: its service has to get the type that it expects.
    let _: (&mut dyn Any, _) = (body, kept);
}

#[cfg(feature = "axum")]
pin_project! {
    struct Read {
        #[pin]
        body: axum::body::Body,
        kept: Arc<server::Body>,
    }
}

#[cfg(feature = "axum")]
impl Body for Read {
    type Data = bytes::Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            this.kept.read(data);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pin_project! {
    /// The body of a response: the transaction of the request ends with it.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        // `None`: an empty one.
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

impl<B: Body> ResponseBody<B> {
    pub(super) fn plain(body: B) -> Self {
        Self { body: Some(body), sending: Sending::default() }
    }

    pub(super) fn empty() -> Self {
        Self { body: None, sending: Sending::default() }
    }

    /// The answer to a request. One that is `bodiless` is complete without its body.
    /// `said` is what its head says of its length.
    pub(super) fn of(body: B, serving: Box<Serving>, bodiless: bool, said: Option<u64>) -> Self {
        // A server that has sent as much as was said does not ask the body for more.
        let length = || if body.is_end_stream() { Some(0) } else { said.or(body.size_hint().exact()) };
        let sending = if bodiless { Sending::bodiless(serving) } else { Sending::of(serving, length()) };
        Self { body: Some(body), sending }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let sending = this.sending;
        let frame = ready!(sending.run(|| body.as_mut().poll_frame(context)));
        match &frame {
            Some(Ok(frame)) => {
                sending.send(frame.data_ref().map_or(0, Buf::remaining));
                if let (Some(trailers), Some(serving)) = (frame.trailers_ref(), sending.serving()) {
                    serving.trailed(trailers);
                }
                // The last one, be it that nobody will ask again.
                if frame.is_trailers() || body.is_end_stream() {
                    sending.is_complete();
                }
            }
            Some(Err(_)) => sending.fail(),
            None => sending.finish(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
