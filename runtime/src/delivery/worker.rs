//! The delivery thread: takes items from the queue, has them made into envelopes, and sends those.
//!
//! It has a tokio runtime of its own, so it works before, beside and after the user's. Envelopes are prepared outside
//! of that runtime, because the user's callbacks run then and may want to block; requests in flight go on meanwhile
//! whenever the thread waits.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::backpressure::Backpressure;
use super::buffers::quantities;
#[cfg(feature = "http")]
use super::http::HttpSettings;
use super::packet;
use super::queue::{Next, Queue, Ticket};
#[cfg(feature = "http")]
use super::resend::Resending;
#[cfg(feature = "http")]
use super::sending::Sender;
use super::sends::Sends;
#[cfg(feature = "http")]
use super::spool::Spool;
use super::transport::Transport;
use crate::callback;
use crate::process::Work;
#[cfg(feature = "http")]
use crate::protocol::Category;
use crate::protocol::{Envelope, EnvelopeHeaders, Reason};
use crate::scope::{Item, Prepared, Ready, Snapshot};
use crate::trace::Finished;

/// How many packets are made before they are written to the spool, when it is too late to send them.
#[cfg(feature = "http")]
const KEPT_AT_ONCE: usize = 64;

/// What is less need not be known exactly while it is sent.
#[cfg(feature = "http")]
const MUCH: usize = 64 * 1024;

/// Turns items into envelopes.
pub(crate) trait Prepare: Send {
    /// What an item is made into, or why it is dropped.
    fn envelope(&mut self, item: Item) -> Ready;

    /// The headers of an envelope that holds nothing captured.
    fn headers(&mut self) -> EnvelopeHeaders;

    /// What shall leave now although nobody has said so, and when to ask again.
    fn due(&mut self, now: Instant) -> (Vec<Item>, Option<Instant>);

    /// A transaction whose spans leave one by one, as that: those that are left, and itself.
    fn segment(&mut self, finished: Finished, scopes: &Snapshot) -> Result<Vec<Item>, Reason>;
}

/// How envelopes leave the process.
#[derive(Clone)]
pub(crate) enum Way {
    /// To Sentry.
    #[cfg(feature = "http")]
    Http {
        settings: Box<HttpSettings>,
        max_in_flight: usize,
        retry_window: Duration,
        spool: Option<Arc<Spool>>,
    },
    /// Through a transport, on the delivery thread itself.
    Transport(Arc<dyn Transport>),
}

/// Starts the delivery thread.
pub(crate) fn start(
    queue: Arc<Queue>,
    prepare: Box<dyn Prepare>,
    way: Way,
    pressure: Option<Backpressure>,
) -> io::Result<()> {
    callback::thread("sentry-delivery", move || {
        let work = Work::start();
        queue.serve();
        let queue = Served(queue);
        if let Some(runtime) = runtime(&work, &queue.0) {
            let made = Made { prepare, pressure };
            // Should it panic, whoever waits is told by `Served`.
            run(&queue.0, made, way, &runtime);
        }
    })
}

/// A runtime, as soon as there can be one: what is captured first may be that the program can open no more files. `None`
/// if the client is closed before.
fn runtime(work: &Work, queue: &Queue) -> Option<Runtime> {
    const AGAIN: Duration = Duration::from_millis(100);
    let mut said = false;
    loop {
        match work.runtime() {
            Ok(runtime) => return Some(runtime),
            Err(error) if !said => crate::debug::log!("nothing can be sent now: {error}"),
            Err(_) => {}
        }
        said = true;
        if !queue.is_open() {
            return None;
        }
        work.resting(|| std::thread::sleep(AGAIN));
    }
}

/// Whatever ends the thread, nobody shall wait for it any more.
struct Served(Arc<Queue>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The thread's side of a way out.
trait Exit {
    /// How many items may be taken now, given those on their way.
    fn room(&self, on_their_way: usize) -> usize;

    /// Whether there is no use in preparing this one.
    fn refuses(&self, _ticket: &Ticket) -> bool {
        false
    }

    /// Sends, or leaves work in the set.
    fn send(&self, envelope: Box<Envelope>, ticket: Ticket, item: packet::Priority, sends: &mut Sends);

    /// Whether the server wants less.
    fn is_limited(&self) -> bool {
        false
    }

    /// From when on nothing is waited for.
    fn last_call(&self) -> Option<Instant> {
        None
    }

    /// Tells of losses.
    fn report(&self, _headers: EnvelopeHeaders, _sends: &mut Sends) {}
}

/// What the thread works with beside its way out.
struct Made {
    prepare: Box<dyn Prepare>,
    pressure: Option<Backpressure>,
}

fn run(queue: &Arc<Queue>, made: Made, way: Way, runtime: &Runtime) {
    match way {
        #[cfg(feature = "http")]
        Way::Http { settings, max_in_flight, retry_window, spool } => {
            let sender =
                Sender::new(&settings, Arc::clone(queue), retry_window, max_in_flight, spool.clone());
            let sender = Arc::new(sender);
            let resending = spool.map(|spool| Resending::start(spool, &sender, runtime));
            empty(queue, made, runtime, &ToServer { sender });
            if let Some(resending) = resending {
                resending.end(runtime);
            }
        }
        Way::Transport(transport) => empty(queue, made, runtime, &ToTransport(transport)),
    }
}

#[cfg(feature = "http")]
struct ToServer {
    sender: Arc<Sender>,
}

#[cfg(feature = "http")]
impl Exit for ToServer {
    fn room(&self, on_their_way: usize) -> usize {
        let too_late = self.sender.last_call().is_some_and(|last_call| last_call <= Instant::now());
        // What goes to the spool is not on its way for long.
        let most = if too_late { self.sender.window().max(KEPT_AT_ONCE) } else { self.sender.window() };
        most.saturating_sub(on_their_way)
    }

    fn refuses(&self, ticket: &Ticket) -> bool {
        self.sender.refuses(ticket.quantities())
    }

    fn send(
        &self,
        mut envelope: Box<Envelope>,
        mut ticket: Ticket,
        priority: packet::Priority,
        sends: &mut Sends,
    ) {
        if self.sender.refuses_attachments() {
            let bytes = envelope.leave_out_attachments();
            if has_attachments(&ticket) {
                ticket.adjust(packet::quantities(&envelope), Reason::RatelimitBackoff);
            } else {
                ticket.lost_beside(Reason::RatelimitBackoff, (Category::Attachment, bytes as u64));
            }
            if ticket.is_spent() {
                // There was nothing else.
                return ticket.dropped(Reason::RatelimitBackoff);
            }
        }
        match packet::Packet::new(&mut envelope, priority) {
            Ok(packet) => {
                // There was no room for all of it.
                ticket.adjust(packet::quantities(&envelope), Reason::BufferOverflow);
                if packet.body.len() > MUCH {
                    ticket.weighs(packet.body.len());
                }
                sends.add(Arc::clone(&self.sender).deliver(packet, ticket));
            }
            // The ticket enters it as our own fault.
            Err(error) => crate::debug::log!("an envelope could not be written: {error}"),
        }
    }

    fn is_limited(&self) -> bool {
        self.sender.is_limited()
    }

    fn last_call(&self) -> Option<Instant> {
        self.sender.last_call()
    }

    fn report(&self, headers: EnvelopeHeaders, sends: &mut Sends) {
        sends.add(Arc::clone(&self.sender).report(headers));
    }
}

#[cfg(feature = "http")]
fn has_attachments(ticket: &Ticket) -> bool {
    ticket.quantities().iter().any(|(category, bytes)| *category == Category::Attachment && *bytes > 0)
}

struct ToTransport(Arc<dyn Transport>);

impl Exit for ToTransport {
    fn room(&self, _on_their_way: usize) -> usize {
        usize::MAX
    }

    fn send(&self, envelope: Box<Envelope>, ticket: Ticket, _: packet::Priority, _: &mut Sends) {
        match callback::guarded("send_envelope", || self.0.try_send_envelope(*envelope)) {
            Some(Ok(())) => ticket.delivered(),
            Some(Err(reason)) => ticket.dropped(reason),
            None => ticket.dropped(Reason::InternalSdkError),
        }
    }
}

/// Empties the queue until it is closed.
fn empty(queue: &Arc<Queue>, made: Made, runtime: &Runtime, exit: &impl Exit) {
    let Made { mut prepare, mut pressure } = made;
    let mut sends = Sends::default();
    loop {
        let now = Instant::now();
        let check = pressure
            .as_mut()
            .and_then(|pressure| pressure.check(now, || queue.was_full() || exit.is_limited()));
        let (items, due) = prepare.due(now);
        for item in items {
            queue.push(item);
        }
        match queue.next(now, exit.room(sends.len())) {
            Next::Finished => return,
            Next::Wait(until) => {
                let last_call = exit.last_call().filter(|last_call| *last_call > now);
                let until = [until, check, due, last_call].into_iter().flatten().min();
                runtime.block_on(sends.wait(queue, until));
            }
            Next::Report => {
                exit.report(prepare.headers(), &mut sends);
            }
            Next::Items(items) => {
                let ready_by = queue.ready_by();
                let parts = |(ticket, item)| parts(&mut *prepare, ticket, item);
                for (mut ticket, item) in items.into_iter().flat_map(parts).collect::<Vec<_>>() {
                    if exit.refuses(&ticket) {
                        ticket.dropped(Reason::RatelimitBackoff);
                        continue;
                    }
                    if !item.is_ready(ready_by) {
                        queue.put_back(ticket, item, now);
                        continue;
                    }
                    let priority = super::buffers::priority(&item);
                    match callback::guarded("the pipeline", || prepare.envelope(item)) {
                        Some(Ok(Prepared::Elsewhere)) => ticket.kept(),
                        Some(Ok(Prepared::NotYet(item))) => queue.put_back(ticket, item, now),
                        Some(Ok(Prepared::Envelope(envelope))) => {
                            ticket.adjust(packet::quantities(&envelope), Reason::BeforeSend);
                            exit.send(envelope, ticket, priority, &mut sends);
                        }
                        Some(Ok(Prepared::Several(envelopes))) => {
                            for envelope in envelopes {
                                let part = ticket.part(packet::quantities(&envelope));
                                exit.send(Box::new(envelope), part, priority, &mut sends);
                            }
                            ticket.spent(Reason::BeforeSend);
                        }
                        Some(Err(reason)) => ticket.dropped(reason),
                        None => ticket.dropped(Reason::InternalSdkError),
                    }
                }
            }
        }
    }
}

/// A streamed transaction may be more than goes into one envelope; everything else stays as it is.
fn parts(prepare: &mut dyn Prepare, mut ticket: Ticket, item: Item) -> Vec<(Ticket, Item)> {
    let (finished, scopes) = match item {
        Item::Transaction { finished, scopes } if finished.is_streamed() => (finished, scopes),
        other => return vec![(ticket, other)],
    };
    let parts = match callback::guarded("the pipeline", || prepare.segment(finished, &scopes)) {
        Some(Ok(parts)) => parts,
        Some(Err(reason)) => {
            ticket.dropped(reason);
            return Vec::new();
        }
        None => {
            ticket.dropped(Reason::InternalSdkError);
            return Vec::new();
        }
    };
    let parts = parts.into_iter().map(|part| (ticket.part(quantities(&part)), part)).collect();
    // They began after their transaction had ended.
    ticket.spent(Reason::BufferOverflow);
    parts
}
