//! One file of a spool. Whoever has it locked may read, mark and remove it; the lock ends with its process, however that
//! ends, and then another process may take the file over.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::super::owner_only;
use super::format::{self, Record, Unreadable};
use super::lane;
use crate::delivery::ledger::Quantities;

/// Where a record is in its segment, and what it counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    offset: u64,
    length: usize,
    pub(super) quantities: Quantities,
}

/// A file that this process has locked.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    file: File,
    /// Up to where it is written.
    end: u64,
    /// The records that are waiting: where they begin, and what they count for.
    waiting: BTreeMap<u64, Quantities>,
    /// Whether this process has written it.
    own: bool,
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) time: u64,
    pub(super) body: Vec<u8>,
}

/// What became of the attempt to take a file over.
#[derive(Debug)]
pub(super) enum Adopted {
    /// It is ours now; where its waiting records are, and how many bytes of it are damaged.
    Ours(Segment, Vec<Extent>, usize),
    /// Another process has it, or has just removed it.
    Taken,
    /// It is for another destination.
    Elsewhere,
    Unreadable(Unreadable),
}

impl Segment {
    /// Makes a file at `path`, which nobody sees there before it is locked and has its header.
    pub(super) fn create(path: PathBuf, destination: &str) -> io::Result<Self> {
        let header = format::header(destination).ok_or(io::ErrorKind::InvalidInput)?;
        let draft = path.with_extension(DRAFT);
        let file = owner_only::new_file().read(true).open(&draft)?;
        let written = lock(&file).and_then(|()| {
            (&file).write_all(&header)?;
            fs::rename(&draft, &path)
        });
        if let Err(error) = written {
            drop(fs::remove_file(&draft));
            return Err(error);
        }
        Ok(Self { path, file, end: header.len() as u64, waiting: BTreeMap::new(), own: true })
    }

    /// Takes over a file whose writer is gone. Reads no more than `most` bytes.
    pub(super) fn adopt(path: &Path, destination: &str, most: u64) -> io::Result<Adopted> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Adopted::Taken),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever had it may have removed it in between. Names are not used twice.
        if !path.exists() {
            return Ok(Adopted::Taken);
        }
        let mut bytes = Vec::new();
        (&file).take(most).read_to_end(&mut bytes)?;
        let (found, start) = match format::destination(&bytes) {
            Ok(header) => header,
            Err(reason) => return Ok(Adopted::Unreadable(reason)),
        };
        if found != destination.as_bytes() {
            return Ok(Adopted::Elsewhere);
        }
        let scan = format::scan(&bytes[start..]);
        let extents: Vec<Extent> = (scan.found.iter())
            .filter(|found| !found.done)
            .map(|found| Extent {
                offset: (start + found.offset) as u64,
                length: found.length,
                quantities: lane::read_note(found.record.note),
            })
            .collect();
        let damaged = scan.damaged;
        let waiting = extents.iter().map(|extent| (extent.offset, extent.quantities)).collect();
        let segment = Self { path: path.to_owned(), file, end: bytes.len() as u64, waiting, own: false };
        Ok(Adopted::Ours(segment, extents, damaged))
    }

    /// Bytes in the file.
    pub(super) fn size(&self) -> u64 {
        self.end
    }

    /// Whether this process has written it.
    pub(super) fn is_own(&self) -> bool {
        self.own
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether all its records are done.
    pub(super) fn is_spent(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Appends a record. When this returns the operating system has it: it survives the end of the process.
    pub(super) fn append(&mut self, record: Record<'_>, quantities: Quantities) -> io::Result<Extent> {
        let bytes = format::encode(record).ok_or(io::ErrorKind::FileTooLarge)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        if let Err(error) = self.file.write_all(&bytes) {
            // The rest of a record is of no use; where it cannot be cut off, whoever reads the file passes over it.
            drop(self.file.set_len(self.end));
            return Err(error);
        }
        let extent = Extent { offset: self.end, length: bytes.len(), quantities };
        self.end += bytes.len() as u64;
        self.waiting.insert(extent.offset, quantities);
        Ok(extent)
    }

    /// Reads a record; `None` if it is not what was written any more.
    pub(super) fn read(&mut self, extent: Extent) -> io::Result<Option<Stored>> {
        let mut bytes = vec![0; extent.length];
        self.file.seek(SeekFrom::Start(extent.offset))?;
        self.file.read_exact(&mut bytes)?;
        let found = format::decode(&bytes).filter(|found| found.length == bytes.len());
        Ok(found.map(|found| Stored { time: found.record.time, body: found.record.body.to_vec() }))
    }

    /// Marks a record that was waiting as done.
    pub(super) fn finish(&mut self, extent: Extent) -> io::Result<()> {
        self.waiting.remove(&extent.offset);
        self.file.seek(SeekFrom::Start(extent.offset + format::STATE))?;
        self.file.write_all(&[format::DONE])
    }

    /// What each of the records counts for that are waiting.
    pub(super) fn waiting(&self) -> impl ExactSizeIterator<Item = Quantities> {
        self.waiting.values().copied()
    }

    /// Removes the file.
    pub(super) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// The extension of a file that is being made.
pub(super) const DRAFT: &str = "draft";

/// Locks a file that nobody else knows yet.
fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(io::Error::from)
}
