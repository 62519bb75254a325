//! The arguments of `#[cron]`.

use monitored_rules::{self as rules, Broken, Schedule};
use proc_macro2::TokenStream;
use syn::{Ident, Lit, LitInt, LitStr};

use super::list::Argument;
use super::value::literal;
use super::{Root, known_arguments};
use crate::diagnostics::Diagnostics;

/// The arguments of `#[cron]`.
pub(crate) struct Cron {
    pub(crate) root: Option<Root>,
    pub(crate) slug: Option<LitStr>,
    pub(crate) schedule: Option<LitStr>,
    pub(crate) timezone: Option<LitStr>,
    /// The rest of the monitor's configuration: fields and their values.
    pub(crate) numbers: Vec<(&'static str, LitInt)>,
}

/// Those that stand for a number.
pub(crate) const NUMBERS: [&str; 4] =
    ["checkin_margin", "max_runtime", "failure_issue_threshold", "recovery_threshold"];

const KNOWN: &[&str] = &[
    "slug",
    "schedule",
    "timezone",
    "checkin_margin",
    "max_runtime",
    "failure_issue_threshold",
    "recovery_threshold",
    "crate",
];

impl Cron {
    pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Self {
        let mut parsed = Self { root: None, slug: None, schedule: None, timezone: None, numbers: Vec::new() };
        let arguments = known_arguments(tokens, "cron", KNOWN, diagnostics);
        // A word that nobody knows may be the schedule, misspelt.
        let is_complete = diagnostics.is_empty();
        let is_given = |name: &str| arguments.iter().any(|argument| argument.key == name);
        for argument in &arguments {
            match argument.key.to_string().as_str() {
                "slug" => {
                    let usage = "slug = \"nightly-import\"";
                    parsed.slug = text(argument, usage, rules::monitor_slug, diagnostics);
                }
                "schedule" => {
                    let usage = "schedule = \"30 4 * * *\"";
                    let rule = |text: &str| rules::schedule(text).map(drop);
                    parsed.schedule = text(argument, usage, rule, diagnostics);
                }
                "timezone" => {
                    let usage = "timezone = \"Europe/Vienna\"";
                    parsed.timezone = text(argument, usage, rules::time_zone, diagnostics);
                }
                "crate" => parsed.root = argument.root(diagnostics),
                name => {
                    if let Some(field) = NUMBERS.into_iter().find(|number| *number == name)
                        && let Some(value) = number(argument, field, diagnostics)
                    {
                        parsed.numbers.push((field, value));
                    }
                }
            }
        }
        if is_complete && !is_given("schedule") {
            let is_config = |key: &Ident| NUMBERS.iter().any(|number| key == number) || key == "timezone";
            for key in arguments.iter().map(|argument| &argument.key).filter(|key| is_config(key)) {
                let message =
                    format!("`{key}` is sent along with a schedule: add `schedule = \"every 10 minutes\"`");
                diagnostics.error(key, message);
            }
        }
        parsed
    }
}

fn text(
    argument: &Argument,
    usage: &str,
    rule: impl Fn(&str) -> Result<(), Broken>,
    diagnostics: &mut Diagnostics,
) -> Option<LitStr> {
    let text = argument.text(usage, diagnostics)?;
    if let Err(broken) = rule(&text.value()) {
        diagnostics.error(&text, broken);
        return None;
    }
    Some(text)
}

fn number(argument: &Argument, name: &str, diagnostics: &mut Diagnostics) -> Option<LitInt> {
    let minutes = !name.ends_with("threshold");
    let (what, usage) =
        if minutes { ("minutes", format!("{name} = 10")) } else { ("runs", format!("{name} = 2")) };
    let expr = argument.expr(&usage, diagnostics)?;
    let count = match literal(expr) {
        Some(Lit::Int(int)) if int.suffix().is_empty() => {
            int.base10_parse::<u64>().ok().map(|count| (count, int))
        }
        _ => None,
    };
    let Some((count, int)) = count else {
        diagnostics.error(expr, format!("`{name}` takes a number of {what}: `{usage}`"));
        return None;
    };
    let rule = if minutes { rules::monitor_minutes } else { rules::monitor_threshold };
    if let Err(broken) = rule(count) {
        diagnostics.error(int, broken);
        return None;
    }
    Some(int.clone())
}

impl Cron {
    /// The schedule as it was read.
    pub(crate) fn read_schedule(&self) -> Option<ReadSchedule> {
        let text = self.schedule.as_ref()?.value();
        Some(match rules::schedule(&text).ok()? {
            Schedule::Crontab(line) => ReadSchedule::Crontab(line.to_owned()),
            Schedule::Interval(count, unit) => ReadSchedule::Interval(count, unit),
        })
    }
}

/// A schedule that owns its text.
pub(crate) enum ReadSchedule {
    Crontab(String),
    Interval(u64, rules::Unit),
}
