//! The session of the running work.

use std::sync::{Arc, Weak};

use super::host::{Host, Item, host};
use super::{Scope, context};
use crate::protocol::SessionStatus;
use crate::telemetry::{Judge, Session, Slot, distinct_id_of};

/// Starts a session, which takes the place of the one there is. Without a client, or without a release, there is none.
pub(crate) fn start_session() {
    let Some(host) = host() else { return };
    let Some(isolation) = context::with(|context| context.isolation.handle()) else { return };
    start_session_in(&isolation, &host, Judge::Events);
}

/// Starts a session in an isolation scope. Says whether it has: not without a release.
pub(crate) fn start_session_in(isolation: &Scope, host: &Arc<dyn Host>, judge: Judge) -> bool {
    let Some(attributes) = host.telemetry().of_sessions() else { return false };
    let mode = host.telemetry().mode;
    let client: Weak<dyn Host> = Arc::downgrade(host);
    let sink = Box::new(move |batch| {
        if let Some(client) = client.upgrade() {
            client.accept(Item::batch(batch));
        }
    });
    let slot = Slot::new(Session::new(mode, judge, attributes, distinct_id(isolation), sink));
    // The one before ends out here: no lock is held while it is told of.
    drop(isolation.update(|data| data.session.replace(slot)));
    true
}

/// Ends the session of the running work.
pub(crate) fn end_session(status: SessionStatus) {
    // At the end of the process the thread may have no context any more.
    let isolation = context::with(|context| context.isolation.handle()).unwrap_or_else(context::origin);
    let slot = isolation.update(|data| data.session.take());
    if let Some(slot) = slot {
        slot.end(status, distinct_id(&isolation));
    }
}

fn distinct_id(scope: &Scope) -> Option<String> {
    distinct_id_of(scope.read(|data| data.user.clone()).as_deref())
}
