//! Between the spool and the server: what fails is kept, and what is kept is sent beside the rest.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::http::{Outcome, Sender};
use super::packet::Packet;
use super::spool::{Spool, Verdict, send_all};

/// What could not be sent is kept in the spool, if there is one.
pub(super) async fn keep_if_it_fails(
    request: impl Future<Output = Outcome>,
    packet: Packet,
    spool: Option<Arc<Spool>>,
) -> Outcome {
    let outcome = request.await;
    match (outcome, spool) {
        (Outcome::Later, Some(spool)) => drop(spool.keep(&packet)),
        (Outcome::Settled, Some(spool)) => spool.recovered(),
        (_, None) => {}
    }
    outcome
}

/// What is in the spool is sent beside the rest.
pub(super) struct Lane {
    spool: Arc<Spool>,
    task: JoinHandle<()>,
}

impl Lane {
    pub(super) fn start(spool: &Arc<Spool>, sender: &Arc<Sender>, runtime: &Runtime) -> Self {
        let (all, sender) = (Arc::clone(spool), Arc::clone(sender));
        let task = runtime.spawn(async move {
            send_all(&all, |packet| {
                let request = sender.request(&packet);
                async move {
                    let outcome = match request {
                        Some(request) => request.await,
                        None => Outcome::Later,
                    };
                    if outcome == Outcome::Later { Verdict::Later } else { Verdict::Settled }
                }
            })
            .await;
        });
        Self { spool: Arc::clone(spool), task }
    }

    /// Sends what is new, and lets go of the rest.
    pub(super) fn end(self, runtime: &Runtime) {
        self.spool.close();
        drop(runtime.block_on(self.task));
        self.spool.release();
    }
}
