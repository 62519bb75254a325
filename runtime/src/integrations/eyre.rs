//! Reports of `eyre`, captured by hand. Functions with `#[monitored]` know them already, without this feature.

use eyre::Report;

use super::anyhow;
use crate::protocol::Uuid;

/// Captures a report with its causes, as an error that was handled. Returns the event's id, or the nil id if no client is
/// active.
///
/// ```
/// use eyre::WrapErr as _;
///
/// if let Err(report) = "seven".parse::<u32>().wrap_err("no number of guests") {
///     sentry::integrations::eyre::capture_eyre(&report);
/// }
/// ```
pub fn capture_eyre(report: &Report) -> Uuid {
    anyhow::capture_anyhow(report)
}
