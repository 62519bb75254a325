//! What an attribute says of an error that the function returned.

use super::value::Text;
use crate::callback;
use crate::errors::{Findings, Vars};
use crate::protocol::Value;
use crate::trace::{Callsite, Datum};

/// Collects it, if the call is recorded.
#[derive(Debug, Default)]
#[must_use = "the call ends with it"]
pub struct Failure {
    recorded: bool,
    pub(super) findings: Findings,
    pub(super) tags: Vec<(&'static str, String)>,
    pub(super) data: Vec<(&'static str, Datum)>,
}

impl Failure {
    /// Of a call that is recorded.
    pub(super) fn of_call(callsite: &'static Callsite, vars: Vars<'_>) -> Self {
        let vars = callsite.arguments().zip(vars).map(|(name, value)| (name, value.value()));
        let findings = Findings { vars: vars.collect(), ..Findings::default() };
        Self { recorded: true, findings, ..Self::default() }
    }

    /// Runs a closure of the attribute; the user's code in it may do anything.
    pub fn say(&mut self, say: impl FnOnce(&mut Self)) {
        if self.recorded {
            callback::guarded("arguments of an attribute", || say(self));
        }
    }

    /// Runs a closure of the attribute whose outcome is of no interest if the error is ignored.
    pub fn say_if_sent(&mut self, say: impl FnOnce(&mut Self)) {
        if !self.findings.ignored {
            self.say(say);
        }
    }

    /// Makes no event of the error if it is of a kind that is ignored.
    pub fn ignore(&mut self, ignored: bool) {
        self.findings.ignored |= ignored;
    }

    /// Adds an argument of the function.
    pub fn var(&mut self, name: &'static str, value: Value) {
        self.findings.vars.push((name, value));
    }

    /// Adds a tag.
    pub fn tag<V: Text + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.tags.push((key, value.text()));
    }

    /// Adds data of the span.
    pub fn data(&mut self, key: &'static str, value: Value) {
        self.data.push((key, value.into()));
    }

    /// Adds a constant text to the data of the span.
    pub fn text(&mut self, key: &'static str, text: &'static str) {
        self.data.push((key, Datum::Static(text)));
    }

    /// Adds a part of what the event is grouped by.
    pub fn fingerprint<V: Text + ?Sized>(&mut self, part: &V) {
        self.findings.fingerprint.push(part.text());
    }
}
