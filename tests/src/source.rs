//! Lines of the fixtures' own source, so that tests expect what stands there and not a number copied once.

use std::fs;
use std::path::{Path, PathBuf};

/// The path of a fixture as `file!()` gives it, relative to the workspace.
pub fn file(fixture: &str) -> String {
    format!("tests/fixtures/{fixture}.rs")
}

/// The number of the line that ends with the comment `// line: MARK`.
///
/// # Panics
///
/// When there is no such line or more than one.
pub fn line(fixture: &str, mark: &str) -> u64 {
    numbered(fixture, mark).0
}

/// That line itself.
///
/// # Panics
///
/// When there is no such line or more than one.
pub fn text(fixture: &str, mark: &str) -> String {
    numbered(fixture, mark).1
}

fn numbered(fixture: &str, mark: &str) -> (u64, String) {
    let path = workspace().join(file(fixture));
    let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let ending = format!("// line: {mark}");
    let mut marked = (1..).zip(source.lines()).filter(|(_, line)| line.trim_end().ends_with(&ending));
    match (marked.next(), marked.next()) {
        (Some((number, line)), None) => (number, line.to_owned()),
        (first, _) => panic!("`{ending}` must end one line of {}, found {first:?}", path.display()),
    }
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().map(Path::to_owned).unwrap_or_default()
}
