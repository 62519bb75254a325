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

    pub(crate) fn flush(&self, _: Duration) -> bool {
        match *self {}
    }

    pub(crate) fn end(&self, _: Duration) -> bool {
        match *self {}
    }
}

#[cfg(feature = "http")]
mod sending {
    use std::future::Future;

    use super::{Packet, Spool};

    /// What would have become of a packet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) enum Verdict {
        Settled,
        Later,
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

    pub(crate) async fn send_all<S, F>(spool: &Spool, _: S)
    where
        S: FnMut(Packet) -> F,
        F: Future<Output = Verdict>,
    {
        match *spool {}
    }
}
#[cfg(feature = "http")]
pub(crate) use sending::{Verdict, send_all};
