//! What is on its way to the server, driven by the delivery thread whenever it waits.

use std::future::{Future, poll_fn};
#[cfg(feature = "http")]
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

#[cfg(feature = "http")]
use futures_util::future::FutureExt;
#[cfg(feature = "http")]
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Sleep;

use super::queue::Queue;

/// What is on its way.
#[derive(Default)]
pub(super) struct Sends {
    /// On the delivery thread and nowhere else, so they need not be tasks of the runtime, which cost twice as much.
    #[cfg(feature = "http")]
    under_way: FuturesUnordered<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Transports keep nothing here.
    #[cfg(not(feature = "http"))]
    under_way: [(); 0],
    alarm: Alarm,
}

#[cfg(feature = "http")]
impl Sends {
    /// Takes what starts when the thread waits next.
    pub(super) fn add(&self, work: impl Future<Output = ()> + Send + 'static) {
        // Should one of them panic, the others go on; its ticket is dropped with it.
        let work = AssertUnwindSafe(work).catch_unwind();
        self.under_way.push(Box::pin(work.map(drop)));
    }

    /// Drives them as far as they go. Says whether one of them is done.
    fn drive(&mut self, context: &mut Context<'_>) -> bool {
        let mut is_done = false;
        while let Poll::Ready(Some(())) = self.under_way.poll_next_unpin(context) {
            is_done = true;
        }
        is_done
    }
}

impl Sends {
    pub(super) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Drives the requests in flight until one of them is done, something is put into the queue, or it is time.
    pub(super) async fn wait(&mut self, queue: &Queue, until: Option<Instant>) {
        const LONG: Duration = Duration::from_hours(1);
        let mut woken = pin!(queue.woken());
        let until = until.unwrap_or_else(|| Instant::now() + LONG);
        poll_fn(|context| {
            #[cfg(feature = "http")]
            let is_done = self.drive(context);
            #[cfg(not(feature = "http"))]
            let is_done = false;
            if is_done
                || woken.as_mut().poll(context).is_ready()
                || self.alarm.poll(until, context).is_ready()
            {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

/// Says when it is time.
///
/// To tokio, a timer that is due before all others is a call of the system. The times that are waited for come closer with
/// almost every request, so one timer stays set, and is set anew when it has rung or would ring too late.
#[derive(Debug, Default)]
struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Whether it is `until` now; if not, the task is woken then. Called inside of the runtime.
    fn poll(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        let until = until.into();
        let timer = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if timer.deadline() > until {
            timer.as_mut().reset(until);
        }
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= until {
                // What is waited for next is another time.
                self.0 = None;
                return Poll::Ready(());
            }
            // It was set for a time that nobody waits for any more.
            timer.as_mut().reset(until);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Work;

    #[test]
    fn an_alarm_rings_at_the_time_that_was_asked_for_last() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        Work::start().runtime().unwrap().block_on(async {
            let mut alarm = Alarm::default();
            // Set for an earlier time, for a later one, and not at all.
            for (asked_first, milliseconds) in [(Some(10), 40), (Some(3_600_000), 60), (None, 80)] {
                if let Some(first) = asked_first {
                    let rings = poll_fn(|context| Poll::Ready(alarm.poll(at(first), context))).await;
                    assert!(rings.is_pending(), "{first}");
                }
                poll_fn(|context| alarm.poll(at(milliseconds), context)).await;
                assert!(start.elapsed() >= Duration::from_millis(milliseconds), "{milliseconds}");
            }
        });
    }
}
