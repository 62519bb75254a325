//! What a function is called, for its callsite: `decode`, or `Store::decode` for a method.
//!
//! The compiler would tell it too, as the name of a type inside the function. That is a function of its own and the whole
//! path as text for each callsite, half of what a function would be longer by, so it is only asked where the file does not
//! say.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use proc_macro2::{Ident, LineColumn, Span};

use crate::outline;

/// A function that stands in a file as it is.
pub(crate) struct Called {
    /// Its name within its module.
    pub(crate) name: String,
    file: Arc<File>,
}

/// What the macros look at in a file.
struct File {
    text: String,
    /// Where each line begins in it.
    lines: Vec<usize>,
    /// The names of its functions, by where they stand.
    names: HashMap<(usize, usize), String>,
}

/// What the function is called whose `fn` names `ident`. `None` if the text that the compiler reads does not tell: then a
/// macro has a part in it.
pub(crate) fn called(ident: &Ident) -> Option<Called> {
    let file = file_of(ident.span())?;
    let start = ident.span().start();
    let name = file.names.get(&(start.line, start.column))?.clone();
    Some(Called { name, file })
}

impl Called {
    /// What stands in the file from one token of the function to another, which is its closing brace.
    pub(crate) fn text(&self, first: LineColumn, last: Span) -> Option<&str> {
        let text = self.file.text.get(self.file.offset(first)?..self.file.offset(last.end())?)?;
        // Else the file has changed since the compiler read it.
        text.ends_with('}').then_some(text)
    }
}

impl File {
    fn new(text: &str) -> Self {
        // As the compiler reads it.
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let lines = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let names = outline::functions(&text);
        Self { text, lines, names }
    }

    fn offset(&self, place: LineColumn) -> Option<usize> {
        let line = *self.lines.get(place.line.checked_sub(1)?)?;
        let before = self.text.get(line..)?.chars().take(place.column);
        Some(line + before.map(char::len_utf8).sum::<usize>())
    }
}

fn file_of(span: Span) -> Option<Arc<File>> {
    #[cfg(test)]
    if let Some(file) = STANDS_IN.with_borrow(Clone::clone) {
        return Some(file);
    }
    // Relative to the folder that the compiler runs in.
    file(&std::path::absolute(span.local_file()?).ok()?)
}

#[cfg(test)]
thread_local! {
    static STANDS_IN: std::cell::RefCell<Option<Arc<File>>> = const { std::cell::RefCell::new(None) };
}

/// Says what file the functions stand in that this thread expands without a compiler.
#[cfg(test)]
pub(crate) fn stands_in(text: &str) {
    STANDS_IN.set(Some(Arc::new(File::new(text))));
}

fn file(path: &Path) -> Option<Arc<File>> {
    /// An editor's macro server lives on while the files change.
    static REMEMBERED: Mutex<BTreeMap<PathBuf, (SystemTime, Arc<File>)>> = Mutex::new(BTreeMap::new());

    let written = path.metadata().and_then(|metadata| metadata.modified()).ok()?;
    let mut remembered = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((then, file)) = remembered.get(path)
        && *then == written
    {
        return Some(Arc::clone(file));
    }
    let file = Arc::new(File::new(&fs::read_to_string(path).ok()?));
    remembered.insert(path.to_owned(), (written, Arc::clone(&file)));
    Some(file)
}
