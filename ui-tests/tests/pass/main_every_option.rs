//! Every client option as an argument of `#[sentry::main]`: one line each, compared with the setters by `ui.rs`.

use std::sync::Arc;
use std::time::Duration;

use sentry::{Envelope, Transport};

const DSN: &str = "";

#[sentry::main(
    options = sentry::ClientOptions::new(),
    dsn = DSN,
    debug = false,
    release = "ui@1.0.0",
    dist = "1",
    environment = "test",
    server_name = "ui",
    sample_rate = 1,
    traces_sample_rate = 0.5,
    traces_sampler = |_| 1.0,
    org_id = 1.into(),
    strict_trace_continuation = false,
    propagate_traceparent = false,
    trace_propagation_targets = ["https://api.example/"],
    max_breadcrumbs = 10,
    max_spans = 100,
    trace_lifecycle = "stream",
    in_app = ["ui"],
    send_default_pii = false,
    attach_stacktrace = true,
    in_app_include = ["ui_plugins"],
    in_app_exclude = ["ui::generated"],
    panic_flush_timeout = Duration::from_millis(100),
    ignore_errors = ["ui::*", "*timed out*"],
    error_sampler = |_| 1.0,
    dedupe = Duration::from_secs(10),
    max_events_per_fingerprint_per_minute = 60,
    instrument = "db.*=off, http.*=0.1",
    ignore_spans = ["cache.*"],
    ignore_transactions = ["GET /health*"],
    before_send = |event| Some(event),
    before_send_with_hint = |event, hint| hint.find::<std::io::Error>().is_none().then_some(event),
    before_send_transaction = |transaction| Some(transaction),
    before_send_span = |span| span,
    before_breadcrumb = |breadcrumb| Some(breadcrumb),
    enable_logs = true,
    before_send_log = |log| Some(log),
    enable_metrics = true,
    before_send_metric = |metric| Some(metric),
    auto_session_tracking = true,
    session_mode = sentry::SessionMode::Application,
    transport = Arc::new(Nowhere),
    http_proxy = "http://127.0.0.1:1",
    https_proxy = "http://127.0.0.1:1",
    shutdown_timeout = Duration::from_millis(100),
    max_queue_bytes = 1_000_000,
    max_in_flight = 2,
    compression = "none",
    retry_window = Duration::from_secs(10),
    send_client_reports = false,
    enable_backpressure_handling = false,
    accept_invalid_certs = false,
    ca_certs = "target/ca.pem",
    cert_file = "target/client.pem",
    key_file = "target/client.key",
    user_agent = "ui",
    spool = "target/ui-spool",
    spool_max_bytes = 1_000_000,
    spool_max_age = Duration::from_secs(60),
    durable = "nothing",
    spotlight = false,
    copy_to = Arc::new(Nowhere),
    integrations = [Arc::new(Plain) as Arc<dyn sentry::Integration>],
    add_integration = Plain,
    default_integrations = true,
    disabled_integrations = ["contexts"],
    data_collection = sentry::DataCollection::new(),
    max_request_body_size = sentry::MaxRequestBodySize::Small,
    max_attachment_size = 1_000_000,
    context_tags = ["request_id"],
    transport_channel_capacity = 100,
    dotenv = false,
    crate = ::sentry,
)]
fn main() {}

struct Plain;

impl sentry::Integration for Plain {}

struct Nowhere;

impl Transport for Nowhere {
    fn send_envelope(&self, _: Envelope) {}
}
