use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// A value breaks a rule.
///
/// Displays as one lower-case sentence without a full stop that states the rule and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    rule: Cow<'static, str>,
}

impl Broken {
    pub(crate) fn new(rule: impl Into<Cow<'static, str>>) -> Self {
        Self { rule: rule.into() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)
    }
}

impl Error for Broken {}
