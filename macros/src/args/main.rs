//! The arguments of `#[sentry::main]`.

use monitored_rules as rules;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, Ident, Lit};

use super::list::{Argument, Value};
use super::value::{literal, literal_text};
use super::{Root, known_arguments};
use crate::diagnostics::Diagnostics;

/// The arguments of `#[sentry::main]`.
pub(crate) struct Main {
    pub(crate) root: Option<Root>,
    /// `options = expr`: what the other arguments are set on.
    pub(crate) options: Option<Expr>,
    /// Client options in the order they were written: the setter and its value.
    pub(crate) setters: Vec<(Ident, TokenStream)>,
    pub(crate) flavor: Option<(Flavor, Ident)>,
    pub(crate) worker_threads: Option<(Expr, Ident)>,
}

/// The kind of tokio runtime that an `async fn main` without a runtime of its own gets.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Flavor {
    MultiThread,
    CurrentThread,
}

/// Every argument: the client options by the names of their setters, then those of the attribute itself.
const KNOWN: &[&str] = &[
    "dsn",
    "debug",
    "release",
    "dist",
    "environment",
    "server_name",
    "sample_rate",
    "traces_sample_rate",
    "traces_sampler",
    "org_id",
    "strict_trace_continuation",
    "propagate_traceparent",
    "trace_propagation_targets",
    "max_breadcrumbs",
    "max_spans",
    "trace_lifecycle",
    "in_app",
    "send_default_pii",
    "attach_stacktrace",
    "in_app_include",
    "in_app_exclude",
    "panic_flush_timeout",
    "ignore_errors",
    "error_sampler",
    "dedupe",
    "max_events_per_fingerprint_per_minute",
    "instrument",
    "ignore_spans",
    "ignore_transactions",
    "before_send",
    "before_send_with_hint",
    "before_send_transaction",
    "before_send_span",
    "before_breadcrumb",
    "enable_logs",
    "before_send_log",
    "enable_metrics",
    "before_send_metric",
    "auto_session_tracking",
    "session_mode",
    "transport",
    "http_proxy",
    "https_proxy",
    "shutdown_timeout",
    "max_queue_bytes",
    "max_in_flight",
    "compression",
    "retry_window",
    "send_client_reports",
    "enable_backpressure_handling",
    "accept_invalid_certs",
    "ca_certs",
    "cert_file",
    "key_file",
    "user_agent",
    "spool",
    "spool_max_bytes",
    "spool_max_age",
    "durable",
    "spotlight",
    "copy_to",
    "integrations",
    "add_integration",
    "default_integrations",
    "disabled_integrations",
    "data_collection",
    "max_request_body_size",
    "max_attachment_size",
    "context_tags",
    "transport_channel_capacity",
    "dotenv",
    "options",
    "flavor",
    "worker_threads",
    "crate",
];

impl Main {
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        Self::parse_as("sentry::main", KNOWN, tokens, diagnostics)
    }

    /// Reads the arguments of `#[sentry::test]`: those that are about the client, which sends nothing.
    pub(crate) fn parse_test(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        const OF_MAIN: [&str; 13] = [
            "transport",
            "ca_certs",
            "cert_file",
            "key_file",
            "spool",
            "spool_max_bytes",
            "spool_max_age",
            "durable",
            "spotlight",
            "copy_to",
            "dotenv",
            "flavor",
            "worker_threads",
        ];
        let known: Vec<_> = KNOWN.iter().copied().filter(|known| !OF_MAIN.contains(known)).collect();
        Self::parse_as("sentry::test", &known, tokens, diagnostics)
    }

    fn parse_as(attribute: &str, known: &[&str], tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut parsed =
            Self { root: None, options: None, setters: Vec::new(), flavor: None, worker_threads: None };
        for argument in known_arguments(tokens, attribute, known, diagnostics) {
            let key = &argument.key;
            match key.to_string().as_str() {
                "crate" => parsed.root = argument.root(diagnostics),
                "options" => {
                    parsed.options =
                        argument.expr("options = sentry::ClientOptions::new()", diagnostics).cloned();
                }
                // By itself it says yes.
                "dotenv" if matches!(argument.value, Value::Absent) => {
                    parsed.setters.push((key.clone(), quote_spanned!(key.span()=> true)));
                }
                "flavor" => {
                    parsed.flavor = flavor(&argument, diagnostics).map(|flavor| (flavor, key.clone()));
                }
                "worker_threads" => {
                    parsed.worker_threads =
                        worker_threads(&argument, diagnostics).map(|count| (count, key.clone()));
                }
                name => {
                    if let Some(value) = option(name, &argument, diagnostics) {
                        parsed.setters.push((key.clone(), value));
                    }
                }
            }
        }
        if let (Some((Flavor::CurrentThread, _)), Some((_, key))) = (&parsed.flavor, &parsed.worker_threads) {
            diagnostics.error(key, "`worker_threads` needs `flavor = \"multi_thread\"`");
        }
        parsed
    }
}

/// A client option's value. A literal that Sentry would refuse is reported now instead of at run time.
fn option(name: &str, argument: &Argument, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
    let usage = usage(name);
    let expr = argument.expr(&usage, diagnostics)?;
    let text: fn(&str) -> Result<(), rules::Broken> = match name {
        // An empty DSN is how a client is switched off.
        "dsn" => |text| if text.is_empty() { Ok(()) } else { rules::dsn(text).map(drop) },
        "release" => rules::release,
        "environment" => rules::environment,
        "dist" => rules::dist,
        "compression" => rules::compression,
        "durable" => rules::durable,
        "trace_lifecycle" => rules::trace_lifecycle,
        "sample_rate" | "traces_sample_rate" => return rate(name, &usage, expr, diagnostics),
        _ => return Some(expr.to_token_stream()),
    };
    match literal(expr) {
        Some(Lit::Str(literal)) => {
            if let Err(broken) = text(&literal.value()) {
                diagnostics.error(literal, broken);
                return None;
            }
        }
        Some(other) => {
            diagnostics.error(other, format!("`{name}` takes text: `{usage}`"));
            return None;
        }
        None => {}
    }
    Some(expr.to_token_stream())
}

fn rate(name: &str, usage: &str, expr: &Expr, diagnostics: &mut Diagnostics) -> Option<TokenStream> {
    let number = match literal_text(expr) {
        // Not a literal: its type and its value are for the compiler and the runtime to judge.
        None => return Some(expr.to_token_stream()),
        Some(_) if matches!(literal(expr), Some(Lit::Str(_) | Lit::Char(_) | Lit::Bool(_))) => None,
        Some(text) => text.parse::<f64>().ok(),
    };
    let Some(number) = number else {
        diagnostics.error(expr, format!("`{name}` takes a number from 0.0 to 1.0: `{usage}`"));
        return None;
    };
    if let Err(broken) = rules::sample_rate(number) {
        diagnostics.error(expr, broken);
        return None;
    }
    // `1` is a rate as good as `1.0`; the setter takes a float.
    if let Some(Lit::Int(int)) = literal(expr)
        && int.suffix().is_empty()
    {
        let mut float = Literal::f64_unsuffixed(number);
        float.set_span(int.span());
        return Some(float.into_token_stream());
    }
    Some(expr.to_token_stream())
}

/// What to write for an option; the example for those that can be spelt as a literal.
fn usage(name: &str) -> String {
    let example = match name {
        "dsn" => "\"https://key@o1.ingest.sentry.io/1\"",
        "release" => "\"shop@1.2.0\"",
        "dist" => "\"42\"",
        "compression" => "\"zstd\"",
        "durable" => "\"errors\"",
        "trace_lifecycle" => "\"stream\"",
        "environment" => "\"production\"",
        "sample_rate" | "traces_sample_rate" => "0.2",
        "debug"
        | "send_default_pii"
        | "accept_invalid_certs"
        | "strict_trace_continuation"
        | "propagate_traceparent"
        | "default_integrations"
        | "dotenv" => "true",
        "trace_propagation_targets" => "[\"https://api.shop.example/\"]",
        "disabled_integrations" => "[\"debug-images\"]",
        _ => "value",
    };
    format!("{name} = {example}")
}

fn flavor(argument: &Argument, diagnostics: &mut Diagnostics) -> Option<Flavor> {
    let text = argument.text("flavor = \"current_thread\"", diagnostics)?;
    match text.value().as_str() {
        "multi_thread" => Some(Flavor::MultiThread),
        "current_thread" => Some(Flavor::CurrentThread),
        other => {
            diagnostics.error(
                text,
                format!("unknown flavor `{other}`; it is `\"multi_thread\"` or `\"current_thread\"`"),
            );
            None
        }
    }
}

fn worker_threads(argument: &Argument, diagnostics: &mut Diagnostics) -> Option<Expr> {
    let usage = "worker_threads = 4";
    let expr = argument.expr(usage, diagnostics)?;
    match literal(expr) {
        Some(Lit::Int(int)) if int.base10_digits().trim_matches('0').is_empty() => {
            diagnostics.error(int, "a multi-thread runtime has at least one worker thread");
            None
        }
        None | Some(Lit::Int(_)) => Some(expr.clone()),
        Some(other) => {
            diagnostics.error(other, format!("`worker_threads` takes a number: `{usage}`"));
            None
        }
    }
}
