//! Options that were not set in code: from the environment, then from the program's package
//! and its `sentry.toml`, then the defaults.

use std::borrow::Cow;

use monitored_rules::Broken;

use super::choices::{EventSamplingStrategy, TracesSamplingStrategy};
use super::facts::USER_AGENT;
use super::init::Package;
use super::kept::Spotlight;
use super::options::{ClientOptions, Given};
use super::streaming::TraceLifecycle;
use super::variables::Variables;

/// Fills in what is missing and drops what Sentry would refuse.
pub(super) fn complete(mut options: ClientOptions, package: &Package) -> ClientOptions {
    let dotenv =
        options.dotenv || package.defaults.dotenv == Some(true) && !options.written.contains(&"dotenv");
    let variables = Variables::new(dotenv, &mut options.problems);
    let read = |name: &str| variables.get(name);
    let read_rate = |name: &str, problems: &mut Vec<String>| rate(name, &read(name)?, problems);
    if options.explicit.dsn == Given::Nothing
        && options.dsn.is_none()
        && let Some(dsn) = read("SENTRY_DSN")
    {
        match dsn.parse() {
            Ok(dsn) => options.dsn = Some(dsn),
            Err(error) => {
                options.explicit.dsn = Given::Malformed;
                options.problems.push(format!("invalid DSN in SENTRY_DSN, nothing will be sent: {error}"));
            }
        }
    }
    if !options.explicit.debug
        && !options.debug
        && let Some(debug) = read("SENTRY_DEBUG")
    {
        options.explicit.debug = true;
        options.debug = is_true(&debug);
    }
    // Whoever leaves the field at its default has not decided.
    if !options.explicit.sample_rate
        && matches!(options.event_sampling_strategy, EventSamplingStrategy::FixedRate(events) if is_default(events))
        && let Some(rate) = read_rate("SENTRY_SAMPLE_RATE", &mut options.problems)
    {
        options.explicit.sample_rate = true;
        options.event_sampling_strategy = EventSamplingStrategy::FixedRate(rate);
    }
    if !options.explicit.traces
        && matches!(options.traces_sampling_strategy, TracesSamplingStrategy::Disabled)
        && let Some(rate) = read_rate("SENTRY_TRACES_SAMPLE_RATE", &mut options.problems)
    {
        options.explicit.traces = true;
        options.traces_sampling_strategy = TracesSamplingStrategy::FixedRate(rate);
    }
    if !options.written.contains(&"spool")
        && options.spool.is_none()
        && let Some(folder) = read("SENTRY_SPOOL")
    {
        options.spool = Some(folder.into());
    }
    if !options.written.contains(&"spotlight")
        && options.spotlight == Spotlight::default()
        && let Some(spotlight) = read("SENTRY_SPOTLIGHT")
    {
        options.written.push("spotlight");
        options.spotlight = spotlight.into();
    }
    if !options.written.contains(&"trace_lifecycle")
        && options.trace_lifecycle == TraceLifecycle::default()
        && let Some(text) = read("SENTRY_TRACE_LIFECYCLE")
    {
        match text.parse() {
            Ok(lifecycle) => {
                options.written.push("trace_lifecycle");
                options.trace_lifecycle = lifecycle;
            }
            Err(error) => options.problems.push(format!("SENTRY_TRACE_LIFECYCLE is ignored: {error}")),
        }
    }
    options.recorded.instrument_unless_said(read("SENTRY_INSTRUMENT").map(Cow::Owned));
    let defaults = &package.defaults;
    defaults.apply(&mut options);
    options.problems.extend(options.recorded.settle());
    names(&mut options, package, &read);
    check_rates(&mut options);
    check_agent(&mut options);
    options.server_name = options.server_name.or_else(|| defaults.server_name.map(Cow::Borrowed));
    // In a CGI program that variable is what a request's header `Proxy` says.
    let is_cgi = read("REQUEST_METHOD").is_some();
    let http_proxy = || read("HTTP_PROXY").filter(|_| !is_cgi).or_else(|| read("http_proxy"));
    options.http_proxy = options
        .http_proxy
        .or_else(|| http_proxy().map(Cow::Owned))
        .or_else(|| defaults.http_proxy.map(Cow::Borrowed));
    options.https_proxy = options
        .https_proxy
        .or_else(|| read("HTTPS_PROXY").or_else(|| read("https_proxy")).map(Cow::Owned))
        .or_else(|| defaults.https_proxy.map(Cow::Borrowed))
        .or_else(|| options.http_proxy.clone());
    options.tags = variables.tags();
    options
}

/// Drops what Sentry would refuse, for a client that does not look at the environment.
pub(super) fn validate(options: &mut ClientOptions, package: &Package) {
    names(options, package, &|_| None);
    options.problems.extend(options.recorded.settle());
    check_rates(options);
    check_agent(options);
}

fn is_default(rate: f32) -> bool {
    (rate - 1.0).abs() < f32::EPSILON
}

/// The strategies are public fields, so rates may have come past the setters.
fn check_rates(options: &mut ClientOptions) {
    let mut checked = |option: &str, rate: f32| {
        let checked = monitored_rules::sample_rate(f64::from(rate));
        options
            .problems
            .extend(checked.as_ref().err().map(|broken| format!("`{option}` is ignored: {broken}")));
        checked.is_ok()
    };
    if let EventSamplingStrategy::FixedRate(events) = options.event_sampling_strategy
        && !checked("sample_rate", events)
    {
        options.event_sampling_strategy = EventSamplingStrategy::default();
    }
    if let TracesSamplingStrategy::FixedRate(traces) = options.traces_sampling_strategy
        && !checked("traces_sample_rate", traces)
    {
        options.traces_sampling_strategy = TracesSamplingStrategy::Disabled;
    }
}

/// With anything else no request could be made.
fn check_agent(options: &mut ClientOptions) {
    let agent = options.user_agent.as_bytes();
    if agent.is_empty() || !agent.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        let problem = "`user_agent` is ignored: it is not a text of printable ASCII, as `name/version` is";
        options.problems.push(problem.to_owned());
        options.user_agent = Cow::Borrowed(USER_AGENT);
    }
}

/// Release, build and environment: the names that Sentry is strict about. Each comes from the strongest place that has
/// one which Sentry takes.
fn names(options: &mut ClientOptions, package: &Package, variable: &dyn Fn(&str) -> Option<String>) {
    let problems = &mut options.problems;
    let mut checked =
        |option: &str, rule: fn(&str) -> Result<(), Broken>, value: Option<Cow<'static, str>>| {
            let value = value?;
            match rule(&value) {
                Ok(()) => Some(value),
                Err(broken) => {
                    problems.push(format!("`{option}` is ignored: {broken}"));
                    None
                }
            }
        };
    let variable = |name: &str| variable(name).map(Cow::Owned);
    options.release = checked("release", monitored_rules::release, options.release.take())
        .or_else(|| checked("SENTRY_RELEASE", monitored_rules::release, variable("SENTRY_RELEASE")))
        .or_else(|| checked("release", monitored_rules::release, package.release.map(Cow::Borrowed)));
    options.dist = checked("dist", monitored_rules::dist, options.dist.take())
        .or_else(|| checked("SENTRY_DIST", monitored_rules::dist, variable("SENTRY_DIST")))
        .or_else(|| package.defaults.dist.map(Cow::Borrowed));
    options.environment = checked("environment", monitored_rules::environment, options.environment.take())
        .or_else(|| {
            checked("SENTRY_ENVIRONMENT", monitored_rules::environment, variable("SENTRY_ENVIRONMENT"))
        })
        .or(package.defaults.environment.map(Cow::Borrowed))
        .or(Some(Cow::Borrowed(if package.debug_assertions { "development" } else { "production" })));
}

fn rate(variable: &str, text: &str, problems: &mut Vec<String>) -> Option<f32> {
    let Ok(rate) = text.parse::<f32>() else {
        problems.push(format!("{variable} is ignored: `{text}` is not a number between 0 and 1"));
        return None;
    };
    match monitored_rules::sample_rate(f64::from(rate)) {
        Ok(()) => Some(rate),
        Err(broken) => {
            problems.push(format!("{variable} is ignored: {broken}"));
            None
        }
    }
}

/// The words for yes of the protocol ("Environment variables").
fn is_true(text: &str) -> bool {
    ["true", "t", "yes", "y", "on", "1"].iter().any(|word| text.eq_ignore_ascii_case(word))
}
