//! The panic hook: captures, then hands on to the hook that was there before.

use std::borrow::Cow;
use std::panic::PanicHookInfo;
use std::sync::Once;
use std::time::SystemTime;

use super::{event, route};
use crate::callback;
use crate::protocol::{Event, Uuid};
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
    let location = info.location().map(|place| (place.file().to_owned(), place.line(), place.column()));
    let (id, at) = (Uuid::new_v4(), SystemTime::now());
    let (message, running) = (message(info).into_owned(), route::running());
    // Source files are read on the delivery thread.
    let build = Box::new(move |transaction, own: &[Cow<'static, str>]| {
        let event = event::of_panic(message, location.as_ref(), &running, own);
        Some(Event { event_id: id, timestamp: at, transaction, ..event })
    });
    let hold = host.hold();
    hold.release();
    scope::set_last_event_id(id);
    host.accept(Item::Held { hold, build, scopes: Box::new(Snapshot::take()) });
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
