//! The delivery thread: takes items from the queue, has them made into envelopes, and sends those.
//!
//! It has a tokio runtime of its own, so it works before, beside and after the user's. Envelopes are prepared outside
//! of that runtime, because the user's callbacks run then and may want to block; requests in flight go on meanwhile
//! whenever the thread waits.

use std::future::{Future as _, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::task::JoinSet;

#[cfg(feature = "http")]
use super::http::{HttpSettings, Outcome, Sender};
#[cfg(feature = "http")]
use super::packet::Packet;
use super::queue::{Next, Queue, Taken};
#[cfg(feature = "http")]
use super::resend::{Lane, keep_if_it_fails};
#[cfg(feature = "http")]
use super::spool::Spool;
use super::transport::Transport;
use crate::callback;
use crate::protocol::Envelope;
use crate::scope::Item;

/// Turns an item into an envelope; `None` drops it.
pub(crate) type Prepare = Box<dyn FnMut(Item) -> Option<Envelope> + Send>;

/// How envelopes leave the process.
pub(crate) enum Way {
    /// To Sentry.
    #[cfg(feature = "http")]
    Http { settings: Box<HttpSettings>, max_in_flight: usize, spool: Option<Arc<Spool>> },
    /// Through a transport, on the delivery thread itself.
    Transport(Arc<dyn Transport>),
}

/// Starts the delivery thread.
pub(crate) fn start(queue: Arc<Queue>, prepare: Prepare, way: Way) -> io::Result<()> {
    std::thread::Builder::new().name("sentry-delivery".to_owned()).spawn(move || {
        queue.serve();
        let queue = Served(queue);
        match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => drop(callback::guarded("delivery", || run(&queue.0, prepare, way, &runtime))),
            Err(error) => crate::debug::log!("nothing can be sent: {error}"),
        }
    })?;
    Ok(())
}

/// Whatever ends the thread, nobody shall wait for it any more.
struct Served(Arc<Queue>);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

fn run(queue: &Arc<Queue>, prepare: Prepare, way: Way, runtime: &tokio::runtime::Runtime) {
    match way {
        #[cfg(feature = "http")]
        Way::Http { settings, max_in_flight, spool } => {
            let sender = Arc::new(Sender::new(&settings));
            let lane = spool.as_ref().map(|spool| Lane::start(spool, &sender, runtime));
            empty(queue, prepare, runtime, max_in_flight.max(1), |envelope, taken, sends| {
                let packet = match Packet::of(&envelope) {
                    Ok(packet) => packet,
                    Err(error) => return crate::debug::log!("an envelope could not be written: {error}"),
                };
                if let Some(request) = sender.request(&packet) {
                    let request = keep_if_it_fails(request, packet, spool.clone());
                    sends.spawn_on(finish(request, taken), runtime.handle());
                }
            });
            if let Some(lane) = lane {
                lane.end(runtime);
            }
        }
        Way::Transport(transport) => empty(queue, prepare, runtime, usize::MAX, |envelope, taken, _| {
            callback::guarded("send_envelope", || transport.send_envelope(envelope));
            drop(taken);
        }),
    }
}

/// Empties the queue until it is closed. `send` may leave work in the set, but for no more than `most` items at a time.
fn empty(
    queue: &Arc<Queue>,
    mut prepare: Prepare,
    runtime: &tokio::runtime::Runtime,
    most: usize,
    mut send: impl FnMut(Envelope, Taken, &mut JoinSet<()>),
) {
    let mut sends = JoinSet::new();
    loop {
        while sends.try_join_next().is_some() {}
        let room = most.saturating_sub(sends.len());
        match queue.next(Instant::now(), room) {
            Next::Finished => return,
            Next::Wait(until) => runtime.block_on(wait(queue, &mut sends, until)),
            Next::Items(items) => {
                for (taken, item) in items {
                    if let Some(envelope) = callback::guarded("the pipeline", || prepare(item)).flatten() {
                        send(envelope, taken, &mut sends);
                    }
                }
            }
        }
    }
}

#[cfg(feature = "http")]
async fn finish(request: impl Future<Output = Outcome>, taken: Taken) {
    request.await;
    drop(taken);
}

/// Drives the requests in flight until one of them is done, something is put into the queue, or it is time.
async fn wait(queue: &Queue, sends: &mut JoinSet<()>, until: Option<Instant>) {
    const LONG: Duration = Duration::from_hours(1);
    let mut woken = pin!(queue.woken());
    let until = until.unwrap_or_else(|| Instant::now() + LONG);
    let mut timer = pin!(tokio::time::sleep_until(until.into()));
    poll_fn(|context| {
        let sent = !sends.is_empty() && sends.poll_join_next(context).is_ready();
        if sent || woken.as_mut().poll(context).is_ready() || timer.as_mut().poll(context).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}
