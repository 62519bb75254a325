//! Stands for the spool where the feature `spool` is off: there are no values of its type.

use std::path::PathBuf;
use std::time::Duration;

use super::packet::Packet;

/// Where a spool would be and how much it might hold.
#[expect(dead_code, reason = "there is no spool to read them")]
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    pub(crate) max_bytes: u64,
    pub(crate) max_age: Duration,
    pub(crate) destination: String,
}

/// There is none.
#[derive(Debug)]
pub(crate) enum Spool {}

impl Spool {
    pub(crate) fn open(_: Settings) -> Option<Self> {
        crate::debug::log!("nothing is kept on disk: `monitored` was built without its feature `spool`");
        None
    }

    pub(crate) fn write(&self, _: &Packet) -> bool {
        match *self {}
    }

    pub(crate) fn flush(&self, _: Duration) {
        match *self {}
    }

    pub(crate) fn end(&self, _: Duration) {
        match *self {}
    }
}

#[cfg(feature = "http")]
pub(crate) use sending::{Lost, Sink, Verdict, send_all};

#[cfg(feature = "http")]
mod sending {
    use std::future::Future;
    use std::time::Duration;

    use super::super::ledger::Quantities;
    use super::super::limits::RateLimits;
    use super::{Packet, Spool};
    use crate::protocol::Reason;

    /// What would have become of a packet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Verdict {
        Settled,
        Later { asked: Option<Duration> },
    }

    /// The way out of a spool.
    #[expect(dead_code, reason = "there is no spool to call it")]
    pub(crate) trait Sink {
        fn send(&self, packet: Packet, adopted: bool) -> impl Future<Output = Verdict> + Send;
        fn limits(&self) -> RateLimits;
        fn lost(&self, lost: Lost);
    }

    /// What a spool would have thrown away.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(crate) struct Lost {
        pub(crate) quantities: Quantities,
        pub(crate) adopted: bool,
        pub(crate) reason: Reason,
    }

    impl Spool {
        pub(crate) fn keep(&self, _: &Packet) -> bool {
            match *self {}
        }

        pub(crate) fn recovered(&self) {
            match *self {}
        }

        pub(crate) fn close(&self) {
            match *self {}
        }

        pub(crate) fn release(&self) {
            match *self {}
        }
    }

    pub(crate) async fn send_all(spool: &Spool, _: &impl Sink) {
        match *spool {}
    }
}
