//! What `sentry.toml` does to a crate: each case is one of its own, made below the target folder and built by cargo.

mod krate;
mod mistakes;
mod off;
mod rebuilds;
mod runtime;
#[cfg(target_arch = "x86_64")]
mod success;
mod values;
