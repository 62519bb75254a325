//! Mistakes in `#[report(…)]`: each under its own token, all in one compile, and the implementation is there.

use std::fmt;

#[derive(Debug, sentry::Report)]
#[report(level = "warn", colour = "red", crate = "sentry")]
enum Mistaken {
    #[report]
    Nothing,
    #[report(ignore = "yes", tags(a b = 1), fingerprint = "x")]
    Values,
    #[report(ignore)]
    #[report(redact)]
    Twice,
    #[report(causes)]
    OnTheVariant(Vec<fmt::Error>),
    OnTheField(#[report(redact)] Vec<fmt::Error>),
}

impl fmt::Display for Mistaken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Mistaken {}

fn reported(_: impl sentry::Report) {}

fn main() {
    reported(Mistaken::Nothing);
}
