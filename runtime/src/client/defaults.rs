//! What `sentry.toml` says: defaults of the program's own, weaker than code and environment.

use std::borrow::Cow;
use std::time::Duration;

use super::choices::{EventSamplingStrategy, TracesSamplingStrategy};
use super::kept::Durable;
use super::options::{ClientOptions, Given};
use super::pattern::Pattern;
use super::streaming::TraceLifecycle;
use crate::delivery::Compression;
use crate::protocol::OrganizationId;
use crate::telemetry::SessionMode;
use crate::trace::TracePropagationTarget;

/// Options from `sentry.toml`, as constants in the program.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each is the option of its name")]
pub struct Defaults {
    pub dsn: Option<&'static str>,
    pub debug: Option<bool>,
    pub dist: Option<&'static str>,
    pub environment: Option<&'static str>,
    pub server_name: Option<&'static str>,
    pub sample_rate: Option<f32>,
    pub traces_sample_rate: Option<f32>,
    pub org_id: Option<u64>,
    pub strict_trace_continuation: Option<bool>,
    pub propagate_traceparent: Option<bool>,
    pub trace_propagation_targets: Option<&'static [&'static str]>,
    pub max_breadcrumbs: Option<usize>,
    pub max_spans: Option<u32>,
    pub trace_lifecycle: Option<&'static str>,
    pub instrument: Option<&'static str>,
    pub in_app: Option<&'static [&'static str]>,
    pub send_default_pii: Option<bool>,
    pub attach_stacktrace: Option<bool>,
    pub in_app_include: Option<&'static [&'static str]>,
    pub in_app_exclude: Option<&'static [&'static str]>,
    pub panic_flush_timeout: Option<Duration>,
    pub http_proxy: Option<&'static str>,
    pub https_proxy: Option<&'static str>,
    pub shutdown_timeout: Option<Duration>,
    pub max_queue_bytes: Option<usize>,
    pub max_in_flight: Option<usize>,
    pub compression: Option<&'static str>,
    pub max_attachment_size: Option<usize>,
    pub context_tags: Option<&'static [&'static str]>,
    pub ca_certs: Option<&'static str>,
    pub cert_file: Option<&'static str>,
    pub key_file: Option<&'static str>,
    pub user_agent: Option<&'static str>,
    pub spool: Option<&'static str>,
    pub spool_max_bytes: Option<usize>,
    pub spool_max_age: Option<Duration>,
    pub durable: Option<&'static str>,
    pub spotlight: Option<&'static str>,
    pub disabled_integrations: Option<&'static [&'static str]>,
    pub default_integrations: Option<bool>,
    pub dotenv: Option<bool>,
    pub retry_window: Option<Duration>,
    pub send_client_reports: Option<bool>,
    pub enable_backpressure_handling: Option<bool>,
    pub enable_logs: Option<bool>,
    pub enable_metrics: Option<bool>,
    pub auto_session_tracking: Option<bool>,
    pub session_mode: Option<&'static str>,
    pub ignore_errors: Option<&'static [&'static str]>,
    pub ignore_spans: Option<&'static [&'static str]>,
    pub ignore_transactions: Option<&'static [&'static str]>,
    pub dedupe: Option<Duration>,
    pub max_events_per_fingerprint_per_minute: Option<u32>,
}

impl Defaults {
    /// Nothing is said.
    pub const NONE: Self = Self {
        dsn: None,
        debug: None,
        dist: None,
        environment: None,
        server_name: None,
        sample_rate: None,
        traces_sample_rate: None,
        org_id: None,
        strict_trace_continuation: None,
        propagate_traceparent: None,
        trace_propagation_targets: None,
        max_breadcrumbs: None,
        max_spans: None,
        trace_lifecycle: None,
        instrument: None,
        in_app: None,
        send_default_pii: None,
        attach_stacktrace: None,
        in_app_include: None,
        in_app_exclude: None,
        panic_flush_timeout: None,
        http_proxy: None,
        https_proxy: None,
        shutdown_timeout: None,
        max_queue_bytes: None,
        max_in_flight: None,
        compression: None,
        max_attachment_size: None,
        context_tags: None,
        ca_certs: None,
        cert_file: None,
        key_file: None,
        user_agent: None,
        spool: None,
        spool_max_bytes: None,
        spool_max_age: None,
        durable: None,
        spotlight: None,
        disabled_integrations: None,
        default_integrations: None,
        dotenv: None,
        retry_window: None,
        send_client_reports: None,
        enable_backpressure_handling: None,
        enable_logs: None,
        enable_metrics: None,
        auto_session_tracking: None,
        session_mode: None,
        ignore_errors: None,
        ignore_spans: None,
        ignore_transactions: None,
        dedupe: None,
        max_events_per_fingerprint_per_minute: None,
    };

    /// Sets what neither code nor environment has set. Names and proxies have an order of their own, and are not among
    /// it.
    pub(super) fn apply(&self, options: &mut ClientOptions) {
        if options.explicit.dsn == Given::Nothing
            && options.dsn.is_none()
            && let Some(dsn) = self.dsn.filter(|dsn| !dsn.is_empty())
        {
            match dsn.parse() {
                Ok(dsn) => options.dsn = Some(dsn),
                Err(error) => {
                    options.explicit.dsn = Given::Malformed;
                    options
                        .problems
                        .push(format!("invalid DSN in sentry.toml, nothing will be sent: {error}"));
                }
            }
        }
        if let Some(debug) = self.debug
            && !options.explicit.debug
            && !options.debug
        {
            options.explicit.debug = true;
            options.debug = debug;
        }
        if let Some(rate) = self.sample_rate
            && !options.explicit.sample_rate
        {
            options.event_sampling_strategy = EventSamplingStrategy::FixedRate(rate);
        }
        if let Some(rate) = self.traces_sample_rate
            && !options.explicit.traces
            && matches!(options.traces_sampling_strategy, TracesSamplingStrategy::Disabled)
        {
            options.traces_sampling_strategy = TracesSamplingStrategy::FixedRate(rate);
        }
        options.recorded.instrument_unless_said(self.instrument.map(Cow::Borrowed));
        if let Some(spool) = self.spool
            && !options.written.contains(&"spool")
            && options.spool.is_none()
        {
            options.spool = Some(spool.into());
        }
        // The compiler has checked the word, here and below.
        if let Some(Ok(lifecycle)) = self.trace_lifecycle.map(str::parse::<TraceLifecycle>)
            && !options.written.contains(&"trace_lifecycle")
            && options.trace_lifecycle == TraceLifecycle::default()
        {
            options.trace_lifecycle = lifecycle;
        }
        if self.session_mode == Some("request") && !options.written.contains(&"session_mode") {
            options.session_mode = SessionMode::Request;
        }
        if let Some(Ok(compression)) = self.compression.map(str::parse::<Compression>)
            && !options.written.contains(&"compression")
            && options.compression == Compression::default()
        {
            options.compression = compression;
        }
        let files = [
            (&mut options.ca_certs, self.ca_certs),
            (&mut options.cert_file, self.cert_file),
            (&mut options.key_file, self.key_file),
        ];
        for (option, file) in files {
            *option = option.take().or_else(|| file.map(Into::into));
        }
        if let Some(Ok(durable)) = self.durable.map(str::parse::<Durable>)
            && !options.written.contains(&"durable")
            && options.durable == Durable::default()
        {
            options.durable = durable;
        }
        if let Some(modules) = self.in_app
            && !options.written.contains(&"in_app")
            && options.in_app.is_empty()
        {
            options.in_app = modules.iter().copied().map(Cow::Borrowed).collect();
        }
        if let Some(keys) = self.context_tags
            && !options.written.contains(&"context_tags")
            && options.context_tags.is_empty()
        {
            options.context_tags = keys.iter().copied().map(Cow::Borrowed).collect();
        }
        if let Some(names) = self.disabled_integrations
            && !options.written.contains(&"disabled_integrations")
            && options.disabled_integrations.is_empty()
        {
            options.disabled_integrations = names.iter().copied().map(Cow::Borrowed).collect();
        }
        options.org_id = options.org_id.or(self.org_id.map(OrganizationId::from));
        if let Some(parts) = self.trace_propagation_targets
            && options.trace_propagation_targets.is_none()
        {
            options.trace_propagation_targets =
                Some(parts.iter().copied().map(TracePropagationTarget::from).collect());
        }
        self.apply_filters(options);
        options.recorded.ignore_unless_said(self.ignore_spans, self.ignore_transactions);
        self.apply_values(options);
    }

    /// Which events are worth sending. These options have no public field.
    fn apply_filters(&self, options: &mut ClientOptions) {
        let written = &options.written;
        let of = |name| !written.contains(&name);
        let (ignore, dedupe) = (of("ignore_errors"), of("dedupe"));
        let per_minute = of("max_events_per_fingerprint_per_minute");
        let filters = &mut options.filters;
        if let Some(patterns) = self.ignore_errors.filter(|_| ignore) {
            filters.ignore = patterns.iter().map(|pattern| Pattern::new((*pattern).to_owned())).collect();
        }
        if let Some(window) = self.dedupe.filter(|window| dedupe && !window.is_zero()) {
            filters.dedupe = Some(window);
        }
        if let Some(most) = self.max_events_per_fingerprint_per_minute.filter(|_| per_minute) {
            filters.per_minute = Some(most);
        }
    }

    /// The options that always have a value. One that code gave its default by the setter stays; by the field it
    /// cannot be told from one that was not given.
    fn apply_values(&self, options: &mut ClientOptions) {
        let unset = ClientOptions::default();
        macro_rules! apply {
            ($($option:ident),*) => {$(
                if let Some(value) = self.$option
                    && !options.written.contains(&stringify!($option))
                    && options.$option == unset.$option
                {
                    options.$option = value.into();
                }
            )*};
        }
        apply!(
            strict_trace_continuation,
            propagate_traceparent,
            max_breadcrumbs,
            max_spans,
            send_default_pii,
            attach_stacktrace,
            in_app_include,
            in_app_exclude,
            panic_flush_timeout,
            shutdown_timeout,
            max_queue_bytes,
            max_in_flight,
            max_attachment_size,
            user_agent,
            spool_max_bytes,
            spool_max_age,
            spotlight,
            default_integrations,
            retry_window,
            send_client_reports,
            enable_backpressure_handling,
            enable_logs,
            enable_metrics,
            auto_session_tracking
        );
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::super::environment;
    use super::super::init::{NO_PACKAGE, Package};
    use super::*;

    const GIVEN: Defaults = Defaults {
        dsn: Some("https://file@sentry.example/1"),
        debug: Some(true),
        dist: Some("1"),
        environment: Some("file"),
        server_name: Some("file"),
        sample_rate: Some(0.1),
        traces_sample_rate: Some(0.2),
        org_id: Some(4711),
        strict_trace_continuation: Some(true),
        propagate_traceparent: Some(true),
        trace_propagation_targets: Some(&["file"]),
        max_breadcrumbs: Some(1),
        max_spans: Some(2),
        trace_lifecycle: Some("stream"),
        instrument: Some("file=off"),
        in_app: Some(&["file"]),
        send_default_pii: Some(true),
        attach_stacktrace: Some(true),
        in_app_include: Some(&["file"]),
        in_app_exclude: Some(&["file"]),
        panic_flush_timeout: Some(Duration::from_secs(2)),
        http_proxy: Some("http://file:1"),
        https_proxy: Some("http://file:2"),
        shutdown_timeout: Some(Duration::from_secs(3)),
        max_queue_bytes: Some(4),
        max_in_flight: Some(5),
        compression: Some("none"),
        max_attachment_size: Some(11),
        context_tags: Some(&["file"]),
        ca_certs: Some("file"),
        cert_file: Some("file"),
        key_file: Some("file"),
        user_agent: Some("file/1"),
        spool: Some("file"),
        spool_max_bytes: Some(6),
        spool_max_age: Some(Duration::from_secs(7)),
        durable: Some("errors"),
        spotlight: Some("http://file:3"),
        disabled_integrations: Some(&["panic"]),
        default_integrations: Some(false),
        dotenv: None,
        retry_window: Some(Duration::from_secs(8)),
        send_client_reports: Some(false),
        enable_backpressure_handling: Some(false),
        enable_logs: Some(false),
        enable_metrics: Some(false),
        auto_session_tracking: Some(true),
        session_mode: Some("request"),
        ignore_errors: Some(&["file"]),
        ignore_spans: Some(&["file.*"]),
        ignore_transactions: Some(&["file"]),
        dedupe: Some(Duration::from_secs(9)),
        max_events_per_fingerprint_per_minute: Some(10),
    };

    fn complete(options: ClientOptions) -> ClientOptions {
        let package = Package { defaults: GIVEN, debug_assertions: true, ..NO_PACKAGE };
        environment::complete(options, &package)
    }

    #[test]
    fn fill_what_code_leaves_open() {
        let options = complete(ClientOptions::new());
        assert_eq!(options.dsn.as_ref().map(crate::protocol::Dsn::public_key), Some("file"));
        assert_eq!(options.environment.as_deref(), Some("file"));
        assert_eq!((options.dist.as_deref(), options.server_name.as_deref()), (Some("1"), Some("file")));
        assert!(options.debug && options.send_default_pii);
        assert!(matches!(options.event_sampling_strategy, EventSamplingStrategy::FixedRate(0.1)));
        assert!(matches!(options.traces_sampling_strategy, TracesSamplingStrategy::FixedRate(0.2)));
        assert_eq!(options.org_id, Some(4711.into()));
        assert!(options.strict_trace_continuation && options.propagate_traceparent);
        assert!(options.trace_propagation_targets.is_some_and(|targets| targets[0].fits("a file")));
        assert_eq!((options.max_breadcrumbs, options.max_spans), (1, 2));
        assert_eq!(options.recorded.instrument(), Some("file=off"));
        assert_eq!(options.in_app, ["file"]);
        assert_eq!((options.max_queue_bytes, options.max_in_flight), (4, 5));
        assert_eq!(options.compression, Compression::None);
        assert_eq!((options.max_attachment_size, options.context_tags), (11, vec!["file".into()]));
        assert_eq!(options.shutdown_timeout, Duration::from_secs(3));
        assert!(options.attach_stacktrace);
        assert_eq!(options.trace_lifecycle, TraceLifecycle::Stream);
        assert_eq!((options.in_app_include, options.in_app_exclude), (vec!["file"], vec!["file"]));
        assert_eq!(options.panic_flush_timeout, Duration::from_secs(2));
        assert_eq!(options.user_agent, "file/1");
        for file in [options.ca_certs, options.cert_file, options.key_file] {
            assert_eq!(file.as_deref(), Some(Path::new("file")));
        }
        assert_eq!(options.spool.as_deref(), Some(Path::new("file")));
        assert_eq!((options.spool_max_bytes, options.spool_max_age), (6, Duration::from_secs(7)));
        assert_eq!((options.durable, options.spotlight.url()), (Durable::Errors, Some("http://file:3")));
        assert_eq!(
            (options.disabled_integrations, options.default_integrations),
            (vec!["panic".into()], false)
        );
        assert_eq!(options.retry_window, Duration::from_secs(8));
        assert!(!options.send_client_reports && !options.enable_backpressure_handling);
        assert!(!options.enable_logs && !options.enable_metrics && options.auto_session_tracking);
        assert_eq!(options.session_mode, SessionMode::Request);
        assert_eq!(options.filters.ignore.len(), 1);
        assert!(options.recorded.rules.is_some() && options.recorded.ignores_transaction("file"));
        assert_eq!(options.filters.dedupe, Some(Duration::from_secs(9)));
        assert_eq!(options.filters.per_minute, Some(10));
        assert!(options.problems.is_empty(), "{:?}", options.problems);
    }

    /// Even where code asks for what is the default anyway.
    #[test]
    fn give_way_to_code() {
        let usual = ClientOptions::default();
        let options = complete(
            ClientOptions::new()
                .dsn("")
                .debug(false)
                .dist("code")
                .environment("code")
                .server_name("code")
                .sample_rate(1.0)
                .traces_sample_rate(0.0)
                .org_id(1.into())
                .strict_trace_continuation(false)
                .propagate_traceparent(false)
                .trace_propagation_targets([""; 0])
                .max_breadcrumbs(usual.max_breadcrumbs)
                .max_spans(usual.max_spans)
                .trace_lifecycle("static")
                .instrument("")
                .in_app([""; 0])
                .send_default_pii(false)
                .attach_stacktrace(false)
                .in_app_include([])
                .in_app_exclude([])
                .panic_flush_timeout(usual.panic_flush_timeout)
                .shutdown_timeout(usual.shutdown_timeout)
                .max_queue_bytes(usual.max_queue_bytes)
                .max_in_flight(usual.max_in_flight)
                .compression("gzip")
                .max_attachment_size(usual.max_attachment_size)
                .context_tags([""; 0])
                .ca_certs("code")
                .cert_file("code")
                .key_file("code")
                .user_agent(usual.user_agent.clone())
                .spool("code")
                .spool_max_bytes(usual.spool_max_bytes)
                .spool_max_age(usual.spool_max_age)
                .durable("nothing")
                .spotlight(false)
                .disabled_integrations([""; 0])
                .default_integrations(true)
                .retry_window(usual.retry_window)
                .send_client_reports(true)
                .enable_backpressure_handling(true)
                .enable_logs(true)
                .enable_metrics(true)
                .auto_session_tracking(false)
                .session_mode(SessionMode::Application)
                .ignore_errors([""; 0])
                .ignore_spans([""; 0])
                .ignore_transactions([""; 0])
                .dedupe(Duration::ZERO)
                .max_events_per_fingerprint_per_minute(1),
        );
        assert_eq!(options.dsn, None);
        assert_eq!(options.environment.as_deref(), Some("code"));
        assert_eq!((options.dist.as_deref(), options.server_name.as_deref()), (Some("code"), Some("code")));
        assert!(!options.debug && !options.send_default_pii);
        assert!(matches!(options.event_sampling_strategy, EventSamplingStrategy::FixedRate(1.0)));
        assert!(matches!(options.traces_sampling_strategy, TracesSamplingStrategy::FixedRate(0.0)));
        assert_eq!(options.org_id, Some(1.into()));
        assert!(!options.strict_trace_continuation && !options.propagate_traceparent);
        assert!(options.trace_propagation_targets.is_some_and(|targets| targets.is_empty()));
        assert_eq!((options.max_breadcrumbs, options.max_spans), (usual.max_breadcrumbs, usual.max_spans));
        assert_eq!(options.recorded.instrument(), Some(""));
        assert_eq!(options.in_app, [""; 0]);
        assert_eq!(options.max_queue_bytes, usual.max_queue_bytes);
        assert_eq!(options.max_in_flight, usual.max_in_flight);
        assert_eq!(options.compression, Compression::Gzip);
        assert_eq!(options.max_attachment_size, usual.max_attachment_size);
        assert!(options.context_tags.is_empty());
        assert!(!options.attach_stacktrace);
        assert_eq!(options.trace_lifecycle, TraceLifecycle::Static);
        assert!(options.in_app_include.is_empty() && options.in_app_exclude.is_empty());
        assert_eq!(options.panic_flush_timeout, usual.panic_flush_timeout);
        assert_eq!(options.shutdown_timeout, usual.shutdown_timeout);
        assert_eq!(options.user_agent, usual.user_agent);
        for file in [options.ca_certs, options.cert_file, options.key_file] {
            assert_eq!(file.as_deref(), Some(Path::new("code")));
        }
        assert_eq!(options.spool.as_deref(), Some(Path::new("code")));
        assert_eq!(options.spool_max_bytes, usual.spool_max_bytes);
        assert_eq!(options.spool_max_age, usual.spool_max_age);
        assert_eq!((options.durable, options.spotlight.url()), (Durable::Nothing, None));
        assert!(options.disabled_integrations.is_empty() && options.default_integrations);
        assert_eq!(options.retry_window, usual.retry_window);
        assert!(options.send_client_reports && options.enable_backpressure_handling);
        assert!(options.enable_logs && options.enable_metrics && !options.auto_session_tracking);
        assert_eq!(options.session_mode, SessionMode::Application);
        assert!(options.filters.ignore.is_empty());
        assert!(options.recorded.rules.is_none() && !options.recorded.ignores_transaction("file"));
        assert_eq!((options.filters.dedupe, options.filters.per_minute), (None, Some(1)));
    }
}
