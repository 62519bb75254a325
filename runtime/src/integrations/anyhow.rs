//! Errors of `anyhow`, captured by hand. Functions with `#[monitored]` know them already.
//!
//! This asks for no feature and not for the crate itself: any error will do that others are kept in, if it can be looked at
//! as what it holds. `anyhow::Error` and `eyre::Report` can, and so can a `Box<dyn Error + Send + Sync>`.

use std::any::type_name;
use std::error::Error;
use std::sync::Arc;

use crate::errors::{capture_by_hand, causes_of, of_causes, probe::Seen};
use crate::protocol::{Event, Mechanism, Uuid};
use crate::scope;
use crate::work::Hub;

/// What an error is kept as.
type Kept = dyn Error + Send + Sync;

/// Captures an `anyhow::Error` with its causes, as one that was handled. Returns the event's id, or the nil id if no client
/// is active.
///
/// ```
/// fn read() -> anyhow::Result<String> {
///     Ok(std::fs::read_to_string("menu.txt")?)
/// }
///
/// if let Err(error) = read() {
///     sentry::integrations::anyhow::capture_anyhow(&error);
/// }
/// ```
pub fn capture_anyhow<E: AsRef<Kept>>(error: &E) -> Uuid {
    if scope::is_active() { capture_by_hand(seen(error)) } else { Uuid::nil() }
}

/// The event that [`capture_anyhow`] would capture, to be changed before [`capture_event`](crate::capture_event).
pub fn event_from_error<E: AsRef<Kept>>(error: &E) -> Event<'static> {
    let mechanism = Mechanism { ty: "generic".to_owned(), handled: Some(true), ..Mechanism::default() };
    of_causes(&causes_of(seen(error)), mechanism, None)
}

/// [`capture_anyhow`] as a method of hubs.
pub trait AnyhowHubExt {
    /// Captures an `anyhow::Error` with the hub's client and scopes.
    fn capture_anyhow<E: AsRef<Kept>>(&self, error: &E) -> Uuid;
}

impl AnyhowHubExt for Arc<Hub> {
    fn capture_anyhow<E: AsRef<Kept>>(&self, error: &E) -> Uuid {
        Hub::run(Self::clone(self), || capture_anyhow(error))
    }
}

fn seen<E: AsRef<Kept>>(error: &E) -> Seen<'_> {
    Seen::of_kept(type_name::<E>(), error.as_ref())
}
