//! The names of functions in the symbol tables of what is loaded.

use std::collections::HashMap;
use std::path::Path;

use object::elf::STT_FUNC;
use object::read::elf::{ElfFile, Sym as _};
use object::{NativeEndian, ReadCache};

use super::images::{self, Header};
use crate::protocol::{Addr, DebugImage};

/// The tables that were read so far, by where their image was loaded.
#[derive(Debug, Default)]
pub(in crate::errors::native) struct Tables {
    read: HashMap<Addr, Option<Table>>,
}

#[derive(Debug)]
struct Table {
    /// Begin, end and the place of the name, by begin.
    functions: Vec<(u64, u64, usize)>,
    names: Vec<u8>,
}

impl Tables {
    /// The mangled name of the function that the call before this address is in, and where it begins.
    pub(in crate::errors::native) fn function_at(&mut self, address: usize) -> Option<(Vec<u8>, usize)> {
        let images = images::all();
        let (number, image) = images.iter().enumerate().find(|(_, image)| image.holds(address.into()))?;
        let table = self.read.entry(image.image_addr).or_insert_with(|| {
            // The file of the executable may have been replaced meanwhile; what runs is still there.
            let running = Path::new("/proc/self/exe");
            let path = if number == 0 && running.exists() { Some(running) } else { path(image) };
            Table::read(path?)
        });
        let bias = image.image_addr.0.wrapping_sub(image.image_vmaddr.0);
        let within = (address as u64).wrapping_sub(bias).wrapping_sub(1);
        let (name, begin) = table.as_ref()?.function_at(within)?;
        Some((name.to_vec(), usize::try_from(begin.wrapping_add(bias)).ok()?))
    }
}

fn path(image: &DebugImage) -> Option<&Path> {
    image.code_file.as_deref().map(Path::new)
}

impl Table {
    fn read(path: &Path) -> Option<Self> {
        let file = ReadCache::new(std::fs::File::open(path).ok()?);
        let file = ElfFile::<Header, _>::parse(&file).ok()?;
        let symbols = file.elf_symbol_table();
        let endian = NativeEndian;
        let functions = symbols.iter().filter(|symbol| symbol.st_type() == STT_FUNC);
        #[allow(clippy::useless_conversion, reason = "it converts on 32 bit machines")]
        let places = functions.filter_map(|symbol| {
            let begin = u64::from(symbol.st_value(endian));
            let end = begin.checked_add(symbol.st_size(endian).into())?;
            Some((begin, end, usize::try_from(symbol.st_name(endian)).ok()?))
        });
        let mut functions: Vec<_> = places.collect();
        functions.sort_unstable();
        let names = file.elf_section_table().section(symbols.string_section()).ok()?;
        let names = object::read::elf::SectionHeader::data(names, endian, file.data()).ok()?.to_vec();
        Some(Self { functions, names })
    }

    fn function_at(&self, address: u64) -> Option<(&[u8], u64)> {
        let behind = self.functions.partition_point(|(begin, ..)| *begin <= address);
        let (begin, end, name) = *self.functions.get(behind.checked_sub(1)?)?;
        let name = self.names.get(name..).filter(|_| address < end)?;
        Some((name.split(|byte| *byte == 0).next()?, begin))
    }
}

#[cfg(test)]
mod tests {
    use super::Tables;

    #[test]
    fn a_function_of_this_program() {
        #[inline(never)]
        fn somewhere() {}
        let begin = somewhere as *const () as usize;
        let (name, at) = Tables::default().function_at(begin + 1).expect("tests are not stripped");
        assert_eq!(at, begin);
        let name = String::from_utf8(name).expect("mangled names are ASCII");
        assert!(name.contains("a_function_of_this_program") && name.contains("somewhere"), "{name}");
        assert_eq!(Tables::default().function_at(1), None);
    }
}
