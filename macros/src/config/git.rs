//! The commit that is checked out, read from git's own files.

use std::fs;
use std::path::{Path, PathBuf};

/// The commit and the files that change when another one is checked out.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    /// 40 or 64 hex digits.
    pub(super) commit: String,
    pub(super) files: Vec<PathBuf>,
}

/// The commit of the repository that `package` is in; `look` is told of every file before it is looked at.
pub(super) fn head(package: &Path, look: &mut dyn FnMut(&Path)) -> Result<Head, String> {
    let cure = "write the release as text, or leave it to `release = \"package\"`";
    let Some(dot_git) = package.ancestors().map(|folder| folder.join(".git")).find(|path| path.exists())
    else {
        return Err(format!("`release = \"git\"` needs a git repository, and there is none: {cure}"));
    };
    commit(&dot_git, look)
        .ok_or_else(|| format!("`release = \"git\"` finds no commit in `{}`: {cure}", dot_git.display()))
}

fn commit(dot_git: &Path, look: &mut dyn FnMut(&Path)) -> Option<Head> {
    let mut read = |path: &Path| {
        look(path);
        fs::read_to_string(path).ok()
    };
    // In a worktree and in a submodule `.git` is a file that names the folder.
    let folder = if dot_git.is_dir() {
        dot_git.to_owned()
    } else {
        let text = read(dot_git)?;
        dot_git.parent()?.join(text.strip_prefix("gitdir:")?.trim())
    };
    let common = match read(&folder.join("commondir")) {
        Some(path) => folder.join(path.trim()),
        None => folder.clone(),
    };
    let [folder, common] = [folder, common].map(|path| path.canonicalize().unwrap_or(path));
    let head = folder.join("HEAD");
    let text = read(&head)?;
    let Some(reference) = text.strip_prefix("ref:") else {
        return Some(Head { commit: hex(&text)?, files: vec![head] });
    };
    let reference = reference.trim();
    let loose = common.join(reference);
    if let Some(text) = read(&loose) {
        return Some(Head { commit: hex(&text)?, files: vec![head, loose] });
    }
    let packed = common.join("packed-refs");
    let text = read(&packed)?;
    let commit = text.lines().find_map(|line| line.strip_suffix(reference)?.strip_suffix(' '))?;
    // The next commit leaves the packed references as they are and makes a new file, which nobody watches; the log of
    // the head is written then too.
    let log = folder.join("logs/HEAD");
    let log = log.is_file().then_some(log);
    Some(Head { commit: hex(commit)?, files: [head, packed].into_iter().chain(log).collect() })
}

fn hex(text: &str) -> Option<String> {
    let text = text.trim();
    let is_hex = [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::head;

    #[test]
    fn commits() {
        let top = std::env::temp_dir().join(format!("monitored-git-{}", std::process::id()));
        let [a, b] = ["a", "b"].map(|digit| digit.repeat(40));
        let write = |path: &str, text: &str| {
            let path = top.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let found = |package: &str| {
            let package = top.join(package);
            fs::create_dir_all(&package).unwrap();
            let head = head(&package, &mut |_| {})?;
            Ok::<_, String>((head.commit, head.files.len()))
        };
        assert!(found("none").unwrap_err().contains("there is none"));

        write("repo/.git/HEAD", "ref: refs/heads/main\n");
        assert!(found("repo").unwrap_err().contains("finds no commit"), "no commit yet");
        write("repo/.git/refs/heads/main", &format!("{a}\n"));
        assert_eq!(found("repo/crates/shop"), Ok((a.clone(), 2)));

        write("packed/.git/HEAD", "ref: refs/heads/main\n");
        write(
            "packed/.git/packed-refs",
            &format!("# pack-refs\n{a} refs/heads/x/refs/heads/main\n{b} refs/heads/main\n"),
        );
        assert_eq!(found("packed"), Ok((b.clone(), 2)));
        write("packed/.git/logs/HEAD", "");
        assert_eq!(found("packed"), Ok((b.clone(), 3)));

        write("detached/.git/HEAD", &a);
        assert_eq!(found("detached"), Ok((a.clone(), 1)));

        write("tree/.git", "gitdir: ../repo/.git/worktrees/tree\n");
        write("repo/.git/worktrees/tree/HEAD", "ref: refs/heads/side\n");
        write("repo/.git/worktrees/tree/commondir", "../..\n");
        write("repo/.git/refs/heads/side", &b);
        assert_eq!(found("tree"), Ok((b, 2)));
        fs::remove_dir_all(top).unwrap();
    }
}
