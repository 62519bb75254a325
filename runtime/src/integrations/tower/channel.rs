//! Calls that are sent by gRPC.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::integrations::{carry, grpc, http_status};
use crate::protocol::SpanStatus;
use crate::scope;
use crate::trace::Span;

/// A layer for channels of gRPC, as tonic has them: each call is a span, and carries the trace on in its metadata.
///
/// The span has the operation `rpc.client` and the call's name, `package.Service/Method`. It lasts until the status of the
/// call has come, which is behind the last message; a call that is given up before is `cancelled`.
///
/// ```
/// use sentry::integrations::tower::ChannelLayer;
/// # use tower_layer::Layer as _;
///
/// let layer = ChannelLayer::to("https://cellar.example");
/// // tonic: `CellarClient::new(layer.layer(channel))`
/// # let _service = layer.layer(());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer has to be added to a channel"]
pub struct ChannelLayer {
    server: Arc<str>,
}

impl ChannelLayer {
    /// A layer for calls to the server of this address, which is what
    /// [`trace_propagation_targets`](crate::ClientOptions::trace_propagation_targets) are compared with: a channel adds the
    /// address further in.
    pub fn to(server: &str) -> Self {
        Self { server: server.trim_end_matches('/').into() }
    }
}

impl<S> Layer<S> for ChannelLayer {
    type Service = ChannelService<S>;

    fn layer(&self, service: S) -> ChannelService<S> {
        ChannelService { service, server: Arc::clone(&self.server) }
    }
}

/// A channel under a [`ChannelLayer`].
#[derive(Clone, Debug)]
pub struct ChannelService<S> {
    service: S,
    server: Arc<str>,
}

impl<S, B, R> Service<Request<B>> for ChannelService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: Body,
{
    type Response = Response<CallBody<R>>;
    type Error = S::Error;
    type Future = CallFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let call = scope::is_active().then(|| {
            let path = request.uri().path();
            let call = Call::start(path);
            let address = format!("{}{path}", self.server);
            carry::add_trace(request.headers_mut(), &address, call.span.as_ref());
            call
        });
        CallFuture { work: self.service.call(request), call }
    }
}

/// A call on its way.
struct Call {
    /// `None` if nothing is recorded, or it has ended.
    span: Option<Span>,
}

impl Call {
    fn start(path: &str) -> Self {
        let span = scope::active_handle().map(|parent| {
            let span = parent.start_child("rpc.client", grpc::method(path));
            if span.is_sampled() {
                span.set_origin("auto.rpc.tower");
                for (name, value) in grpc::attributes(path) {
                    span.set_data(name, value.into());
                }
            }
            span
        });
        Self { span }
    }

    /// Ends it if these headers say how the call was answered.
    fn read(&mut self, headers: &HeaderMap) {
        if let Some(answer) = grpc::Answer::of(headers) {
            if let Some(span) = &self.span {
                for (name, value) in grpc::outcome(answer.code) {
                    span.set_data(name, value);
                }
            }
            self.end(answer.span_status());
        }
    }

    fn end(&mut self, status: SpanStatus) {
        if let Some(span) = self.span.take() {
            span.set_status(status);
            span.finish();
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.end(SpanStatus::Cancelled);
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("ended", &self.span.is_none()).finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of a [`ChannelService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CallFuture<F> {
        #[pin]
        work: F,
        // `None` if no client is active, or there is an answer.
        call: Option<Call>,
    }
}

impl<F, R, E> Future for CallFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<CallBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let answer = ready!(this.work.poll(context));
        let mut call = this.call.take();
        Poll::Ready(match answer {
            Ok(response) => {
                if let Some(call) = &mut call {
                    let status = response.status();
                    call.read(response.headers());
                    if !status.is_success() {
                        call.end(http_status::span_status(status.as_u16()));
                    }
                }
                Ok(response.map(|body| CallBody { body, call }))
            }
            Err(error) => {
                if let Some(call) = &mut call {
                    call.end(SpanStatus::Unavailable);
                }
                Err(error)
            }
        })
    }
}

pin_project! {
    /// The body of an answer under a [`ChannelLayer`]: the call ends with its trailers.
    #[derive(Debug)]
    pub struct CallBody<B> {
        #[pin]
        body: B,
        call: Option<Call>,
    }
}

impl<B: Body> Body for CallBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        if let Some(call) = this.call {
            match &frame {
                Some(Ok(frame)) => {
                    if let Some(trailers) = frame.trailers_ref() {
                        call.read(trailers);
                    }
                }
                Some(Err(_)) => call.end(SpanStatus::Unavailable),
                // The server has not said how it went.
                None => call.end(SpanStatus::UnknownError),
            }
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
