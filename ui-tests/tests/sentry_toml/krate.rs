//! Small crates that depend on this workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A crate of its own, in a folder that no earlier run has left anything in.
pub(crate) struct Krate {
    name: &'static str,
    folder: PathBuf,
    /// One cargo at a time: they share a target folder.
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this package is a member of a workspace")
}

/// The folder that this test was built in.
fn target() -> PathBuf {
    // The test's own binary is target/<profile>/deps/<test>.
    let own = std::env::current_exe().expect("a running test has a path");
    own.ancestors().nth(3).expect("tests are built below the profile's folder").to_owned()
}

impl Krate {
    /// A library that uses `monitored` without its default features and with these.
    pub(crate) fn new(name: &'static str, features: &[&str]) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = target().join("tests").join("sentry-toml").join(name);
        drop(fs::remove_dir_all(&folder));
        let krate = Self { name, folder, _turn: turn };
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies.sentry]\n\
             package = \"monitored\"\npath = '{}'\ndefault-features = false\nfeatures = {features:?}\n\n\
             [lints.rust]\nunexpected_cfgs = \"allow\"\n\n[workspace]\n",
            workspace().join("runtime").display()
        );
        krate.write("Cargo.toml", &manifest);
        // The same versions, which are there already.
        let lock = fs::read_to_string(workspace().join("Cargo.lock")).expect("the workspace's lock file");
        krate.write("Cargo.lock", &lock);
        krate
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        // Cargo looks at the time of a file, which may be the same for two writes in a row.
        let before = path.metadata().and_then(|metadata| metadata.modified()).ok();
        loop {
            fs::write(&path, text).expect("a file");
            let after = path.metadata().and_then(|metadata| metadata.modified()).ok();
            if before.is_none() || before != after {
                return;
            }
        }
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.folder.join(path)).expect("a file to remove");
    }

    pub(crate) fn cargo(&self, command: &str, arguments: &[&str]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&self.folder).args([command, "--quiet", "--offline", "--target-dir"]).arg(target());
        cargo.args(arguments);
        // What cargo told this test about itself is not for the other one.
        for (key, _) in std::env::vars_os() {
            if key.to_str().is_some_and(|key| key.starts_with("CARGO_PKG_") || key == "CARGO_MANIFEST_DIR") {
                cargo.env_remove(key);
            }
        }
        cargo.env_remove("RUSTFLAGS").output().expect("cargo runs")
    }

    /// What the compiler says to the crate; nothing when it is content.
    pub(crate) fn check(&self) -> String {
        self.checked(&[])
    }

    /// The same for the crate and its tests.
    pub(crate) fn check_all(&self) -> String {
        self.checked(&["--all-targets"])
    }

    fn checked(&self, arguments: &[&str]) -> String {
        let output = self.cargo("check", &[&["--color", "never"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.success(), said.is_empty(), "{said}");
        said
    }

    /// The crate's optimised assembly, with these additional flags.
    pub(crate) fn assembly(&self, flags: &[&str]) -> String {
        let path = self.folder.join("out.s");
        // What is read below is what this call has made.
        drop(fs::remove_file(&path));
        let code = fs::read_to_string(self.folder.join("src/lib.rs")).expect("a library");
        self.write("src/lib.rs", &code);
        let emit = format!("--emit=asm={}", path.display());
        let mut arguments = vec!["--lib", "--", "-Copt-level=3", "-Ccodegen-units=1"];
        arguments.extend(["-Cdebuginfo=0", "-Cdebug-assertions=off", emit.as_str()]);
        arguments.extend(flags);
        let output = self.cargo("rustc", &arguments);
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(path).expect("the assembly")
    }
}
