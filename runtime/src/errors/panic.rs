//! The panic hook: captures, then hands on to the hook that was there before.

use std::borrow::Cow;
use std::panic::PanicHookInfo;
use std::sync::Once;

use super::{event, route};
use crate::callback;
use crate::scope::{self, Item, Snapshot};

static INSTALLED: Once = Once::new();

/// Installs the hook, once a process. Without a client it only hands on.
pub(crate) fn install_hook(after: fn()) {
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            capture(info);
            previous(info);
            after();
        }));
    });
}

fn capture(info: &PanicHookInfo<'_>) {
    // A panic in a user's callback is contained and not an event.
    if callback::is_running() {
        return;
    }
    let Some(host) = scope::host() else { return };
    let location = info.location().map(|place| (place.file(), place.line(), place.column()));
    let event = event::of_panic(message(info), location, &route::running());
    scope::set_last_event_id(event.event_id);
    host.accept(Item::Event { event: Box::new(event), scopes: Box::new(Snapshot::take()) });
}

fn message<'a>(info: &'a PanicHookInfo<'_>) -> Cow<'a, str> {
    let payload = info.payload();
    if let Some(text) = payload.downcast_ref::<&str>() {
        Cow::Borrowed(text)
    } else if let Some(text) = payload.downcast_ref::<String>() {
        Cow::Borrowed(text)
    } else {
        Cow::Borrowed("(a payload that is not text)")
    }
}
