//! Options that were not set in code: from the environment, then from the program's package
//! and its `sentry.toml`, then the defaults.

use std::borrow::Cow;
use std::env;

use monitored_rules::Broken;

use super::choices::{EventSamplingStrategy, TracesSamplingStrategy};
use super::init::Package;
use super::options::{ClientOptions, Given};

/// Fills in what is missing and drops what Sentry would refuse.
pub(super) fn complete(mut options: ClientOptions, package: &Package) -> ClientOptions {
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
    if !options.explicit.sample_rate
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
    let defaults = &package.defaults;
    defaults.apply(&mut options);
    names(&mut options, package);
    options.server_name = options.server_name.or_else(|| defaults.server_name.map(Cow::Borrowed));
    options.http_proxy = options
        .http_proxy
        .or_else(|| either("HTTP_PROXY", "http_proxy"))
        .or_else(|| defaults.http_proxy.map(Cow::Borrowed));
    options.https_proxy = options
        .https_proxy
        .or_else(|| either("HTTPS_PROXY", "https_proxy"))
        .or_else(|| defaults.https_proxy.map(Cow::Borrowed))
        .or_else(|| options.http_proxy.clone());
    options
}

/// Release, build and environment: the names that Sentry is strict about.
fn names(options: &mut ClientOptions, package: &Package) {
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
    let release = options.release.take().or_else(|| read("SENTRY_RELEASE").map(Cow::Owned));
    options.release = checked("release", monitored_rules::release, release)
        .or_else(|| checked("release", monitored_rules::release, package.release.map(Cow::Borrowed)));
    let dist = options.dist.take().or_else(|| package.defaults.dist.map(Cow::Borrowed));
    options.dist = checked("dist", monitored_rules::dist, dist);
    let environment = options.environment.take().or_else(|| read("SENTRY_ENVIRONMENT").map(Cow::Owned));
    options.environment = checked("environment", monitored_rules::environment, environment)
        .or(package.defaults.environment.map(Cow::Borrowed))
        .or(Some(Cow::Borrowed(if package.debug_assertions { "development" } else { "production" })));
}

fn read_rate(variable: &str, problems: &mut Vec<String>) -> Option<f32> {
    let text = read(variable)?;
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

/// A variable that is set to something.
fn read(variable: &str) -> Option<String> {
    env::var(variable).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn either(first: &str, second: &str) -> Option<Cow<'static, str>> {
    read(first).or_else(|| read(second)).map(Cow::Owned)
}

/// The words for yes of the protocol ("Environment variables").
fn is_true(text: &str) -> bool {
    ["true", "t", "yes", "y", "on", "1"].iter().any(|word| text.eq_ignore_ascii_case(word))
}
