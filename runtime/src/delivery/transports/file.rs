use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

use super::super::owner_only;
use super::super::packet::{Packet, Priority};
use super::super::transport::Transport;
use crate::protocol::{Envelope, Reason};

/// Writes every envelope to a file of its own, for hosts that reach no server: somebody carries the files to one that
/// does, and sends them from there by `sentry-cli send-envelope --raw FILE`, or all of a folder by the example `replay`.
///
/// A file appears under its name when it is complete. Names end with `.envelope` and sort by the time of writing; any
/// number of processes may use one folder. The folder is made if it is missing; it and the files are for their owner
/// alone. The envelope's header has no `sent_at`, as nobody knows yet when it will be sent: a server that finds an
/// old one there takes it for a clock that is wrong, and shifts the times of the event. Events and transactions that are
/// larger than Sentry takes are cut, as they are when they are sent. Nothing is removed and nothing bounds the folder.
/// What cannot be written is lost, and entered as such in [`delivery_stats`](crate::delivery_stats).
///
/// ```
/// use sentry::transports::FileTransport;
///
/// let folder = std::env::temp_dir().join("file-transport-example");
/// let guard = sentry::init(sentry::ClientOptions::new().transport(FileTransport::new(&folder)));
/// sentry::capture_message("written down", sentry::Level::Info);
/// drop(guard);
/// assert_eq!(std::fs::read_dir(&folder)?.count(), 1);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Source: Sentry's SDK documentation, "Envelopes: serialization format".
#[derive(Debug)]
pub struct FileTransport {
    folder: PathBuf,
    next: AtomicU64,
    /// Whether it was said that writing fails.
    failing: AtomicBool,
}

impl FileTransport {
    /// One that writes to this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Arc<Self> {
        Arc::new(Self { folder: folder.into(), next: AtomicU64::new(0), failing: AtomicBool::new(false) })
    }

    fn write(&self, mut envelope: Envelope) -> io::Result<()> {
        let Packet { body, .. } = Packet::new(&mut envelope, Priority::Critical)?;
        owner_only::make_folder(&self.folder)?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        // Milliseconds first, so that names sort by time; the rest makes them unique.
        let name = format!(
            "{:013}-{number:06}-{}-{}",
            now.as_millis(),
            std::process::id(),
            crate::protocol::Uuid::new_v4().simple()
        );
        let draft = self.folder.join(format!("{name}.draft"));
        let written = write_to(&draft, &body)
            .and_then(|()| fs::rename(&draft, self.folder.join(format!("{name}.envelope"))));
        if written.is_err() {
            drop(fs::remove_file(&draft));
        }
        written
    }
}

impl Transport for FileTransport {
    fn send_envelope(&self, envelope: Envelope) {
        // Whoever wants to know asks.
        let _ = self.try_send_envelope(envelope);
    }

    fn try_send_envelope(&self, envelope: Envelope) -> Result<(), Reason> {
        let written = self.write(envelope);
        // Said once, until it works again.
        if let Err(error) = &written
            && !self.failing.load(Ordering::Relaxed)
        {
            crate::debug::log!("envelopes cannot be written to {}: {error}", self.folder.display());
        }
        self.failing.store(written.is_err(), Ordering::Relaxed);
        written.map_err(|_| Reason::SendError)
    }
}

fn write_to(path: &Path, body: &[u8]) -> io::Result<()> {
    owner_only::new_file().open(path)?.write_all(body)
}
