//! What is in the spool is sent beside the rest.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::sending::Sender;
use super::spool::{Spool, send_all};

/// The loop that does it, on the delivery thread.
pub(super) struct Resending {
    spool: Arc<Spool>,
    task: JoinHandle<()>,
}

impl Resending {
    pub(super) fn start(spool: Arc<Spool>, sender: &Arc<Sender>, runtime: &Runtime) -> Self {
        let (all, sender) = (Arc::clone(&spool), Arc::clone(sender));
        let task = runtime.spawn(async move { send_all(&all, &*sender).await });
        Self { spool, task }
    }

    /// Sends what is new, and lets go of the rest.
    pub(super) fn end(self, runtime: &Runtime) {
        self.spool.close();
        drop(runtime.block_on(self.task));
        self.spool.release();
    }
}
