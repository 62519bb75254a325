//! What an attribute says of an error that the function returned.

use super::value::Text;
use crate::callback;
use crate::errors::{Findings, Vars};
use crate::protocol::Value;
use crate::trace::{Callsite, Datum, Extra};

/// Collects it, if the call is recorded.
#[derive(Debug, Default)]
#[must_use = "the call ends with it"]
pub struct Failure {
    recorded: bool,
    pub(super) findings: Findings,
    /// What is for the span too, or for that alone.
    pub(super) said: Option<Box<Extra>>,
}

impl Failure {
    /// Of a call that is recorded.
    pub(super) fn of_call(callsite: &'static Callsite, vars: Vars<'_>) -> Self {
        let mut failure = Self { recorded: true, ..Self::default() };
        if !vars.is_empty() {
            let vars = callsite.arguments().zip(vars).map(|(name, value)| (name, value.value()));
            failure.findings.said().vars = vars.collect();
        }
        failure
    }

    /// Runs a closure of the attribute; the user's code in it may do anything.
    pub fn say(&mut self, say: impl FnOnce(&mut Self)) {
        if self.recorded {
            callback::guarded("arguments of an attribute", || say(self));
        }
    }

    /// Runs a closure of the attribute whose outcome is of no interest if the error is ignored.
    pub fn say_if_sent(&mut self, say: impl FnOnce(&mut Self)) {
        if !self.findings.is_ignored() {
            self.say(say);
        }
    }

    /// Makes no event of the error if it is of a kind that is ignored.
    pub fn ignore(&mut self, ignored: bool) {
        if ignored {
            self.findings.said().ignored = true;
        }
    }

    /// Adds an argument of the function.
    pub fn var(&mut self, name: &'static str, value: Value) {
        self.findings.said().vars.push((name, value));
    }

    /// Adds a tag.
    pub fn tag<V: Text + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.extra().tags.push((key, value.text()));
    }

    /// Adds data of the span.
    pub fn data(&mut self, key: &'static str, datum: Datum) {
        self.extra().data.push((key, datum));
    }

    /// Adds a constant text to the data of the span.
    pub fn text(&mut self, key: &'static str, text: &'static str) {
        self.extra().data.push((key, Datum::fixed(text)));
    }

    /// Adds a part of what the event is grouped by.
    pub fn fingerprint<V: Text + ?Sized>(&mut self, part: &V) {
        self.findings.said().fingerprint.push(part.text());
    }

    fn extra(&mut self) -> &mut Extra {
        self.said.get_or_insert_default()
    }
}
