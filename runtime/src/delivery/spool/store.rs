//! The records of a spool: what this process has written, and what it has taken over from those that are gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::owner_only;
use super::directory::{self, Entry};
use super::format::Record;
use super::segment::{Adopted, Extent, Segment, Stored};

/// Where a spool is and how much it may hold.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) folder: PathBuf,
    /// Bytes of all files in the folder together.
    pub(crate) max_bytes: u64,
    /// How long a record waits.
    pub(crate) max_age: Duration,
    /// The address that envelopes are posted to: only what is for this one is sent.
    pub(crate) destination: String,
}

impl Settings {
    /// What one file may hold, unless one record alone is more: files are removed as a whole.
    fn segment_bytes(&self) -> u64 {
        const MOST: u64 = 1024 * 1024;
        (self.max_bytes / 8).min(MOST)
    }

    /// What one record may take.
    fn record_bytes(&self) -> u64 {
        self.max_bytes / 4
    }
}

/// A record that this process knows of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    segment: u64,
    extent: Extent,
}

/// Why something was not written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no room for it.
    Full,
    /// The folder cannot be written to; it is not tried again.
    Unwritable,
}

/// The files and the records in them. Times are milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Store {
    settings: Settings,
    /// By numbers that are not used twice.
    segments: BTreeMap<u64, Segment>,
    next_segment: u64,
    /// The one that is appended to.
    writing: Option<u64>,
    /// Written by processes that are gone.
    adopted: VecDeque<Place>,
    /// The process that has the files open: after a fork, they are its parent's.
    process: u32,
    unwritable: bool,
    /// The segment of the record that is under way; it is not thrown away.
    busy: Option<u64>,
    /// Whether it was said that there are files which are not of a spool.
    foreign_reported: bool,
    /// Names of the files that something was said about.
    reported: BTreeSet<String>,
    /// Notes of the records that were thrown away, and whether this process has written them.
    lost: Vec<(bool, Vec<u8>)>,
}

impl Store {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            segments: BTreeMap::new(),
            next_segment: 0,
            writing: None,
            adopted: VecDeque::new(),
            process: std::process::id(),
            unwritable: false,
            busy: None,
            foreign_reported: false,
            reported: BTreeSet::new(),
            lost: Vec::new(),
        }
    }

    /// Leaves everything to the parent if this process is a fork. Says whether it is.
    pub(super) fn leave_to_parent(&mut self) -> bool {
        let forked = self.process != std::process::id();
        if forked {
            *self = Self::new(self.settings.clone());
        }
        forked
    }

    /// Writes a record.
    pub(super) fn append(&mut self, note: &[u8], body: &[u8], now: u64) -> Result<Place, Refused> {
        if self.unwritable {
            return Err(Refused::Unwritable);
        }
        let size = (note.len() + body.len()) as u64;
        if size > self.settings.record_bytes() {
            return Err(Refused::Full);
        }
        self.try_append(Record { time: now, note, body }, size).map_err(|error| {
            let Some(error) = error else { return Refused::Full };
            self.unwritable = true;
            let folder = self.settings.folder.display();
            crate::debug::log!("the spool in {folder} cannot be written to, it is not used: {error}");
            Refused::Unwritable
        })
    }

    /// The error is none if there is no room.
    fn try_append(&mut self, record: Record<'_>, size: u64) -> Result<Place, Option<std::io::Error>> {
        let fits = |segment: &Segment| segment.size() + size <= self.settings.segment_bytes();
        let fitting = self.writing.filter(|number| self.segments.get(number).is_some_and(fits));
        let number = match fitting {
            Some(number) => number,
            None => self.start_segment(record.time, size)?,
        };
        let segment = self.segments.get_mut(&number).ok_or(None)?;
        let extent = segment.append(record)?;
        Ok(Place { segment: number, extent })
    }

    fn start_segment(&mut self, now: u64, size: u64) -> Result<u64, Option<std::io::Error>> {
        if let Some(full) = self.writing.take() {
            self.remove_if_spent(full);
        }
        owner_only::make_folder(&self.settings.folder)?;
        if !self.make_room(now, size.max(self.settings.segment_bytes())) {
            return Err(None);
        }
        let path = directory::new_path(&self.settings.folder, now, self.next_segment);
        let segment = Segment::create(path, &self.settings.destination)?;
        let number = self.insert(segment);
        self.writing = Some(number);
        Ok(number)
    }

    fn insert(&mut self, segment: Segment) -> u64 {
        let number = self.next_segment;
        self.next_segment += 1;
        self.segments.insert(number, segment);
        number
    }

    /// Removes the oldest files until there is room for this many bytes; says whether there is.
    fn make_room(&mut self, now: u64, bytes: u64) -> bool {
        let Ok(segments) = self.list(now) else { return true };
        let mut total: u64 = segments.iter().map(|entry| entry.size).sum();
        for entry in &segments {
            if total + bytes <= self.settings.max_bytes {
                break;
            }
            if self.throw_away(&self.settings.folder.join(&entry.name)) {
                total -= entry.size;
            }
        }
        total + bytes <= self.settings.max_bytes
    }

    /// The files of the folder, oldest first, without those that are too old, which are removed.
    fn list(&mut self, now: u64) -> std::io::Result<Vec<Entry>> {
        let listing = directory::list(&self.settings.folder, now)?;
        if let Some(name) = listing.foreign.first()
            && !std::mem::replace(&mut self.foreign_reported, true)
        {
            let count = listing.foreign.len();
            let name = name.display();
            crate::debug::log!(
                "{count} files in the spool are not of a spool and passed over, {name} for one"
            );
        }
        let is_old = |entry: &Entry| {
            u128::from(now.saturating_sub(entry.modified)) > self.settings.max_age.as_millis()
        };
        let (old, segments): (Vec<_>, Vec<_>) = listing.segments.into_iter().partition(is_old);
        for entry in old {
            let path = self.settings.folder.join(&entry.name);
            if !self.throw_away(&path) && self.is_abandoned(&path) {
                // Too old for whomever it was written by, too.
                drop(std::fs::remove_file(&path));
            }
        }
        Ok(segments)
    }

    /// Whether nobody has this file, although it is not ours to read.
    fn is_abandoned(&self, path: &Path) -> bool {
        let adopted = Segment::adopt(path, &self.settings.destination, self.settings.max_bytes);
        matches!(adopted, Ok(Adopted::Elsewhere | Adopted::Unreadable(_)))
    }

    /// Removes a file with what still waits in it, unless it is another's. Says whether it is gone.
    fn throw_away(&mut self, path: &Path) -> bool {
        let known =
            self.segments.iter().find(|(_, segment)| segment.path() == path).map(|(number, _)| *number);
        if known.is_some() && known == self.busy {
            return false;
        }
        let segment = match known.and_then(|number| self.forget(number)) {
            Some(segment) => segment,
            None => match Segment::adopt(path, &self.settings.destination, self.settings.max_bytes) {
                Ok(Adopted::Ours(segment, ..)) => segment,
                _ => return false,
            },
        };
        self.lose(segment)
    }

    fn lose(&mut self, mut segment: Segment) -> bool {
        let notes = segment.notes().unwrap_or_default();
        if !notes.is_empty() {
            crate::debug::log!("the spool is full or its records are too old: {} thrown away", notes.len());
        }
        self.lost.extend(notes.into_iter().map(|note| (segment.is_own(), note)));
        segment.remove().is_ok()
    }

    /// Takes a segment out; the places in it lead nowhere from now on.
    fn forget(&mut self, number: u64) -> Option<Segment> {
        if self.writing == Some(number) {
            self.writing = None;
        }
        self.adopted.retain(|place| place.segment != number);
        self.segments.remove(&number)
    }

    fn remove_if_spent(&mut self, number: u64) {
        let spent = self.segments.get(&number).is_some_and(Segment::is_spent);
        if spent
            && self.writing != Some(number)
            && let Some(segment) = self.segments.remove(&number)
        {
            drop(segment.remove());
        }
    }

    /// Puts back the record that was taken last.
    pub(super) fn put_back_adopted(&mut self, place: Place) {
        self.adopted.push_front(place);
    }

    pub(super) fn has_adopted(&self) -> bool {
        !self.adopted.is_empty()
    }

    /// The oldest record of a process that is gone. With `look`, the folder is looked into when none is known.
    pub(super) fn next_adopted(&mut self, now: u64, look: bool) -> Option<Place> {
        if self.adopted.is_empty() && look {
            self.adopt_next(now);
        }
        self.adopted.pop_front()
    }

    /// Takes over the oldest file that has something to send. One at a time: others may want to help.
    fn adopt_next(&mut self, now: u64) {
        // A folder that is not there holds nothing.
        let Ok(segments) = self.list(now) else { return };
        for entry in segments {
            let path = self.settings.folder.join(&entry.name);
            if self.segments.values().any(|segment| segment.path() == path) {
                continue;
            }
            match Segment::adopt(&path, &self.settings.destination, self.settings.max_bytes) {
                Ok(Adopted::Ours(segment, extents, damaged)) => {
                    if damaged > 0 {
                        self.report(&entry.name, &format_args!("{damaged} bytes of it are damaged"));
                    }
                    let number = self.insert(segment);
                    self.adopted.extend(extents.into_iter().map(|extent| Place { segment: number, extent }));
                    self.remove_if_spent(number);
                    if !self.adopted.is_empty() {
                        return;
                    }
                }
                Ok(Adopted::Taken | Adopted::Elsewhere) => {}
                Ok(Adopted::Unreadable(reason)) => self.report(&entry.name, &reason),
                Err(error) => self.report(&entry.name, &error),
            }
        }
    }

    /// Reads a record. One that is gone, damaged or too old is none, and done with.
    pub(super) fn read(&mut self, place: Place, now: u64) -> Option<Stored> {
        let segment = self.segments.get_mut(&place.segment)?;
        let name = segment.path().file_name().map(OsStr::to_owned).unwrap_or_default();
        match segment.read(place.extent) {
            Ok(Some(stored)) => {
                let age = now.saturating_sub(stored.time);
                if u128::from(age) <= self.settings.max_age.as_millis() {
                    self.busy = Some(place.segment);
                    return Some(stored);
                }
                self.lost.push((segment.is_own(), stored.note));
            }
            Ok(None) => self.report(&name, &"a record of it is damaged"),
            Err(error) => self.report(&name, &error),
        }
        self.finish(place);
        None
    }

    /// A record is done with: delivered, or not to be delivered.
    pub(super) fn finish(&mut self, place: Place) {
        self.busy = None;
        let Some(segment) = self.segments.get_mut(&place.segment) else { return };
        if let Err(error) = segment.finish(place.extent) {
            let name = segment.path().file_name().map(OsStr::to_owned).unwrap_or_default();
            self.report(&name, &format_args!("what was sent may be sent again: {error}"));
        }
        self.remove_if_spent(place.segment);
    }

    /// Notes of the records that were thrown away since the last call, and whether this process has written them.
    pub(super) fn take_lost(&mut self) -> Vec<(bool, Vec<u8>)> {
        std::mem::take(&mut self.lost)
    }

    /// Lets go of all files, so that others may take them over.
    pub(super) fn release(&mut self) {
        self.writing = None;
        self.adopted.clear();
        for segment in std::mem::take(&mut self.segments).into_values() {
            if segment.is_spent() {
                drop(segment.remove());
            }
        }
    }

    fn report(&mut self, name: &OsStr, reason: &dyn std::fmt::Display) {
        let name = name.to_string_lossy().into_owned();
        if !self.reported.contains(&name) {
            crate::debug::log!("{name} in the spool is passed over, wholly or in part: {reason}");
            self.reported.insert(name);
        }
    }
}
