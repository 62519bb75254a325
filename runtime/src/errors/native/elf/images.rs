//! The loaded images as a server wants to know them: it finds the debug information by their ids.
//!
//! Source: Sentry's documentation, "Debug information files, identifiers" and "Event payloads, debug meta".

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use object::elf::{ELF_NOTE_GNU, NT_GNU_BUILD_ID};
use object::read::elf::NoteIterator;
use object::{NativeEndian, Object as _, ObjectSection as _, ReadCache};

use super::loaded::{self, Changes, Loaded};
use crate::errors::native::symbols;
use crate::process::PerProcess;
use crate::protocol::{Addr, DebugImage, DebugImageType, Uuid};

#[cfg(target_pointer_width = "64")]
pub(super) type Header = object::elf::FileHeader64<NativeEndian>;
#[cfg(not(target_pointer_width = "64"))]
pub(super) type Header = object::elf::FileHeader32<NativeEndian>;

/// The images, the executable first. Listed once, and again when libraries came or went.
pub(in crate::errors::native) fn all() -> Arc<[DebugImage]> {
    type Known = Mutex<Option<(Changes, Arc<[DebugImage]>)>>;
    static KNOWN: LazyLock<PerProcess<Known>> = LazyLock::new(|| PerProcess::new(Mutex::new(None)));
    // The delivery thread, which a forked child does not have, may be listing.
    let mut known = KNOWN.get(|_| Mutex::new(None)).lock().unwrap_or_else(PoisonError::into_inner);
    let changes = loaded::changes();
    if let Some((before, images)) = &*known {
        if *before == changes {
            return Arc::clone(images);
        }
        if before.unloaded != changes.unloaded {
            symbols::forget();
        }
    }
    let images: Arc<[DebugImage]> = loaded::list().into_iter().map(image).collect();
    *known = Some((changes, Arc::clone(&images)));
    images
}

fn image(loaded: Loaded) -> DebugImage {
    let path = if loaded.path.is_empty() { std::env::current_exe().ok() } else { Some(loaded.path.into()) };
    let build_id = loaded.notes.iter().find_map(|(align, notes)| build_id(*align, notes));
    let debug_id = match &build_id {
        Some(build_id) => Some(debug_id(build_id)),
        None => path.as_deref().and_then(id_of_code),
    };
    DebugImage {
        ty: DebugImageType::Elf,
        debug_id: debug_id.map(|id| id.to_string()),
        code_id: build_id.as_deref().map(hex),
        code_file: path.map(|path| path.to_string_lossy().into_owned()),
        image_addr: Addr(loaded.memory.start),
        image_size: loaded.memory.end.wrapping_sub(loaded.memory.start),
        image_vmaddr: Addr(loaded.memory.start.wrapping_sub(loaded.bias)),
        arch: Some(arch().to_owned()),
        ..DebugImage::default()
    }
}

/// The id that the linker gave to what it built, among the notes of one segment.
fn build_id(align: u64, notes: &[u8]) -> Option<Vec<u8>> {
    #[allow(clippy::useless_conversion, reason = "it converts on 32 bit machines")]
    let align = align.try_into().ok()?;
    let mut notes = NoteIterator::<Header>::new(NativeEndian, align, notes).ok()?;
    while let Ok(Some(note)) = notes.next() {
        if note.name() == ELF_NOTE_GNU && note.n_type(NativeEndian) == NT_GNU_BUILD_ID {
            return Some(note.desc().to_vec()).filter(|id| !id.is_empty());
        }
    }
    None
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The first 16 bytes of a build id as a UUID whose first three fields have the byte order of the machine.
fn debug_id(build_id: &[u8]) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, given) in bytes.iter_mut().zip(build_id) {
        *byte = *given;
    }
    if cfg!(target_endian = "little") { Uuid::from_bytes_le(bytes) } else { Uuid::from_bytes(bytes) }
}

/// Where the linker gave no id, one is made from the first page of the code; only the file says where that is.
fn id_of_code(path: &Path) -> Option<Uuid> {
    const PAGE: usize = 4096;
    let file = ReadCache::new(std::fs::File::open(path).ok()?);
    let file = object::File::parse(&file).ok()?;
    let code = file.section_by_name(".text")?.data().ok()?;
    Some(debug_id(&folded(&code[..code.len().min(PAGE)])))
}

fn folded(code: &[u8]) -> [u8; 16] {
    let mut folded = [0; 16];
    for chunk in code.chunks(folded.len()) {
        for (byte, more) in folded.iter_mut().zip(chunk) {
            *byte ^= more;
        }
    }
    folded
}

/// The processor in Sentry's words.
fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        "powerpc64" => "ppc64",
        known => known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    /// Pairs that `sentry-cli debug-files check` printed.
    #[cfg(target_endian = "little")]
    #[test]
    fn ids_are_those_of_sentry_cli() {
        for (build_id, expected) in [
            ("15dfff3239aa7c3b16a71e6b2e3b6e4009dab998", "32ffdf15-aa39-3b7c-16a7-1e6b2e3b6e40"),
            ("93ac61ec5a8eb1396f9fbd350e3169a558528a40", "ec61ac93-8e5a-39b1-6f9f-bd350e3169a5"),
            ("0123456789abcdef", "67452301-ab89-efcd-0000-000000000000"),
        ] {
            assert_eq!(debug_id(&bytes(build_id)).to_string(), expected, "{build_id}");
            assert_eq!(hex(&bytes(build_id)), build_id);
        }
    }

    #[test]
    fn the_build_id_is_found_among_other_notes() {
        let note = |kind: u32, name: &[u8], text: &[u8]| {
            let lengths = [name.len(), text.len()].map(|length| u32::try_from(length).unwrap());
            let head = [lengths[0], lengths[1], kind].map(u32::to_ne_bytes).concat();
            [head.as_slice(), name, text].concat()
        };
        let abi = note(1, b"GNU\0", &[0; 16]);
        let id = note(NT_GNU_BUILD_ID.0, b"GNU\0", &[1, 2, 3, 4]);
        assert_eq!(build_id(4, &[abi.as_slice(), &id].concat()), Some(vec![1, 2, 3, 4]));
        assert_eq!(build_id(4, &abi), None);
        assert_eq!(build_id(4, &id[..id.len() - 1]), None, "cut off");
        assert_eq!(build_id(3, b"no notes"), None);
    }

    #[test]
    fn code_without_an_id_is_folded() {
        let mut code = [0; 40];
        (code[0], code[16], code[39]) = (1, 2, 7);
        let mut expected = [0; 16];
        (expected[0], expected[7]) = (3, 7);
        assert_eq!(folded(&code), expected);
    }

    #[test]
    fn the_executable_comes_first() {
        let images = all();
        let own = std::env::current_exe().unwrap();
        assert_eq!(images[0].code_file.as_deref(), own.to_str());
        let here = Addr::from(all as *const ());
        assert!(images[0].holds(here), "{here} in {:#?}", images[0]);
        assert!(images.iter().all(|image| image.debug_id.is_some()), "{images:#?}");
        assert!(Arc::ptr_eq(&images, &all()), "nothing came or went");
    }
}
