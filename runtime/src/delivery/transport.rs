//! The way out of the process, for those who bring their own.

use std::sync::Arc;
use std::time::Duration;

use crate::protocol::{Envelope, Reason};

/// Takes envelopes out of the process.
///
/// All methods are called on the delivery thread, except [`flush`](Self::flush) and [`shutdown`](Self::shutdown), which
/// are called by whoever flushes. A transport may block; only delivery waits for it.
pub trait Transport: Send + Sync + 'static {
    /// Sends an envelope, or takes it over to send it later.
    fn send_envelope(&self, envelope: Envelope);

    /// Like [`send_envelope`](Self::send_envelope), and says why if the envelope is lost. This is what the delivery thread
    /// calls; what it says is entered into the books, where [`delivery_stats`](crate::delivery_stats) reads it. A
    /// transport that cannot tell need not implement it: everything counts as delivered then.
    ///
    /// # Errors
    ///
    /// The reason for which it is lost.
    ///
    /// ```
    /// use sentry::protocol::Reason;
    /// use sentry::{ClientOptions, Envelope, Level, Transport};
    ///
    /// struct Pipe;
    ///
    /// impl Transport for Pipe {
    ///     fn send_envelope(&self, envelope: Envelope) {
    ///         let _ = self.try_send_envelope(envelope);
    ///     }
    ///
    ///     fn try_send_envelope(&self, _: Envelope) -> Result<(), Reason> {
    ///         Err(Reason::NetworkError) // the other end is gone
    ///     }
    /// }
    ///
    /// let guard = sentry::init(ClientOptions::new().transport(std::sync::Arc::new(Pipe)));
    /// sentry::capture_message("into the pipe", Level::Info);
    /// assert!(!guard.flush(None), "it was lost");
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Client reports".
    fn try_send_envelope(&self, envelope: Envelope) -> Result<(), Reason> {
        self.send_envelope(envelope);
        Ok(())
    }

    /// Waits until everything taken over is sent, `timeout` at the longest; says whether it is.
    fn flush(&self, timeout: Duration) -> bool {
        let _ = timeout;
        true
    }

    /// Like [`flush`](Self::flush), for the last time.
    fn shutdown(&self, timeout: Duration) -> bool {
        self.flush(timeout)
    }

    /// A client that gives to this transport tells how to wait for what is on the way to it: for the one of tests, which
    /// is read as if all of it came at once.
    #[doc(hidden)]
    fn fed_by(&self, _flush: &Feed) {}
}

/// Waits until everything that a client has captured so far has left.
pub(crate) type Feed = Arc<dyn Fn() + Send + Sync>;

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send_envelope(&self, envelope: Envelope) {
        (**self).send_envelope(envelope);
    }

    fn try_send_envelope(&self, envelope: Envelope) -> Result<(), Reason> {
        (**self).try_send_envelope(envelope)
    }

    fn flush(&self, timeout: Duration) -> bool {
        (**self).flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> bool {
        (**self).shutdown(timeout)
    }

    fn fed_by(&self, flush: &Feed) {
        (**self).fed_by(flush);
    }
}
