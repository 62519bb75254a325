//! What a function is called, for its callsite: `decode`, or `Store::decode` for a method.
//!
//! The compiler would tell it too, as the name of a type inside the function. That is a function of its own and the whole
//! path as text for each callsite, half of what a function would be longer by, so it is only asked where the file does not
//! say.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use proc_macro2::Ident;

use crate::outline;

/// The names of the functions of a file, by where they stand.
type Names = Arc<HashMap<(usize, usize), String>>;

/// The name of the function whose `fn` names `ident`, within its module. `None` if the text that the compiler reads does
/// not tell: then a macro has a part in it.
pub(crate) fn called(ident: &Ident) -> Option<String> {
    let span = ident.span();
    // Relative to the folder that the compiler runs in.
    let names = names(&std::path::absolute(span.local_file()?).ok()?)?;
    let start = span.start();
    names.get(&(start.line, start.column)).cloned()
}

fn names(file: &Path) -> Option<Names> {
    /// An editor's macro server lives on while the files change.
    static REMEMBERED: Mutex<Option<HashMap<PathBuf, (SystemTime, Names)>>> = Mutex::new(None);

    let written = file.metadata().and_then(|metadata| metadata.modified()).ok()?;
    let mut remembered = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    let remembered = remembered.get_or_insert_default();
    if let Some((then, names)) = remembered.get(file)
        && *then == written
    {
        return Some(Arc::clone(names));
    }
    let names = Arc::new(outline::functions(&fs::read_to_string(file).ok()?));
    remembered.insert(file.to_owned(), (written, Arc::clone(&names)));
    Some(names)
}
