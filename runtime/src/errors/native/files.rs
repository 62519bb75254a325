//! Source files by names that stay the same from build to build: debug information has the paths of the machine that
//! compiled.

use std::sync::OnceLock;

/// The folder of the repository on the machine that compiled, with a slash at its end.
static ROOT: OnceLock<String> = OnceLock::new();

/// Learns where the repository was from a file whose name within it is known.
pub(super) fn learn(path: &str, name: &str) {
    if let Some(root) = path.strip_suffix(name).filter(|root| root.ends_with(['/', '\\'])) {
        // All files of the program's own are from one repository: the first answer is as good as any.
        ROOT.get_or_init(|| root.to_owned());
    }
}

/// The name of a file: within the repository, the standard library or a package from elsewhere.
pub(in crate::errors) fn name(path: &str) -> &str {
    name_below(ROOT.get().map(String::as_str), path)
}

fn name_below<'p>(root: Option<&str>, path: &'p str) -> &'p str {
    if let Some(name) = root.and_then(|root| path.strip_prefix(root)) {
        return name;
    }
    if let Some((_, name)) = foreign(path) {
        return name;
    }
    if !path.starts_with('/') && !path.contains(":\\") {
        return path;
    }
    // As the compiler calls the files of a package that is not part of a workspace.
    if let Some(at) = path.rfind("/src/") {
        return &path[at + 1..];
    }
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether the path ends with this name, or is it.
pub(super) fn ends_with(path: &str, name: &str) -> bool {
    path.strip_suffix(name).is_some_and(|folder| folder.is_empty() || folder.ends_with(['/', '\\']))
}

/// Whether a file is the program's own, as opposed to the standard library's or a dependency's.
pub(in crate::errors) fn is_own(path: &str) -> bool {
    foreign(path).is_none()
}

/// Where code that is not the program's own lies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Toolchain,
    Registry,
    Git,
}

/// Where a file lies that is not the program's own, and what it is called there.
fn foreign(path: &str) -> Option<(Place, &str)> {
    // The folders behind these are called after a toolchain, a registry, a repository and a commit.
    for (folder, levels, place) in [
        ("/rustc/", 1, Place::Toolchain),
        ("/lib/rustlib/src/", 1, Place::Toolchain),
        ("/registry/src/", 1, Place::Registry),
        ("/git/checkouts/", 2, Place::Git),
    ] {
        if let Some((_, rest)) = path.split_once(folder) {
            return Some((place, rest.splitn(levels + 1, '/').nth(levels).unwrap_or(rest)));
        }
    }
    None
}

/// The crate that a file is of, as far as its path tells.
#[cfg(feature = "backtrace")]
pub(super) fn crate_of(path: &str) -> Option<String> {
    match foreign(path)? {
        (Place::Toolchain, _) => Some("std".to_owned()),
        (Place::Registry, name) => {
            // `name-1.2.3/src/lib.rs`
            let folder = name.split('/').next()?;
            let version = folder
                .match_indices('-')
                .find(|(at, _)| folder[at + 1..].starts_with(|it: char| it.is_ascii_digit()));
            Some(version.map_or(folder, |(at, _)| &folder[..at]).replace('-', "_"))
        }
        (Place::Git, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let root = Some("/home/u/shop/");
        for (path, name) in [
            ("/home/u/shop/crates/db/src/lib.rs", "crates/db/src/lib.rs"),
            (
                "/home/u/.cargo/registry/src/registry.example-1949cf8c6b5b557f/tokio-1.54.1/src/lib.rs",
                "tokio-1.54.1/src/lib.rs",
            ),
            ("/home/u/.cargo/git/checkouts/queue-0f1a/9c1b2d3/src/lib.rs", "src/lib.rs"),
            ("/rustc/0123456789abcdef/library/core/src/option.rs", "library/core/src/option.rs"),
            (
                "/home/u/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/rt.rs",
                "library/std/src/rt.rs",
            ),
            ("/elsewhere/tool/src/main.rs", "src/main.rs"),
            ("/elsewhere/tool/build.rs", "build.rs"),
            ("src/main.rs", "src/main.rs"),
        ] {
            assert_eq!(name_below(root, path), name, "{path}");
        }
        assert_eq!(name_below(None, "/home/u/shop/crates/db/src/lib.rs"), "src/lib.rs");
    }

    #[cfg(feature = "backtrace")]
    #[test]
    fn crates() {
        for (path, root) in [
            ("/home/u/.cargo/registry/src/index-1/rayon-core-1.13.0/src/job.rs", Some("rayon_core")),
            ("/home/u/.cargo/registry/src/index-1/x-2d-1.0.0-rc.1/src/lib.rs", Some("x")),
            ("/rustc/0123456789abcdef/library/core/src/option.rs", Some("std")),
            ("/home/u/shop/src/main.rs", None),
        ] {
            assert_eq!(crate_of(path).as_deref(), root, "{path}");
        }
    }

    #[test]
    fn endings() {
        assert!(ends_with("/home/u/src/lib.rs", "src/lib.rs") && ends_with("src/lib.rs", "src/lib.rs"));
        assert!(!ends_with("/home/u/other_src/lib.rs", "src/lib.rs"));
    }
}
