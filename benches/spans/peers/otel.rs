//! OpenTelemetry's SDK with its batching processor.

use std::any::Any;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter};

use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "opentelemetry_sdk",
    states: &[State::Unsampled, State::Sampled],
    start,
    transaction,
    children,
    flush: || drop(PROVIDER.get().map(SdkTracerProvider::force_flush)),
    delivered: || DELIVERED.load(Relaxed),
};

static DELIVERED: AtomicU64 = AtomicU64::new(0);
static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

#[derive(Debug)]
struct Null;

impl SpanExporter for Null {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let children = spans.iter().filter(|span| span.name == "child").count();
        DELIVERED.fetch_add(children as u64, Relaxed);
        Ok(())
    }
}

fn start(state: State) -> Box<dyn Any> {
    let sampler = if state == State::Sampled { Sampler::AlwaysOn } else { Sampler::AlwaysOff };
    let provider = SdkTracerProvider::builder().with_sampler(sampler).with_batch_exporter(Null).build();
    TRACER.get_or_init(|| provider.tracer("bench"));
    PROVIDER.get_or_init(|| provider);
    Box::new(())
}

super::children!();

fn tracer() -> &'static SdkTracer {
    TRACER.get().expect("it was started")
}

fn transaction(operation: Operation, count: u64) -> u64 {
    tracer().in_span("transaction", |_| children(operation, count))
}

#[inline(never)]
fn child(number: u64) -> u64 {
    tracer().in_span("child", |_| body(number))
}

#[inline(never)]
fn child_with_attributes(number: u64) -> u64 {
    tracer().in_span("child", |context| {
        context.span().set_attributes([
            KeyValue::new("number", number.cast_signed()),
            KeyValue::new("kind", "bench"),
            KeyValue::new("even", number.is_multiple_of(2)),
        ]);
        body(number)
    })
}

/// The span ends with the context that holds it.
fn context() -> Context {
    Context::current_with_span(tracer().start("child"))
}

#[inline(never)]
async fn child_async(number: u64) -> u64 {
    async { body(number) }.with_context(context()).await
}

#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    async {
        Yield::default().await;
        body(number)
    }
    .with_context(context())
    .await
}
