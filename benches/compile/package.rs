//! The package that is compiled, below the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// A command of cargo.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Check,
    Debug,
    Release,
}

impl Step {
    pub(crate) const ALL: [Self; 3] = [Self::Check, Self::Debug, Self::Release];

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Check => &["check"],
            Self::Debug => &["build"],
            Self::Release => &["build", "--release"],
        }
    }
}

pub(crate) struct Package {
    root: PathBuf,
}

impl Package {
    /// Makes the package, with the versions of this workspace's lock file.
    pub(crate) fn new() -> io::Result<Self> {
        // This program stands in `target/debug`.
        let program = env::current_exe()?;
        let target = program.ancestors().nth(2).ok_or(io::ErrorKind::NotFound)?;
        let root = target.join("compile");
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or(io::ErrorKind::NotFound)?;
        let runtime = workspace.join("runtime");
        if root.join("src").exists() {
            fs::remove_dir_all(root.join("src"))?;
        }
        fs::create_dir_all(root.join("src/bin"))?;
        let manifest = format!(
            "[package]\nname = \"generated\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\nfastrace = {{ version = \"0.7\", features = [\"enable\"] }}\n\
             monitored = {{ path = '{}', default-features = false }}\ntracing = \"0.1\"\n\n\
             [profile.release]\nstrip = true\n",
            runtime.display()
        );
        fs::write(root.join("Cargo.toml"), manifest)?;
        fs::copy(workspace.join("Cargo.lock"), root.join("Cargo.lock"))?;
        Ok(Self { root })
    }

    /// Writes the source of a program.
    pub(crate) fn write(&self, name: &str, source: &str) -> io::Result<()> {
        fs::write(self.root.join("src/bin").join(name).with_extension("rs"), source)
    }

    /// Compiles a program and says how many seconds of CPU that took.
    pub(crate) fn run(&self, step: Step, name: &str) -> io::Result<f64> {
        let before = cpu_of_children()?;
        let status = Command::new(env!("CARGO"))
            .args(step.arguments())
            .args(["--quiet", "--offline", "--bin", name])
            .arg("--manifest-path")
            .arg(self.root.join("Cargo.toml"))
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS")
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!("{name} does not compile")));
        }
        Ok(cpu_of_children()? - before)
    }

    /// The size of a program's release binary.
    pub(crate) fn size(&self, name: &str) -> io::Result<u64> {
        let binary = self.root.join("target/release").join(format!("{name}{}", env::consts::EXE_SUFFIX));
        Ok(fs::metadata(binary)?.len())
    }
}

/// Seconds of CPU that finished children and their children have used.
fn cpu_of_children() -> io::Result<f64> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok(seconds(usage.user_time()) + seconds(usage.system_time()))
}

#[expect(clippy::cast_precision_loss, reason = "seconds and microseconds stay far below 2^52")]
fn seconds(time: TimeVal) -> f64 {
    time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6
}
