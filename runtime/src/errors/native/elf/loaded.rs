//! The executable and the libraries in memory, as the dynamic linker knows them.
#![expect(
    unsafe_code,
    reason = "only the dynamic linker knows what is loaded, and it answers through a C callback"
)]

use std::ffi::{CStr, c_int, c_void};
use std::ops::Range;
use std::slice;

use libc::{PT_LOAD, PT_NOTE, dl_iterate_phdr, dl_phdr_info, size_t};

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
    if info.dlpi_phdr.is_null() {
        return None;
    }
    // SAFETY: the linker's own array of that many headers; it stays as long as the linker's lock is held, which is
    // during the callback.
    let headers = unsafe { slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
    let path = if info.dlpi_name.is_null() {
        String::new()
    } else {
        // SAFETY: not null, so a string that ends with a zero.
        unsafe { CStr::from_ptr(info.dlpi_name) }.to_string_lossy().into_owned()
    };
    // The fields are as wide as the machine's addresses.
    #[allow(clippy::useless_conversion, reason = "it converts on 32 bit machines")]
    let wide = |number| u64::from(number);
    let segments = headers.iter().filter(|header| header.p_type == PT_LOAD);
    let ranges = segments.map(|header| (wide(header.p_vaddr), wide(header.p_vaddr) + wide(header.p_memsz)));
    let (begin, end) = ranges.reduce(|all, one| (all.0.min(one.0), all.1.max(one.1)))?;
    let bias = wide(info.dlpi_addr);
    let notes = headers.iter().filter(|header| header.p_type == PT_NOTE).filter_map(|header| {
        let start = bias.checked_add(wide(header.p_vaddr))?;
        let length = usize::try_from(header.p_memsz).ok()?;
        let start = std::ptr::with_exposed_provenance::<u8>(usize::try_from(start).ok()?);
        // SAFETY: a segment of notes lies in one that is loaded readable, and nobody writes to it.
        Some((wide(header.p_align), unsafe { slice::from_raw_parts(start, length) }.to_vec()))
    });
    let notes = notes.collect();
    Some(Loaded { path, memory: bias.wrapping_add(begin)..bias.wrapping_add(end), bias, notes })
}
