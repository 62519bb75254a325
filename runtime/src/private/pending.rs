//! Calls of functions that open a transaction, as long as nobody asks anything of that.

use std::thread;

use super::call;
use super::recording::More;
use crate::errors::Frame;
use crate::scope::{self, Bare, Item};
use crate::trace::log::{Stack, Thread};
use crate::trace::{Callsite, Opens, Pending, TraceSettings};

/// Begins a transaction, if it is like most of them: none is running, it starts a trace of its own, and the client asks for
/// nothing but a rate.
pub(super) fn begin(thread: &Thread, callsite: &'static Callsite) -> Option<Frame> {
    if callsite.opens() != Opens::Outermost || !thread.is_idle() || !scope::is_plain() || thread::panicking()
    {
        return None;
    }
    let room = thread.stack.room()?;
    let start = scope::draw(|| callsite.full_name())?;
    let depth = Stack::push(&thread.stack, room, callsite, None);
    thread.put_off(Pending { callsite, depth, start, begin: go_on });
    Some(Frame::above(depth).with_more())
}

/// Ends the transaction of this frame, if it is still like that and all went well. Says whether it did.
pub(super) fn end(thread: &Thread, frame: Frame) -> bool {
    let frame = frame.alone();
    let ended = thread.end_pending(|it| Frame::above(it.depth) == frame && frame.leave_plain(thread));
    if let Some(pending) = ended
        && pending.is_recorded()
    {
        send(pending);
    }
    ended.is_some()
}

/// Sends a transaction that has no spans, and no scopes of its own.
fn send(pending: Pending) {
    let ended = pending.end();
    if let Some(host) = scope::known_host() {
        host.accept(Item::Bare(Bare::new(ended)));
    }
}

/// Goes on as with any other transaction: somebody looks at its scopes or its span.
fn go_on(pending: Pending) {
    let host = scope::known_host();
    let root = pending.open(host.as_ref().map_or(&TraceSettings::OFF, |host| host.settings()));
    let frame = Frame::above(pending.depth);
    call::keep_more(frame, More::of_transaction(root).into());
}
