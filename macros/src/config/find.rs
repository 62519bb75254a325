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

/// As cargo does: a member that is named is one, even below what is excluded.
fn excludes(workspace: &DeTable<'_>, root: &Path, package: &Path) -> bool {
    let lies_in = |key: &str| {
        let list = workspace.get(key).and_then(|it| it.get_ref().as_array());
        list.into_iter().flatten().any(|it| match it.get_ref() {
            DeValue::String(path) => package.starts_with(root.join(&**path)),
            _ => false,
        })
    };
    lies_in("exclude") && !lies_in("members")
}

/// A path without links, if it leads anywhere.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The way from a folder to a file, with a slash at its head: `/../sentry.toml`.
pub(super) fn between(folder: &Path, file: &Path) -> Option<String> {
    // For the system `..` is what the folder lies in, not what a link to it does.
    let (folder, file) = (&real(folder), &real(file.parent()?).join(file.file_name()?));
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

    #[cfg(unix)]
    #[test]
    fn ways_past_links() {
        let top = std::env::temp_dir().join(format!("monitored-links-{}", std::process::id()));
        let top = &super::real(&std::env::temp_dir()).join(top.file_name().unwrap());
        fs::create_dir_all(top.join("disk/far/shop")).unwrap();
        fs::create_dir_all(top.join("space")).unwrap();
        fs::write(top.join("space/sentry.toml"), "").unwrap();
        fs::write(top.join("disk/sentry.toml"), "").unwrap();
        std::os::unix::fs::symlink(top.join("disk/far/shop"), top.join("space/shop")).unwrap();
        std::os::unix::fs::symlink(top.join("disk/sentry.toml"), top.join("disk/far/shop/sentry.toml"))
            .unwrap();
        for (file, way) in [
            ("space/sentry.toml", "/../../../space/sentry.toml"),
            ("disk/far/sentry.toml", "/../sentry.toml"),
            ("space/shop/sentry.toml", "/sentry.toml"),
        ] {
            let found = between(&top.join("space/shop"), &top.join(file));
            assert_eq!(found.as_deref(), Some(way), "{file}");
        }
        fs::remove_dir_all(top).unwrap();
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
        write("space/Cargo.toml", "[workspace]\nmembers = [\"a\", \"other/member\"]\nexclude = [\"other\"]");
        write("space/sentry.toml", "");
        write("space/a/Cargo.toml", "[package]");
        write("space/b/Cargo.toml", "[package]");
        write("space/b/sentry.toml", "");
        write("space/other/c/Cargo.toml", "[package]");
        write("space/other/member/Cargo.toml", "[package]");
        write("space/vendor/d/Cargo.toml", "[package]");
        write("space/vendor/d/.cargo-checksum.json", "{}");
        for (package, name) in [
            ("space/a", Some("sentry.toml")),
            ("space/b", Some("b/sentry.toml")),
            ("space/other/c", None),
            ("space/other/member", Some("sentry.toml")),
            ("space/vendor/d", None),
            ("own", None),
        ] {
            let found = find(&top.join(package), &mut |_| {});
            assert_eq!(found.map(|found| found.name).as_deref(), name, "{package}");
        }
        fs::remove_dir_all(top).unwrap();
    }
}
