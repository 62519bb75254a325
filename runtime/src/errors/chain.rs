//! An error and its causes, read while the error can still be looked at.

use std::error::Error;
use std::fmt::{Display, Write as _};

use super::probe::{Seen, View};
use crate::callback;

/// Causes read of one error. A chain that is longer leads in a circle, or nobody reads it.
const MAX_CAUSES: usize = 64;

/// Stands for the type of a cause, which the compiler does not tell.
pub(crate) const UNKNOWN_TYPE: &str = "Error";

/// One error of a chain.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    /// As the compiler names it.
    type_name: &'static str,
    pub(crate) value: String,
}

impl Cause {
    /// The type without its module, `DbError` or `Wrapper<Inner>`, and the module.
    pub(crate) fn ty(&self) -> (String, Option<String>) {
        readable(self.type_name)
    }

    /// Whether both are of one type, as far as it is known.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.type_name == other.type_name
    }
}

/// Reads an error and all its causes, the error itself first.
pub(crate) fn causes_of(seen: Seen<'_>) -> Vec<Cause> {
    let mut causes = Vec::new();
    let source = read_error(seen, &mut causes);
    read_sources(source, &mut causes);
    causes
}

/// Reads the error alone into a list that was used before, and gives its cause. The list may still hold old ones behind.
pub(crate) fn read_error<'a>(seen: Seen<'a>, causes: &mut Vec<Cause>) -> Option<&'a (dyn Error + 'static)> {
    let mut chain = Chain { causes, read: 0 };
    match seen.view {
        View::Error(error) => {
            chain.add(seen.type_name, error);
            source_of(error)
        }
        View::Boxed(error) => {
            chain.add(known_type(error).unwrap_or(seen.type_name), error);
            source_of(error)
        }
        View::Display(error) => {
            chain.add(seen.type_name, error);
            None
        }
        View::Debug(error) => {
            chain.add(seen.type_name, &Debugged(error));
            None
        }
        View::Opaque => {
            chain.add(seen.type_name, &"");
            None
        }
    }
}

/// Reads the causes of an error that was read already.
pub(crate) fn read_sources(mut source: Option<&(dyn Error + 'static)>, causes: &mut Vec<Cause>) {
    let mut chain = Chain { causes, read: 1 };
    while let Some(error) = source.take().filter(|_| chain.read < MAX_CAUSES) {
        chain.add(known_type(error).unwrap_or(UNKNOWN_TYPE), error);
        source = source_of(error);
    }
    let read = chain.read;
    causes.truncate(read);
}

struct Chain<'c> {
    causes: &'c mut Vec<Cause>,
    /// How many of them are of this error.
    read: usize,
}

impl Chain<'_> {
    /// Adds an error by its text; its `Display` is the user's code and may do anything.
    fn add(&mut self, type_name: &'static str, error: &(impl Display + ?Sized)) {
        if self.read == self.causes.len() {
            // Most texts fit at once.
            self.causes.push(Cause { value: String::with_capacity(64), ..Cause::default() });
        }
        let cause = &mut self.causes[self.read];
        self.read += 1;
        cause.type_name = type_name;
        cause.value.clear();
        let value = &mut cause.value;
        if callback::guarded("Display of an error", || write!(value, "{error}").ok()).flatten().is_none() {
            "(its Display panicked)".clone_into(&mut cause.value);
        }
    }
}

struct Debugged<'a>(&'a dyn std::fmt::Debug);

impl Display for Debugged<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn source_of<'a>(error: &'a (dyn Error + '_)) -> Option<&'a (dyn Error + 'static)> {
    callback::guarded("source of an error", || error.source()).flatten()
}

/// The name of a type that is met inside boxes often enough to be worth recognising.
fn known_type(error: &(dyn Error + 'static)) -> Option<&'static str> {
    macro_rules! first_match {
        ($($ty:ty),* $(,)?) => {{
            $(if error.is::<$ty>() { return Some(std::any::type_name::<$ty>()); })*
            None
        }};
    }
    #[cfg(feature = "http")]
    if error.is::<reqwest::Error>() {
        return Some(std::any::type_name::<reqwest::Error>());
    }
    first_match!(
        std::io::Error,
        std::fmt::Error,
        std::num::ParseIntError,
        std::num::ParseFloatError,
        std::num::TryFromIntError,
        std::str::ParseBoolError,
        std::str::Utf8Error,
        std::string::FromUtf8Error,
        std::char::ParseCharError,
        std::array::TryFromSliceError,
        std::env::VarError,
        std::net::AddrParseError,
        std::time::SystemTimeError,
        std::sync::mpsc::RecvError,
        std::sync::mpsc::RecvTimeoutError,
        std::sync::mpsc::TryRecvError,
        serde_json::Error,
        tokio::task::JoinError,
        tokio::time::error::Elapsed,
        uuid::Error,
        url::ParseError,
    )
}

/// Splits a type's name into what a reader calls it and its module. Every path inside is shortened to its last part:
/// `app::Wrapper<app::db::Inner>` is `Wrapper<Inner>` of `app`. Types that are called just `Error` are told apart by
/// the module before it: `std::io::error::Error` is `io::Error`.
fn readable(type_name: &str) -> (String, Option<String>) {
    let mut short = String::with_capacity(type_name.len());
    let mut word_start = 0;
    for (at, character) in type_name.char_indices() {
        let in_path = character.is_alphanumeric() || matches!(character, '_' | ':' | '{' | '}' | '#');
        if !in_path {
            push_short(&type_name[word_start..at], &mut short);
            short.push(character);
            word_start = at + character.len_utf8();
        }
    }
    push_short(&type_name[word_start..], &mut short);
    let outer = type_name.split('<').next().unwrap_or_default();
    let module = outer.rsplit_once("::").map(|(module, _)| module).filter(|module| !module.contains(' '));
    (short, module.map(|module| module.trim_start_matches('&').to_owned()))
}

fn push_short(path: &str, out: &mut String) {
    let Some((module, last)) = path.rsplit_once("::") else { return out.push_str(path) };
    if last == "Error" && module != "core::error" {
        // The file that an error type is written in is often called `error` too, and says nothing.
        let module = module.strip_suffix("::error").unwrap_or(module);
        out.push_str(module.rsplit("::").next().unwrap_or(module));
        out.push_str("::");
    }
    out.push_str(last);
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn types_are_named_as_a_reader_would() {
        for (type_name, ty, module) in [
            ("app::db::DbError", "DbError", Some("app::db")),
            ("app::Wrapper<app::db::Inner, u8>", "Wrapper<Inner, u8>", Some("app")),
            ("alloc::boxed::Box<dyn core::error::Error>", "Box<dyn Error>", Some("alloc::boxed")),
            ("&str", "&str", None),
            ("&app::Borrowed", "&Borrowed", Some("app")),
            ("()", "()", None),
            ("Error", "Error", None),
            ("anyhow::Error", "anyhow::Error", Some("anyhow")),
            ("std::io::error::Error", "io::Error", Some("std::io::error")),
            ("app::Wrapper<reqwest::error::Error>", "Wrapper<reqwest::Error>", Some("app")),
        ] {
            assert_eq!(readable(type_name), (ty.to_owned(), module.map(str::to_owned)), "{type_name}");
        }
    }
}
