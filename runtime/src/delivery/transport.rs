//! The way out of the process, for those who bring their own.

use std::sync::Arc;
use std::time::Duration;

use crate::protocol::Envelope;

/// Takes envelopes out of the process.
///
/// All methods are called on the delivery thread, except [`flush`](Self::flush) and [`shutdown`](Self::shutdown), which
/// are called by whoever flushes. A transport may block; only delivery waits for it.
pub trait Transport: Send + Sync + 'static {
    /// Sends an envelope, or takes it over to send it later.
    fn send_envelope(&self, envelope: Envelope);

    /// Waits until everything taken over is sent, `timeout` at the longest; says whether it is.
    fn flush(&self, timeout: Duration) -> bool {
        let _ = timeout;
        true
    }

    /// Like [`flush`](Self::flush), for the last time.
    fn shutdown(&self, timeout: Duration) -> bool {
        self.flush(timeout)
    }
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send_envelope(&self, envelope: Envelope) {
        (**self).send_envelope(envelope);
    }

    fn flush(&self, timeout: Duration) -> bool {
        (**self).flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> bool {
        (**self).shutdown(timeout)
    }
}
