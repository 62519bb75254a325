//! What a segment looks like on disk. Pure: bytes in, bytes out.
//!
//! A segment is a header and then records. All numbers are little-endian.
//!
//! | header | bytes |
//! |---|---|
//! | `MONSPOOL` | 8 |
//! | version of the format | 1 |
//! | length of the destination | 2 |
//! | CRC-32 of version, length and destination | 4 |
//! | destination: the address that envelopes are posted to | |
//!
//! | record | bytes |
//! |---|---|
//! | mark | 4 |
//! | state: 0 waiting, 255 done | 1 |
//! | milliseconds since 1970 when it was written | 8 |
//! | length of the note | 2 |
//! | length of the body | 4 |
//! | CRC-32 of the time, both lengths, note and body | 4 |
//! | note: how much of what is in the body | |
//! | body: an envelope | |
//!
//! Records are appended and never changed, but for the state, which is not under the checksum. Marking a record as done
//! needs no room, so it works on a full disk too. Any state but 255 reads as waiting: rather one event too many than one
//! too few.

use std::fmt;

/// The version of the format.
const VERSION: u8 = 1;
const MAGIC: &[u8; 8] = b"MONSPOOL";
const HEADER: usize = 8 + 1 + 2 + 4;

/// With which each record begins, so that one is found behind another that is damaged.
const MARK: [u8; 4] = [0xF7, b'r', b'e', 0xFE];
/// Bytes of a record before its note.
const HEAD: usize = 4 + 1 + 8 + 2 + 4 + 4;
/// Where the state of a record is.
pub(super) const STATE: u64 = 4;
const WAITING: u8 = 0;
/// The state of a record that is done with.
pub(super) const DONE: u8 = 255;

/// Why a file is not a segment that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It ends within its header, as one does whose writer was killed at once.
    Short,
    /// It does not begin as a segment does, or its header is damaged.
    Foreign,
    /// It is of a version of the format that came later.
    Version(u8),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("it has no header"),
            Self::Foreign => f.write_str("it is not a segment of a spool"),
            Self::Version(version) => write!(f, "its format is of version {version}"),
        }
    }
}

/// A record as it stands in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// From the start of what was scanned.
    pub(super) offset: usize,
    /// All of the record.
    pub(super) length: usize,
    pub(super) done: bool,
    pub(super) record: Record<'a>,
}

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// Milliseconds since 1970.
    pub(super) time: u64,
    pub(super) note: &'a [u8],
    pub(super) body: &'a [u8],
}

/// All that could be read of some bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan<'a> {
    pub(super) found: Vec<Found<'a>>,
    /// Bytes that belong to no record.
    pub(super) damaged: usize,
}

/// The header of a segment for this destination; `None` if that is longer than an address may be.
pub(super) fn header(destination: &str) -> Option<Vec<u8>> {
    let length = u16::try_from(destination.len()).ok()?.to_le_bytes();
    let crc = checksum(&[&[VERSION], &length, destination.as_bytes()]);
    Some([MAGIC, &[VERSION][..], &length, &crc, destination.as_bytes()].concat())
}

/// Reads the header: the destination, and where the records begin.
pub(super) fn destination(bytes: &[u8]) -> Result<(&[u8], usize), Unreadable> {
    if !bytes.starts_with(MAGIC) {
        return Err(if MAGIC.starts_with(bytes) { Unreadable::Short } else { Unreadable::Foreign });
    }
    let version = *bytes.get(MAGIC.len()).ok_or(Unreadable::Short)?;
    if version != VERSION {
        return Err(Unreadable::Version(version));
    }
    let length = array::<2>(bytes, 9).ok_or(Unreadable::Short)?;
    let crc = array::<4>(bytes, 11).ok_or(Unreadable::Short)?;
    let end = HEADER + usize::from(u16::from_le_bytes(length));
    let destination = bytes.get(HEADER..end).ok_or(Unreadable::Short)?;
    if crc == checksum(&[&[version], &length, destination]) {
        Ok((destination, end))
    } else {
        Err(Unreadable::Foreign)
    }
}

/// The bytes of a record; `None` if it is too long for the format.
pub(super) fn encode(record: Record<'_>) -> Option<Vec<u8>> {
    let Record { time, note, body } = record;
    let time = time.to_le_bytes();
    let note_length = u16::try_from(note.len()).ok()?.to_le_bytes();
    let body_length = u32::try_from(body.len()).ok()?.to_le_bytes();
    let crc = checksum(&[&time, &note_length, &body_length, note, body]);
    Some([&MARK, &[WAITING][..], &time, &note_length, &body_length, &crc, note, body].concat())
}

/// The record at the start of `bytes`, if there is a whole one.
pub(super) fn decode(bytes: &[u8]) -> Option<Found<'_>> {
    if !bytes.starts_with(&MARK) {
        return None;
    }
    let (state, time) = (*bytes.get(4)?, array::<8>(bytes, 5)?);
    let (note_length, body_length) = (array::<2>(bytes, 13)?, array::<4>(bytes, 15)?);
    let crc = array::<4>(bytes, 19)?;
    let body_at = HEAD + usize::from(u16::from_le_bytes(note_length));
    let length = body_at.checked_add(usize::try_from(u32::from_le_bytes(body_length)).ok()?)?;
    let (note, body) = (bytes.get(HEAD..body_at)?, bytes.get(body_at..length)?);
    let record = Record { time: u64::from_le_bytes(time), note, body };
    let sound = crc == checksum(&[&time, &note_length, &body_length, note, body]);
    sound.then_some(Found { offset: 0, length, done: state == DONE, record })
}

/// Finds every record in `bytes`, which are what follows a header. What is damaged or torn off is passed over.
pub(super) fn scan(bytes: &[u8]) -> Scan<'_> {
    let mut scan = Scan::default();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(found) = decode(&bytes[at..]) {
            let offset = at;
            at += found.length;
            scan.found.push(Found { offset, ..found });
        } else {
            let next = bytes[at + 1..].windows(MARK.len()).position(|bytes| bytes == MARK);
            let skipped = next.map_or(bytes.len() - at, |distance| distance + 1);
            scan.damaged += skipped;
            at += skipped;
        }
    }
    scan
}

fn checksum(parts: &[&[u8]]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_le_bytes()
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESTINATION: &str = "https://sentry.example/api/42/envelope/";

    /// A few records, one of them with the bytes of a record in its body, and where each begins.
    fn segment() -> (Vec<u8>, Vec<usize>, usize) {
        let inner = encode(Record { time: 9, note: b"x", body: b"y" }).unwrap();
        let mut bytes = header(DESTINATION).unwrap();
        let start = bytes.len();
        let bodies = [&b"first"[..], b"", &inner, &[0xF7; 40], b"last"];
        let mut offsets = Vec::new();
        for (time, body) in (0..).zip(bodies) {
            offsets.push(bytes.len() - start);
            bytes.extend(encode(Record { time, note: b"error 1", body }).unwrap());
        }
        (bytes, offsets, start)
    }

    fn times(bytes: &[u8]) -> Vec<u64> {
        scan(bytes).found.iter().map(|found| found.record.time).collect()
    }

    #[test]
    fn what_is_written_is_read() {
        let (mut bytes, offsets, start) = segment();
        assert_eq!(destination(&bytes), Ok((DESTINATION.as_bytes(), start)));
        let state = start + offsets[1] + usize::try_from(STATE).unwrap();
        bytes[state] = DONE;
        let scanned = scan(&bytes[start..]);
        assert_eq!(scanned.damaged, 0);
        assert_eq!(scanned.found.iter().map(|found| found.offset).collect::<Vec<_>>(), offsets);
        assert_eq!(times(&bytes[start..]), [0, 1, 2, 3, 4]);
        assert_eq!(scanned.found.iter().position(|found| found.done), Some(1));
        assert_eq!(scanned.found[0].record, Record { time: 0, note: b"error 1", body: b"first" });
        assert_eq!(scanned.found[4].record.body, b"last");
    }

    /// Wherever the writer was killed, what it had written before is there.
    #[test]
    fn a_torn_tail_takes_no_more_than_the_last_record() {
        let (bytes, offsets, start) = segment();
        for end in 0..bytes.len() {
            let torn = &bytes[..end];
            match destination(torn) {
                Err(error) => assert_eq!((error, end < start), (Unreadable::Short, true), "{end}"),
                Ok((_, at)) => {
                    let whole = offsets[1..].iter().filter(|offset| start + **offset <= end).count() as u64;
                    let mut expected: Vec<u64> = (0..whole).collect();
                    // The tail of the third record is one too many: a record lies in its body.
                    let found = times(&torn[at..]);
                    if found.len() > expected.len() {
                        expected.push(9);
                    }
                    assert_eq!(found, expected, "{end}");
                }
            }
        }
    }

    /// Whichever bit is wrong, all other records are there.
    #[test]
    fn a_flipped_bit_takes_no_more_than_its_record() {
        let (bytes, offsets, start) = segment();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if bit / 8 < start {
                assert!(destination(&flipped).is_err(), "{bit}");
                continue;
            }
            let hit = offsets.iter().rposition(|offset| start + offset <= bit / 8).unwrap() as u64;
            let found = times(&flipped[start..]);
            let others: Vec<u64> = (0..5).filter(|time| *time != hit).collect();
            let kept: Vec<u64> = found.iter().copied().filter(|time| *time < 5 && *time != hit).collect();
            assert_eq!(kept, others, "{bit}");
        }
    }

    #[test]
    fn other_files_are_told_from_segments() {
        assert_eq!(destination(b""), Err(Unreadable::Short));
        assert_eq!(destination(b"MONS"), Err(Unreadable::Short));
        assert_eq!(destination(b"#!/bin/sh"), Err(Unreadable::Foreign));
        assert_eq!(destination(b"MONSPOOL\x02"), Err(Unreadable::Version(2)));
        assert_eq!(scan(&[0xF7; 100]), Scan { found: Vec::new(), damaged: 100 });
    }

    #[test]
    fn what_is_too_long_is_not_written() {
        let note = vec![0; usize::from(u16::MAX) + 1];
        assert_eq!(encode(Record { time: 0, note: &note, body: b"" }), None);
        assert_eq!(header(&"x".repeat(note.len())), None);
    }
}
