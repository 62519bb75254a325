//! What ELF files tell: which are loaded, by which ids a server knows them, and the names in their symbol tables.

mod images;
mod loaded;
mod tables;
#[cfg(quick_walk)]
mod unwind;

pub(super) use images::all as images;
pub(super) use tables::Tables;
#[cfg(quick_walk)]
pub(super) use unwind::learn;
