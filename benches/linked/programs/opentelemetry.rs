//! OpenTelemetry's SDK with its batching processor.

#[path = "../report.rs"]
mod report;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

#[derive(Debug)]
struct Null;

impl SpanExporter for Null {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn main() {
    report::run(|| SdkTracerProvider::builder().with_batch_exporter(Null).build());
}
