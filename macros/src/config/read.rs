//! What `sentry.toml` may say.

use std::fmt::Display;
use std::ops::Range;

use monitored_rules::{self as rules, Broken, nearest};
use syn::ext::IdentExt as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::off::Pattern;
use super::{Config, Options};

/// The value of a client option.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Texts(Vec<String>),
    Switch(bool),
    Count(u64),
    Rate(f64),
    Milliseconds(u64),
}

/// `release = …`
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Release {
    /// `name@version` of the package.
    Package,
    /// The commit that is checked out. Where it says so, for messages.
    Git {
        at: String,
    },
    /// What the variables of the usual CI systems say, else `name@version` of the package.
    Ci,
    Text(String),
}

/// Which binaries hold the source text of attributed functions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum SourceContext {
    Off,
    /// Those of debug builds.
    #[default]
    Dev,
    Always,
}

/// Which arguments of a function that failed are shown, where its attribute does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Shown {
    None,
    /// Numbers, `bool`s and `char`s.
    #[default]
    Primitives,
    /// Whatever is there without having been kept for it: references, and what is `Copy`.
    All,
}

/// What Sentry accepts as a text.
type Rule = fn(&str) -> Result<(), Broken>;

/// What the value of an option is.
#[derive(Clone, Copy)]
enum Kind {
    Text(Option<Rule>),
    Texts { what: &'static str },
    Modules,
    Switch,
    Count { least: u64 },
    Rate,
    Seconds { most: u32 },
}

/// The client options that are plain values, by the name of their setters, with an example of each.
const OPTIONS: &[(&str, Kind, &str)] = &[
    ("dsn", Kind::Text(Some(dsn)), "\"https://key@o1.ingest.sentry.io/1\""),
    ("debug", Kind::Switch, "true"),
    ("dist", Kind::Text(Some(rules::dist)), "\"42\""),
    ("environment", Kind::Text(Some(rules::environment)), "\"production\""),
    ("server_name", Kind::Text(None), "\"web-1\""),
    ("sample_rate", Kind::Rate, "0.2"),
    ("traces_sample_rate", Kind::Rate, "0.2"),
    ("org_id", Kind::Count { least: 1 }, "4711"),
    ("strict_trace_continuation", Kind::Switch, "true"),
    ("propagate_traceparent", Kind::Switch, "true"),
    ("trace_propagation_targets", Kind::Texts { what: "parts of URLs" }, "[\"https://api.shop.example/\"]"),
    ("max_breadcrumbs", Kind::Count { least: 0 }, "100"),
    ("max_spans", Kind::Count { least: 0 }, "1000"),
    ("trace_lifecycle", Kind::Text(Some(rules::trace_lifecycle)), "\"stream\""),
    ("instrument", Kind::Text(None), "\"db.*=off, http.*=0.1\""),
    ("in_app", Kind::Modules, "[\"shop\", \"shop_core::db\"]"),
    ("send_default_pii", Kind::Switch, "true"),
    ("attach_stacktrace", Kind::Switch, "true"),
    ("in_app_include", Kind::Modules, "[\"shop_plugins\"]"),
    ("in_app_exclude", Kind::Modules, "[\"shop::generated\"]"),
    ("panic_flush_timeout", Kind::Seconds { most: 86_400 }, "1.0"),
    ("http_proxy", Kind::Text(None), "\"http://proxy:3128\""),
    ("https_proxy", Kind::Text(None), "\"http://proxy:3128\""),
    ("shutdown_timeout", Kind::Seconds { most: 86_400 }, "2.5"),
    ("max_queue_bytes", Kind::Count { least: 0 }, "33_554_432"),
    ("max_in_flight", Kind::Count { least: 1 }, "8"),
    ("compression", Kind::Text(Some(rules::compression)), "\"zstd\""),
    ("max_attachment_size", Kind::Count { least: 0 }, "20_971_520"),
    ("context_tags", Kind::Texts { what: "names of fields" }, "[\"request_id\"]"),
    ("ca_certs", Kind::Text(None), "\"/etc/ssl/company.pem\""),
    ("cert_file", Kind::Text(None), "\"/etc/shop/client.pem\""),
    ("key_file", Kind::Text(None), "\"/etc/shop/client.key\""),
    ("user_agent", Kind::Text(None), "\"shop/1.0\""),
    ("spool", Kind::Text(None), "\"/var/lib/shop/sentry\""),
    ("spool_max_bytes", Kind::Count { least: 1 }, "67_108_864"),
    // Sentry takes nothing that is older than 30 days.
    ("spool_max_age", Kind::Seconds { most: 2_592_000 }, "604_800"),
    ("durable", Kind::Text(Some(rules::durable)), "\"errors\""),
    ("spotlight", Kind::Text(None), "\"http://localhost:8969/stream\""),
    ("default_integrations", Kind::Switch, "true"),
    ("disabled_integrations", Kind::Texts { what: "names" }, "[\"debug-images\"]"),
    ("dotenv", Kind::Switch, "true"),
    ("retry_window", Kind::Seconds { most: 86_400 }, "60"),
    ("send_client_reports", Kind::Switch, "true"),
    ("enable_backpressure_handling", Kind::Switch, "true"),
    ("enable_logs", Kind::Switch, "true"),
    ("enable_metrics", Kind::Switch, "true"),
    ("auto_session_tracking", Kind::Switch, "true"),
    ("session_mode", Kind::Text(Some(rules::session_mode)), "\"request\""),
    ("ignore_errors", Kind::Texts { what: "patterns" }, "[\"io::Error\", \"*reset by peer*\"]"),
    ("ignore_spans", Kind::Texts { what: "patterns" }, "[\"cache.*\", \"shop::metrics\"]"),
    ("ignore_transactions", Kind::Texts { what: "patterns" }, "[\"GET /health*\"]"),
    ("dedupe", Kind::Seconds { most: 86_400 }, "10"),
    ("max_events_per_fingerprint_per_minute", Kind::Count { least: 0 }, "100"),
];

/// The client options that only code can give.
const FUNCTIONS: &[&str] = &[
    "traces_sampler",
    "error_sampler",
    "accept_invalid_certs",
    "integrations",
    "add_integration",
    "data_collection",
    "max_request_body_size",
    "transport_channel_capacity",
    "before_send",
    "before_send_with_hint",
    "before_send_transaction",
    "before_send_span",
    "before_send_log",
    "before_send_metric",
    "before_breadcrumb",
    "transport",
    "copy_to",
];

/// What stands beside the client options.
const OTHERS: &[&str] = &["release", "source_context", "args", "redact", "ops", "off", "profile"];

const PROFILES: &[&str] = &["dev", "release"];

fn dsn(text: &str) -> Result<(), Broken> {
    // An empty one switches off what the rest of the file says.
    if text.is_empty() { Ok(()) } else { rules::dsn(text).map(drop) }
}

/// Reads a file of this text; `name` is what messages call it. What is wrong is left out of the configuration.
pub(super) fn read(text: &str, name: &str) -> (Config, Vec<String>) {
    let mut reader = Reader { text, name, problems: Vec::new() };
    let mut config = Config::default();
    match DeTable::parse(text) {
        Ok(table) => reader.file(table.get_ref(), &mut config),
        Err(error) => {
            let end = text.len();
            reader
                .problem(error.span().unwrap_or(end..end), format!("this is not TOML: {}", error.message()));
        }
    }
    // A table is in the order of its keys.
    reader.problems.sort_by_key(|(start, _)| *start);
    (config, reader.problems.into_iter().map(|(_, problem)| problem).collect())
}

type Entry<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    /// Where each begins, and the message.
    problems: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn file(&mut self, table: &DeTable<'_>, config: &mut Config) {
        for (key, value) in table {
            match &**key.get_ref() {
                "source_context" => {
                    let choices = [
                        ("off", SourceContext::Off),
                        ("dev", SourceContext::Dev),
                        ("always", SourceContext::Always),
                    ];
                    config.source_context = self.choice((key, value), &choices).unwrap_or_default();
                }
                "ops" => {
                    let choices = [("strict", true), ("any", false)];
                    config.strict_ops = self.choice((key, value), &choices).unwrap_or_default();
                }
                "args" => {
                    let choices =
                        [("none", Shown::None), ("primitives", Shown::Primitives), ("all", Shown::All)];
                    config.args = self.choice((key, value), &choices).unwrap_or_default();
                }
                "redact" => config.redact = self.names(key.get_ref(), value),
                "off" => config.off = self.patterns(key.get_ref(), value),
                "profile" => self.profiles(value, config),
                _ => self.option((key, value), &mut config.options, None),
            }
        }
    }

    fn profiles(&mut self, value: &Spanned<DeValue<'_>>, config: &mut Config) {
        let DeValue::Table(profiles) = value.get_ref() else {
            self.problem(value.span(), "`profile` is a table: `[profile.dev]`");
            return;
        };
        for (key, value) in profiles {
            let name = &**key.get_ref();
            let options = match name {
                "dev" => &mut config.dev,
                "release" => &mut config.release,
                _ => {
                    self.unknown(key, "profile", PROFILES.iter().copied());
                    continue;
                }
            };
            let DeValue::Table(table) = value.get_ref() else {
                self.problem(value.span(), format!("`profile.{name}` is a table: `[profile.{name}]`"));
                continue;
            };
            for entry in table {
                self.option(entry, options, Some(name));
            }
        }
    }

    /// A client option, of the file or of a profile.
    fn option(&mut self, (key, value): Entry<'_, '_>, options: &mut Options, profile: Option<&str>) {
        let name = &**key.get_ref();
        if name == "release" {
            options.release = self.release(value);
        } else if let Some((name, kind, example)) = OPTIONS.iter().find(|(known, ..)| *known == name) {
            if let Some(value) = self.value(name, *kind, example, value) {
                options.values.insert(name, value);
            }
        } else if FUNCTIONS.contains(&name) {
            let message = format!("`{name}` is code: write it in `#[sentry::main({name} = …)]`");
            self.problem(key.span(), message);
        } else if let Some(profile) = profile
            && OTHERS.contains(&name)
        {
            let message =
                format!("`{name}` is the same in all profiles: move it above `[profile.{profile}]`");
            self.problem(key.span(), message);
        } else {
            let others = if profile.is_some() { &OTHERS[..1] } else { OTHERS };
            let known = OPTIONS.iter().map(|(name, ..)| *name).chain(others.iter().copied());
            self.unknown(key, "key", known);
        }
    }

    fn value(
        &mut self,
        name: &str,
        kind: Kind,
        example: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Value> {
        let usage = format!("`{name} = {example}`");
        match kind {
            Kind::Text(rule) => {
                let text = self.text(name, &usage, value)?;
                // Empty text is no name, no proxy, no agent; a rule says so in its own words.
                let checked = rule.map_or(Ok(()), |rule| rule(&text)).map_err(|broken| broken.to_string());
                let checked = checked.and_then(|()| match name {
                    "dsn" => Ok(()),
                    _ if text.trim().is_empty() => Err(format!("`{name}` is empty: {usage}")),
                    "user_agent" if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
                        Err(format!("`user_agent` goes into a header, which is plain ASCII: {usage}"))
                    }
                    _ => Ok(()),
                });
                self.checked(value, checked)?;
                Some(Value::Text(text))
            }
            Kind::Switch => {
                let switch = value.get_ref().as_bool();
                let message = || format!("`{name}` takes `true` or `false`: {usage}");
                self.some(value, switch, message).map(Value::Switch)
            }
            Kind::Count { least } => {
                // A disk is larger than what a program may count.
                let most = if name == "spool_max_bytes" { i64::MAX } else { i64::from(u32::MAX) };
                let count = integer(value.get_ref())
                    .filter(|count| (i128::from(least)..=i128::from(most)).contains(count))
                    .and_then(|count| u64::try_from(count).ok());
                let message = || format!("`{name}` takes a whole number from {least} to {most}: {usage}");
                self.some(value, count, message).map(Value::Count)
            }
            Kind::Rate => {
                let message = || format!("`{name}` takes a number from 0.0 to 1.0: {usage}");
                let rate = self.some(value, number(value.get_ref()), message)?;
                self.checked(value, rules::sample_rate(rate))?;
                Some(Value::Rate(rate))
            }
            Kind::Seconds { most } => {
                let message = || format!("`{name}` takes seconds, from 0 to {most}: {usage}");
                let seconds =
                    number(value.get_ref()).filter(|seconds| (0.0..=f64::from(most)).contains(seconds));
                let seconds = self.some(value, seconds, message)?;
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "from 0 to `most`, by the line above"
                )]
                Some(Value::Milliseconds((seconds * 1000.0).round() as u64))
            }
            Kind::Texts { what } => {
                let texts = self.list(name, what, &usage, value, |text| {
                    if text.trim().is_empty() {
                        Err(format!("this is empty: {usage}"))
                    } else {
                        Ok(text.to_owned())
                    }
                });
                Some(Value::Texts(texts))
            }
            Kind::Modules => {
                let modules = self.list(name, "modules", &usage, value, |text| {
                    let is_path = syn::parse_str::<syn::Path>(text)
                        .is_ok_and(|path| path.leading_colon.is_none() && is_plain(&path));
                    if is_path {
                        Ok(text.to_owned())
                    } else {
                        Err(format!("`{text}` is no path of a module: {usage}"))
                    }
                });
                Some(Value::Texts(modules))
            }
        }
    }

    fn release(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Release> {
        let text = self.text(
            "release",
            "`release = \"package\"`, `\"git\"`, `\"ci\"` or text as `\"shop@1.2.0\"`",
            value,
        )?;
        Some(match text.as_str() {
            "package" => Release::Package,
            "git" => Release::Git { at: self.at(value.span().start) },
            "ci" => Release::Ci,
            _ => {
                self.checked(value, rules::release(&text))?;
                Release::Text(text)
            }
        })
    }

    fn patterns(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<Pattern> {
        self.list(key, "paths", "`off = [\"crate::hot::*\"]`", value, Pattern::parse)
    }

    /// Names of arguments.
    fn names(&mut self, key: &str, value: &Spanned<DeValue<'_>>) -> Vec<String> {
        let usage = "`redact = [\"card\"]`";
        self.list(key, "names", usage, value, |text| {
            // A keyword may be one: `r#type`.
            let is_name = syn::parse::Parser::parse_str(syn::Ident::parse_any, text).is_ok();
            if is_name {
                Ok(text.to_owned())
            } else {
                Err(format!("`{text}` is no name of an argument: {usage}"))
            }
        })
    }

    /// A list of texts, each of which `parse` understands.
    fn list<T, E: Display>(
        &mut self,
        key: &str,
        what: &str,
        usage: &str,
        value: &Spanned<DeValue<'_>>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let DeValue::Array(items) = value.get_ref() else {
            self.problem(value.span(), format!("`{key}` takes a list of {what}: {usage}"));
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            let Some(text) = self.text(key, usage, item) else { continue };
            found.extend(self.checked(item, parse(&text)));
        }
        found
    }

    /// One of several words.
    fn choice<T: Copy>(&mut self, (key, value): Entry<'_, '_>, choices: &[(&str, T)]) -> Option<T> {
        let key = key.get_ref();
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let usage = format!("`{key}` is {}", alternatives(&words));
        let DeValue::String(text) = value.get_ref() else {
            self.problem(value.span(), usage);
            return None;
        };
        let found = choices.iter().find(|(word, _)| word == text).map(|(_, choice)| *choice);
        let meant = nearest(text, choices.iter().map(|(word, _)| *word));
        let meant = meant.map(|word| format!(", did you mean `\"{word}\"`?")).unwrap_or_default();
        self.some(value, found, || format!("{usage}, this is `\"{text}\"`{meant}"))
    }

    fn text(&mut self, key: &str, usage: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let text = value.get_ref().as_str().map(str::to_owned);
        self.some(value, text, || format!("`{key}` takes text in quotes: {usage}"))
    }

    fn unknown(
        &mut self,
        key: &Spanned<impl AsRef<str>>,
        what: &str,
        known: impl Iterator<Item = &'static str> + Clone,
    ) {
        let name = key.get_ref().as_ref();
        let meant = match nearest(name, known.clone()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("known are `{}`", known.collect::<Vec<_>>().join("`, `")),
        };
        self.problem(key.span(), format!("unknown {what} `{name}`, {meant}"));
    }

    fn some<T>(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        found: Option<T>,
        message: impl FnOnce() -> String,
    ) -> Option<T> {
        if found.is_none() {
            self.problem(value.span(), message());
        }
        found
    }

    fn checked<T, E: Display>(&mut self, value: &Spanned<DeValue<'_>>, checked: Result<T, E>) -> Option<T> {
        checked.map_err(|error| self.problem(value.span(), error)).ok()
    }

    fn problem(&mut self, span: Range<usize>, message: impl Display) {
        let problem = format!("{}: {message}", self.at(span.start));
        self.problems.push((span.start, problem));
    }

    /// `sentry.toml:3:5`, both counted from 1, the column in characters.
    fn at(&self, offset: usize) -> String {
        let before = self.text.get(..offset).unwrap_or(self.text).trim_start_matches('\u{feff}');
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!("{}:{line}:{column}", self.name)
    }
}

fn integer(value: &DeValue<'_>) -> Option<i128> {
    let integer = value.as_integer()?;
    i128::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// A path without type arguments.
fn is_plain(path: &syn::Path) -> bool {
    path.segments.iter().all(|segment| segment.arguments.is_none())
}

/// A float, or an integer that stands for one.
fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        _ => integer(value)?.to_string().parse().ok(),
    }
}

/// `a`, `b` or `c`
fn alternatives(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => format!("`{}` or `{last}`", first.join("`, `")),
    }
}

#[cfg(test)]
mod tests;
