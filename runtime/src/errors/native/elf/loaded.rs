//! The executable and the libraries in memory, as the dynamic linker knows them.
#![expect(
    unsafe_code,
    reason = "only the dynamic linker knows what is loaded, and it answers through a C callback"
)]

use std::ffi::{CStr, c_int, c_void};
use std::ops::Range;
use std::slice;

#[cfg(quick_walk)]
use libc::PT_GNU_EH_FRAME;
use libc::{PT_LOAD, PT_NOTE, dl_iterate_phdr, dl_phdr_info, size_t};

#[cfg(target_pointer_width = "64")]
type Header = libc::Elf64_Phdr;
#[cfg(not(target_pointer_width = "64"))]
type Header = libc::Elf32_Phdr;

/// One of them.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The file's path; empty for the executable itself.
    pub(super) path: String,
    /// The memory it takes.
    pub(super) memory: Range<u64>,
    /// How far from where it asked to be it was put.
    pub(super) bias: u64,
    /// Its notes, each block with its alignment.
    pub(super) notes: Vec<(u64, Vec<u8>)>,
}

/// How often something was loaded and unloaded so far; 0 where the linker does not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) loaded: u64,
    pub(super) unloaded: u64,
}

/// Everything that is loaded, the executable first.
pub(super) fn list() -> Vec<Loaded> {
    let mut found = Vec::new();
    each(&mut |info, _| {
        found.extend(read(info));
        true
    });
    found
}

pub(super) fn changes() -> Changes {
    let mut changes = Changes::default();
    each(&mut |info, size| {
        // Older linkers give a shorter structure.
        if size >= size_of::<dl_phdr_info>() {
            changes = Changes { loaded: info.dlpi_adds, unloaded: info.dlpi_subs };
        }
        false
    });
    changes
}

/// What the system's unwinder reads of one of them, as long as the linker keeps it loaded.
#[cfg(quick_walk)]
pub(super) struct Tables<'l> {
    /// The memory that all of it takes.
    pub(super) memory: Range<u64>,
    pub(super) header_address: u64,
    pub(super) header: &'l [u8],
    headers: &'l [Header],
    bias: u64,
}

#[cfg(quick_walk)]
impl<'l> Tables<'l> {
    /// The bytes from an address to the end of the segment that it lies in.
    pub(super) fn segment_from(&self, start: u64) -> Option<&'l [u8]> {
        let segment =
            |header: &&Header| header.p_type == PT_LOAD && range(header, self.bias).contains(&start);
        let end = range(self.headers.iter().find(segment)?, self.bias).end;
        // SAFETY: a part of a segment, which is loaded readable as long as the linker's lock is held.
        unsafe { bytes(start..end) }
    }
}

/// Shows what the unwinder reads of everything that is loaded. It must not panic, and waits for nobody else.
#[cfg(quick_walk)]
pub(super) fn each_with_tables(look: &mut dyn FnMut(Tables<'_>)) {
    each(&mut |info, _| {
        if let Some((headers, bias)) = headers(info)
            && let Some(memory) = memory(headers, bias)
            && let Some(header) = headers.iter().find(|header| header.p_type == PT_GNU_EH_FRAME)
            && let place = range(header, bias)
            // SAFETY: that segment is a part of one that is loaded readable, as long as the linker's lock is held.
            && let Some(header) = unsafe { bytes(place.clone()) }
        {
            look(Tables { memory, header_address: place.start, header, headers, bias });
        }
        true
    });
}

type Visit<'v> = &'v mut dyn FnMut(&dl_phdr_info, usize) -> bool;

/// Calls `visit` for everything that is loaded as long as it wants more. It must not panic.
fn each(mut visit: Visit<'_>) {
    unsafe extern "C" fn visited(info: *mut dl_phdr_info, size: size_t, visit: *mut c_void) -> c_int {
        // SAFETY: the linker passes on the pointer that it was given below, to a `Visit` that outlives the call, and
        // calls on the same thread, one after the other.
        let visit = unsafe { &mut *visit.cast::<Visit<'_>>() };
        // SAFETY: the linker gives a valid structure, of which the fields up to `dlpi_phnum` always exist; those behind
        // are read only after a look at `size`.
        let wants_more = visit(unsafe { &*info }, size);
        c_int::from(!wants_more)
    }
    // SAFETY: `visited` has the signature that is asked for, and `visit` lives until the call returns.
    unsafe { dl_iterate_phdr(Some(visited), (&raw mut visit).cast()) };
}

fn read(info: &dl_phdr_info) -> Option<Loaded> {
    let (headers, bias) = headers(info)?;
    let path = if info.dlpi_name.is_null() {
        String::new()
    } else {
        // SAFETY: not null, so a string that ends with a zero.
        unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy().into_owned()
    };
    let notes = headers.iter().filter(|header| header.p_type == PT_NOTE).filter_map(|header| {
        // SAFETY: a segment of notes lies in one that is loaded readable, and nobody writes to it.
        let notes = unsafe { bytes(range(header, bias)) }?;
        Some((wide(header.p_align), notes.to_vec()))
    });
    let notes = notes.collect();
    Some(Loaded { path, memory: memory(headers, bias)?, bias, notes })
}

/// The program headers, and how far from where it asked to be it was put.
fn headers(info: &dl_phdr_info) -> Option<(&[Header], u64)> {
    if info.dlpi_phdr.is_null() {
        return None;
    }
    // SAFETY: the linker's own array of that many headers; it stays as long as the linker's lock is held, which is
    // during the callback.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    Some((headers, wide(info.dlpi_addr)))
}

/// The memory that all segments together take.
fn memory(headers: &[Header], bias: u64) -> Option<Range<u64>> {
    let segments = headers.iter().filter(|header| header.p_type == PT_LOAD);
    segments.map(|it| range(it, bias)).reduce(|all, one| all.start.min(one.start)..all.end.max(one.end))
}

/// Where in memory the segment is.
fn range(header: &Header, bias: u64) -> Range<u64> {
    let start = bias.wrapping_add(wide(header.p_vaddr));
    start..start.saturating_add(wide(header.p_memsz))
}

/// The bytes in a part of the memory.
///
/// # Safety
///
/// They can be read, and nobody writes to them, as long as the result lives.
unsafe fn bytes<'l>(place: Range<u64>) -> Option<&'l [u8]> {
    let length = usize::try_from(place.end.checked_sub(place.start)?).ok()?;
    let start = std::ptr::with_exposed_provenance(usize::try_from(place.start).ok()?);
    // SAFETY: as above.
    Some(unsafe { slice::from_raw_parts(start, length) })
}

/// The fields are as wide as the machine's addresses.
#[allow(clippy::useless_conversion, reason = "it converts on 32 bit machines")]
fn wide(number: impl Into<u64>) -> u64 {
    number.into()
}
