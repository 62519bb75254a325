//! Where `sentry.toml` is: in the package's folder, or above it up to the root of the workspace.

use std::fs;
use std::path::{Component, Path, PathBuf};

use toml::de::{DeTable, DeValue};

/// A configuration file.
#[derive(Debug, PartialEq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// The path from the root of the workspace, for messages.
    pub(super) name: String,
}

/// The nearest `sentry.toml`. A package that somebody else wrote has none, even if it lies below a workspace.
pub(super) fn find(package: &Path, look: &mut dyn FnMut(&Path)) -> Option<Found> {
    if [".cargo-ok", ".cargo-checksum.json"].iter().any(|mark| package.join(mark).exists()) {
        return None;
    }
    let root = root(package, look);
    for folder in package.ancestors() {
        let path = folder.join("sentry.toml");
        look(&path);
        if path.is_file() {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string().replace('\\', "/");
            return Some(Found { path, name });
        }
        if folder == root {
            break;
        }
    }
    None
}

/// The folder of the workspace that the package belongs to; its own folder if there is none.
fn root<'a>(package: &'a Path, look: &mut dyn FnMut(&Path)) -> &'a Path {
    for folder in package.ancestors() {
        let manifest = folder.join("Cargo.toml");
        look(&manifest);
        let Ok(text) = fs::read_to_string(&manifest) else { continue };
        let (manifest, _) = DeTable::parse_recoverable(&text);
        let workspace = manifest.get_ref().get("workspace").and_then(|it| it.get_ref().as_table());
        if let Some(workspace) = workspace {
            return if excludes(workspace, folder, package) { package } else { folder };
        }
    }
    package
}

fn excludes(workspace: &DeTable<'_>, root: &Path, package: &Path) -> bool {
    let excluded = workspace.get("exclude").and_then(|it| it.get_ref().as_array());
    let mut paths = excluded.into_iter().flatten().filter_map(|it| match it.get_ref() {
        DeValue::String(path) => Some(root.join(&**path)),
        _ => None,
    });
    paths.any(|path| package.starts_with(path))
}

/// The way from a folder to a file, with a slash at its head: `/../sentry.toml`.
pub(super) fn between(folder: &Path, file: &Path) -> Option<String> {
    let parts = |path: &Path| path.components().map(|part| part.as_os_str().to_owned()).collect::<Vec<_>>();
    // Neither may hold `..`, and on Windows both have to be on one drive.
    let is_plain =
        |path: &Path| path.components().all(|part| !matches!(part, Component::ParentDir | Component::CurDir));
    let (from, to) = (parts(folder), parts(file));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if common == 0 || !is_plain(folder) || !is_plain(file) {
        return None;
    }
    let mut way = "/..".repeat(from.len() - common);
    for part in &to[common..] {
        way.push('/');
        way.push_str(part.to_str()?);
    }
    Some(way)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{between, find};

    #[test]
    fn ways() {
        for (folder, file, way) in [
            ("/a/b", "/a/b/sentry.toml", Some("/sentry.toml")),
            ("/a/b/c", "/a/sentry.toml", Some("/../../sentry.toml")),
            ("/a/b", "/a/.git/HEAD", Some("/../.git/HEAD")),
            ("/a", "/b/HEAD", Some("/../b/HEAD")),
            ("/a/../b", "/b/HEAD", None),
            ("a", "b", None),
        ] {
            assert_eq!(between(Path::new(folder), Path::new(file)).as_deref(), way, "{folder} {file}");
        }
    }

    #[test]
    fn nearest_up_to_the_workspace() {
        let top = std::env::temp_dir().join(format!("monitored-find-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = top.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("sentry.toml", "");
        write("own/Cargo.toml", "[package]\nname = \"own\"");
        write("space/Cargo.toml", "[workspace]\nmembers = [\"a\"]\nexclude = [\"other\"]");
        write("space/sentry.toml", "");
        write("space/a/Cargo.toml", "[package]");
        write("space/b/Cargo.toml", "[package]");
        write("space/b/sentry.toml", "");
        write("space/other/c/Cargo.toml", "[package]");
        write("space/vendor/d/Cargo.toml", "[package]");
        write("space/vendor/d/.cargo-checksum.json", "{}");
        for (package, name) in [
            ("space/a", Some("sentry.toml")),
            ("space/b", Some("b/sentry.toml")),
            ("space/other/c", None),
            ("space/vendor/d", None),
            ("own", None),
        ] {
            let found = find(&top.join(package), &mut |_| {});
            assert_eq!(found.map(|found| found.name).as_deref(), name, "{package}");
        }
        fs::remove_dir_all(top).unwrap();
    }
}
