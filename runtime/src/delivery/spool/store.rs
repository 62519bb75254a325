//! The records of a spool: what this process has written, and what it has taken over from those that are gone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::ledger::Quantities;
use super::super::limits::{Kinds, kinds};
use super::super::owner_only;
use super::directory::{self, Entry};
use super::format::Record;
use super::lane::{self, Lost};
use super::segment::{Adopted, Extent, Segment, Stored};
use crate::protocol::Reason;

/// How long, in milliseconds, nothing is written after a failure: a disk that is full may have room again then.
const AGAIN: u64 = 60_000;

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

impl Place {
    /// What it counts for.
    pub(super) fn quantities(&self) -> Quantities {
        self.extent.quantities
    }

    /// The categories of what is there.
    pub(super) fn kinds(&self) -> Kinds {
        kinds(&self.extent.quantities)
    }
}

/// Why something was not written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no room for it.
    Full,
    /// The folder cannot be written to; it is not tried again for a while.
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
    /// Written by processes that are gone: all of one file.
    adopted: VecDeque<Place>,
    /// Names of files that nothing of may be sent at present, and of what categories that is.
    aside: BTreeMap<OsString, BTreeSet<Kinds>>,
    /// When it could not be written to, if it has not been since.
    failed: Option<u64>,
    /// The segment of the record that is under way; it is not thrown away.
    busy: Option<u64>,
    /// Whether it was said that there are files which are not of a spool.
    foreign_reported: bool,
    /// Names of the files that something was said about.
    reported: BTreeSet<String>,
    /// What was thrown away.
    lost: Vec<Lost>,
}

impl Store {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            segments: BTreeMap::new(),
            next_segment: 0,
            writing: None,
            adopted: VecDeque::new(),
            aside: BTreeMap::new(),
            failed: None,
            busy: None,
            foreign_reported: false,
            reported: BTreeSet::new(),
            lost: Vec::new(),
        }
    }

    /// Writes a record.
    pub(super) fn append(&mut self, quantities: Quantities, body: &[u8], now: u64) -> Result<Place, Refused> {
        if self.failed.is_some_and(|failed| now.abs_diff(failed) < AGAIN) {
            return Err(Refused::Unwritable);
        }
        let note = lane::note(quantities);
        let size = (note.len() + body.len()) as u64;
        if size > self.settings.record_bytes() {
            return Err(Refused::Full);
        }
        let record = Record { time: now, note: note.as_bytes(), body };
        match self.try_append(record, quantities, size) {
            Ok(place) => {
                self.failed = None;
                Ok(place)
            }
            Err(None) => Err(Refused::Full),
            Err(Some(error)) => {
                // Said once, until it works again.
                if self.failed.replace(now).is_none() {
                    let folder = self.settings.folder.display();
                    crate::debug::log!("the spool in {folder} cannot be written to, it is not used: {error}");
                }
                Err(Refused::Unwritable)
            }
        }
    }

    /// The error is none if there is no room.
    fn try_append(
        &mut self,
        record: Record<'_>,
        quantities: Quantities,
        size: u64,
    ) -> Result<Place, Option<std::io::Error>> {
        // Whoever clears the folder away takes the file along, and what is written to it then is nowhere.
        let fits = |segment: &Segment| {
            segment.size() + size <= self.settings.segment_bytes() && segment.path().exists()
        };
        let fitting = self.writing.filter(|number| self.segments.get(number).is_some_and(fits));
        let number = match fitting {
            Some(number) => number,
            None => self.start_segment(record.time, size)?,
        };
        let segment = self.segments.get_mut(&number).ok_or(None)?;
        let extent = segment.append(record, quantities)?;
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

    fn lose(&mut self, segment: Segment) -> bool {
        let (waiting, adopted) = (segment.waiting(), !segment.is_own());
        if waiting.len() > 0 {
            crate::debug::log!("the spool is full or its records are too old: {} thrown away", waiting.len());
        }
        let reason = Reason::CacheOverflow;
        self.lost.extend(waiting.map(|quantities| Lost { quantities, adopted, reason }));
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

    /// The oldest record of a process that is gone, of those that may be sent. With `look`, the folder is looked into when
    /// none is known.
    pub(super) fn next_adopted(
        &mut self,
        now: u64,
        look: bool,
        may: &dyn Fn(Kinds) -> bool,
    ) -> Option<Place> {
        if !self.adopted.iter().any(|place| may(place.kinds())) {
            self.set_aside();
            if look {
                self.adopt_next(now, may);
            }
        }
        let at = self.adopted.iter().position(|place| may(place.kinds()))?;
        self.adopted.remove(at)
    }

    /// Lets go of what was taken over: nothing of it may be sent, and that of other files may.
    fn set_aside(&mut self) {
        let Some(number) = self.adopted.front().map(|place| place.segment) else { return };
        let kinds = self.adopted.drain(..).map(|place| place.kinds()).collect();
        if let Some(segment) = self.segments.remove(&number) {
            self.aside.insert(name_of(&segment), kinds);
        }
    }

    /// Takes over the oldest file that has something that may be sent. One at a time: others may want to help.
    fn adopt_next(&mut self, now: u64, may: &dyn Fn(Kinds) -> bool) {
        // A folder that is not there holds nothing.
        let Ok(segments) = self.list(now) else { return };
        self.aside.retain(|name, _| segments.binary_search_by(|entry| entry.name.cmp(name)).is_ok());
        for entry in segments {
            let path = self.settings.folder.join(&entry.name);
            let is_known = self.segments.values().any(|segment| segment.path() == path);
            let is_aside = |kinds: &BTreeSet<_>| !kinds.iter().any(|kinds| may(*kinds));
            if is_known || self.aside.get(&entry.name).is_some_and(is_aside) {
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
                    if self.adopted.iter().any(|place| may(place.kinds())) {
                        return;
                    }
                    self.set_aside();
                }
                Ok(Adopted::Taken | Adopted::Elsewhere) => {}
                Ok(Adopted::Unreadable(reason)) => self.report(&entry.name, &reason),
                Err(error) => self.report(&entry.name, &error),
            }
        }
    }

    /// Reads a record. One that is gone is none; so is one that is damaged or too old, which is lost.
    pub(super) fn read(&mut self, place: Place, now: u64) -> Option<Stored> {
        let segment = self.segments.get_mut(&place.segment)?;
        let (name, adopted) = (name_of(segment), !segment.is_own());
        let reason = match segment.read(place.extent) {
            Ok(Some(stored)) => {
                let age = now.saturating_sub(stored.time);
                if u128::from(age) <= self.settings.max_age.as_millis() {
                    self.busy = Some(place.segment);
                    return Some(stored);
                }
                Reason::CacheOverflow
            }
            Ok(None) => {
                self.report(&name, &"a record of it is damaged");
                Reason::InternalSdkError
            }
            Err(error) => {
                self.report(&name, &error);
                Reason::InternalSdkError
            }
        };
        self.lost.push(Lost { quantities: place.extent.quantities, adopted, reason });
        self.finish(place);
        None
    }

    /// A record is done with: delivered, or not to be delivered.
    pub(super) fn finish(&mut self, place: Place) {
        self.busy = None;
        let Some(segment) = self.segments.get_mut(&place.segment) else { return };
        if let Err(error) = segment.finish(place.extent) {
            let name = name_of(segment);
            self.report(&name, &format_args!("what was sent may be sent again: {error}"));
        }
        self.remove_if_spent(place.segment);
    }

    /// What was thrown away since the last call.
    pub(super) fn take_lost(&mut self) -> Vec<Lost> {
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

fn name_of(segment: &Segment) -> OsString {
    segment.path().file_name().map(OsStr::to_owned).unwrap_or_default()
}
