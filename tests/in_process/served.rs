//! Requests that are served in the process of the test.

use std::convert::Infallible;
use std::future::{Future as _, Ready, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use sentry::Hub;
use sentry::integrations::tower::{HubLayer, SentryLayer};
use sentry::protocol::Context as Described;
use tower_layer::Layer as _;
use tower_service::Service;

/// A service whose answers are empty.
#[derive(Clone)]
struct Silent;

impl Service<Request<String>> for Silent {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        if request.uri().path() == "/told" {
            sentry::capture_message("told", sentry::Level::Info);
        }
        ready(Ok(Response::new(String::new())))
    }
}

/// Has a request served, up to the end of the body.
fn serve<S, B>(mut service: S, request: Request<String>)
where
    S: Service<Request<String>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body,
{
    let mut context = Context::from_waker(Waker::noop());
    let mut work = pin!(service.call(request));
    let Poll::Ready(Ok(response)) = work.as_mut().poll(&mut context) else { panic!("no answer") };
    let mut body = pin!(response.into_body());
    while let Poll::Ready(Some(_)) = body.as_mut().poll_frame(&mut context) {}
}

#[sentry::test(traces_sample_rate = 1.0)]
fn a_call_whose_answer_says_no_status_has_failed_for_an_unknown_reason() {
    let request = Request::builder().uri("/shop.Cellar/Open").header("content-type", "application/grpc");
    serve(SentryLayer::new().layer(Silent), request.body(String::new()).expect("a request"));
    let [event] = &sentry::test::events()[..] else { panic!("one event") };
    let text = event.exception[0].value.as_deref();
    assert_eq!(text, Some("unknown_error: the answer has no `grpc-status`"));
    assert_eq!(event.request.as_ref().and_then(|request| request.method.as_deref()), Some("GET"));

    let [call] = &sentry::test::transactions()[..] else { panic!("one transaction") };
    assert_eq!(call.name.as_deref(), Some("shop.Cellar/Open"));
    let Some(Described::Trace(trace)) = call.contexts.get("trace") else { panic!("a trace") };
    assert_eq!(trace.status.map(|status| status.to_string()).as_deref(), Some("unknown_error"));
    assert_eq!(trace.data["rpc.response.status_code"], "UNKNOWN");
}

#[sentry::test]
fn a_provider_says_with_which_hub_a_request_is_served() {
    let provider = |request: &Request<String>| {
        let hub = Hub::new_from_top(Hub::current());
        hub.configure_scope(|scope| scope.set_tag("path", request.uri().path()));
        Arc::new(hub)
    };
    serve(
        HubLayer::new(provider).layer(Silent),
        Request::get("/told").body(String::new()).expect("a request"),
    );
    sentry::capture_message("outside", sentry::Level::Info);
    let events = sentry::test::events();
    let tags: Vec<_> = events.iter().map(|event| event.tags.get("path").map(String::as_str)).collect();
    assert_eq!(tags, [Some("/told"), None]);
}

#[sentry::test]
fn what_anyhow_and_eyre_keep_is_captured_by_hand() {
    use sentry::integrations::{anyhow::capture_anyhow, eyre::capture_eyre};

    let error = "seven".parse::<u32>().expect_err("it is no number");
    capture_anyhow(&anyhow::Error::from(error.clone()).context("no guests"));
    capture_eyre(&eyre::Report::from(error).wrap_err("no table"));
    let events = sentry::test::events();
    let texts = |number: usize| {
        let texts = events[number].exception.iter().map(|it| (it.ty.as_str(), it.value.as_deref()));
        texts.collect::<Vec<_>>()
    };
    for (number, outer) in [(0, "no guests"), (1, "no table")] {
        let texts = texts(number);
        assert_eq!(texts[0], ("ParseIntError", Some("invalid digit found in string")), "{number}");
        assert_eq!(texts.last().and_then(|last| last.1), Some(outer), "{number}");
    }
}
