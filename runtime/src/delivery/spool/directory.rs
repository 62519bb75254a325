//! The folder of a spool: the names of its files, their order, their sizes.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::segment::DRAFT;

/// The extension of a segment.
const SEGMENT: &str = "spool";
/// For how long the file of a writer that was killed while making it is left alone.
const DRAFT_AGE: Duration = Duration::from_mins(1);

/// A file in the folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) name: OsString,
    pub(super) size: u64,
    /// Milliseconds since 1970 when it was last written to.
    pub(super) modified: u64,
}

/// What is in the folder.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Oldest first.
    pub(super) segments: Vec<Entry>,
    /// Files that are no segments.
    pub(super) foreign: Vec<OsString>,
}

/// Looks into the folder, and clears away what writers have left that were killed while making a file.
pub(super) fn list(folder: &Path, now: u64) -> io::Result<Listing> {
    let mut listing = Listing::default();
    for entry in fs::read_dir(folder)? {
        // It may be gone by now: others are at work too.
        let Ok(entry) = entry else { continue };
        let Ok(data) = entry.metadata() else { continue };
        let name = entry.file_name();
        let known = name.to_str().and_then(|name| name.rsplit_once('.')).and_then(|(stem, extension)| {
            let (time, _) = stem.split_once('-')?;
            Some((time.parse::<u64>().ok()?, extension))
        });
        match known {
            Some((_, SEGMENT)) if data.is_file() => {
                let modified = data.modified().map_or(now, milliseconds);
                listing.segments.push(Entry { name, size: data.len(), modified });
            }
            Some((time, DRAFT)) if data.is_file() => {
                if u128::from(now.saturating_sub(time)) > DRAFT_AGE.as_millis() {
                    drop(fs::remove_file(entry.path()));
                }
            }
            _ => listing.foreign.push(name),
        }
    }
    // Names begin with the time, at a fixed width.
    listing.segments.sort();
    Ok(listing)
}

/// Milliseconds since 1970, as the files of a spool count time.
pub(super) fn milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A name that nobody has: `now` is in milliseconds since 1970, `number` goes up with each file of this process.
pub(super) fn new_path(folder: &Path, now: u64, number: u64) -> PathBuf {
    let unique = uuid::Uuid::new_v4().simple().to_string();
    folder.join(format!("{now:013}-{number:06}-{}-{unique}.{SEGMENT}", std::process::id()))
}
