//! What only rustc can tell of `#[report(…)]`.

use std::fmt;

/// Is no error.
#[derive(Debug, sentry::Report)]
struct NoError;

#[derive(Debug, sentry::Report)]
#[report(tags(inner = inner, missing = missing))]
struct NoText {
    inner: Option<u8>,
}

impl fmt::Display for NoText {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for NoText {}

#[derive(sentry::Report)]
union Union {
    a: u8,
}

fn main() {}
