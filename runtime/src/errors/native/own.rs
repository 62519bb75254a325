//! Which frames are in the program's own code: those of crates that lie in its workspace.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::files;
use crate::protocol::Frame;

/// What the compiler knew of the program's crates.
static PROGRAM: OnceLock<Program> = OnceLock::new();

#[derive(Debug)]
struct Program {
    /// The crates of the workspace.
    crates: &'static [&'static str],
    /// The crate with `main`.
    main: &'static str,
}

/// Remembers the program's crates: those of its workspace, and the module that `main` is in.
pub(crate) fn set_program(crates: &'static [&'static str], module: &'static str) {
    let main = module.split("::").next().unwrap_or(module);
    PROGRAM.get_or_init(|| Program { crates, main });
}

/// Says of a frame whether it is in the program's own code.
#[derive(Debug)]
pub(crate) struct Own<'o> {
    /// Modules that are, whatever else is known of them.
    pub(crate) include: &'o [&'static str],
    /// If there are any, these are, and none that is in no list.
    pub(crate) only: &'o [Cow<'static, str>],
    /// Modules that are not.
    pub(crate) exclude: &'o [&'static str],
}

impl Own<'_> {
    /// Marks the frames: those that the options are about, and those that are not marked yet.
    pub(super) fn mark(&self, frames: &mut [Frame]) {
        // A crate with an attributed function is the program's own, whatever its package is called.
        let marked = frames.iter().filter(|frame| frame.in_app == Some(true));
        let attributed: BTreeSet<String> = marked
            .filter_map(|frame| frame.module.as_deref())
            .map(|module| root(module).to_owned())
            .collect();
        for frame in frames {
            let marked = self.chosen(frame).or(frame.in_app);
            frame.in_app = marked.or_else(|| is_own(frame, &attributed, PROGRAM.get()));
        }
    }

    /// What the options say of a frame.
    fn chosen(&self, frame: &Frame) -> Option<bool> {
        if self.include.is_empty() && self.exclude.is_empty() && self.only.is_empty() {
            return None;
        }
        let path = path(frame)?;
        let is_below = |modules: &[&str]| modules.iter().any(|module| is_prefix(module, &path));
        if is_below(self.include) {
            return Some(true);
        }
        if is_below(self.exclude) {
            return Some(false);
        }
        let only = !self.only.is_empty();
        only.then(|| self.only.iter().any(|module| is_prefix(module, &path)))
    }
}

/// `None` where nothing is known: the server may know more.
fn is_own(frame: &Frame, attributed: &BTreeSet<String>, program: Option<&Program>) -> Option<bool> {
    let path = path(frame)?;
    if is_std(frame) {
        return Some(false);
    }
    let file = frame.abs_path.as_deref().or(frame.filename.as_deref());
    if frame.module.is_none() {
        // Not Rust, or inlined and known by half a name; it may be one's own.
        return Some(file.is_some_and(files::is_own));
    }
    let root = root(&path);
    if let Some(program) = program {
        return Some(root == program.main || program.crates.contains(&root) || attributed.contains(root));
    }
    if attributed.contains(root) { Some(true) } else { file.map(files::is_own) }
}

/// The function with its module.
fn path(frame: &Frame) -> Option<Cow<'_, str>> {
    let function = frame.function.as_deref()?;
    Some(match &frame.module {
        Some(module) => Cow::Owned(format!("{module}::{function}")),
        None => Cow::Borrowed(function),
    })
}

/// Whether a frame is of the standard library.
pub(super) fn is_std(frame: &Frame) -> bool {
    let crates = ["std", "core", "alloc", "proc_macro", "test"];
    frame.module.as_deref().is_some_and(|module| crates.contains(&root(module)))
}

fn root(path: &str) -> &str {
    path.split_once("::").map_or(path, |(root, _)| root)
}

fn is_prefix(module: &str, path: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(module: &str, function: &str, file: &str) -> Frame {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Frame { module: text(module), function: text(function), abs_path: text(file), ..Frame::default() }
    }

    #[test]
    fn what_is_known_decides() {
        const CRATES: &[&str] = &["shop", "shop_db"];
        let own = Own { include: &["tokio::task", "std::fs"], exclude: &["shop::generated"], only: &[] };
        let program = Program { crates: CRATES, main: "server" };
        let attributed = BTreeSet::from(["attributed".to_owned()]);
        let registry = "/home/u/.cargo/registry/src/x/y-1.0.0/src/lib.rs";
        for (module, function, file, with_program, without) in [
            ("shop::cart", "add", "", Some(true), None),
            ("shop_db", "load", "", Some(true), None),
            ("server", "main", "", Some(true), None),
            ("shopping", "add", "", Some(false), None),
            ("attributed::x", "y", "", Some(true), Some(true)),
            ("shop::generated", "new", "/w/src/generated.rs", Some(false), Some(false)),
            ("shop::generated_not", "new", "", Some(true), None),
            ("tokio::task", "spawn", registry, Some(true), Some(true)),
            ("tokio::runtime", "run", registry, Some(false), Some(false)),
            ("std::fs", "read", "", Some(true), Some(true)),
            ("core::option", "Option::unwrap", "", Some(false), Some(false)),
            ("unknown", "f", "/home/u/shop/src/lib.rs", Some(false), Some(true)),
            ("", "qsort", "", Some(false), Some(false)),
            ("", "own_c_code", "/home/u/shop/c/own.c", Some(true), Some(true)),
            ("", "", "", None, None),
        ] {
            let frame = frame(module, function, file);
            let name = format!("{module}::{function}");
            let marked = |program| own.chosen(&frame).or_else(|| is_own(&frame, &attributed, program));
            assert_eq!(marked(Some(&program)), with_program, "{name}");
            assert_eq!(marked(None), without, "{name}, without `#[sentry::main]`");
        }
    }

    #[test]
    fn a_list_of_all_modules_leaves_out_the_others() {
        let only = ["shop".into()];
        let own = Own { include: &["tokio::task"], exclude: &["shop::generated"], only: &only };
        for (module, chosen) in [
            ("shop", Some(true)),
            ("shop::cart", Some(true)),
            ("shopping", Some(false)),
            ("shop::generated", Some(false)),
            ("tokio::task", Some(true)),
            ("tokio::runtime", Some(false)),
        ] {
            assert_eq!(own.chosen(&frame(module, "f", "")), chosen, "{module}");
        }
        assert_eq!(own.chosen(&Frame::default()), None, "a place without a function");
    }
}
