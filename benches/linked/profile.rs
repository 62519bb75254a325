//! Instructions of a process, as valgrind counts them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// By whose they are.
#[derive(Default)]
pub(crate) struct Profile {
    pub(crate) program: i64,
    /// The loader's, and those of the system's libraries.
    pub(crate) system: i64,
}

impl Profile {
    /// Of a program whose `main` returns at once.
    pub(crate) fn of(program: &Path) -> Self {
        let out = env::temp_dir().join(format!("linked-{}.callgrind", std::process::id()));
        let status = Command::new("valgrind")
            .args(["--tool=callgrind", "--compress-strings=no", "--compress-pos=no"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(program)
            .arg("before")
            .stderr(Stdio::null())
            .status()
            .expect("valgrind is installed");
        assert!(status.success(), "{} under valgrind: {status}", program.display());
        let profile = fs::read_to_string(&out).expect("callgrind writes a file");
        // It is of no use to anybody else.
        let _ = fs::remove_file(out);
        Self::read(&profile, &program.display().to_string())
    }

    /// Adds up the lines of costs. That after a call says what was called took, which is counted where it belongs.
    fn read(profile: &str, program: &str) -> Self {
        let mut read = Self::default();
        let (mut is_own, mut is_call) = (false, false);
        for line in profile.lines() {
            if let Some(object) = line.strip_prefix("ob=") {
                is_own = object == program;
            } else if line.starts_with("calls=") {
                is_call = true;
            } else if line.starts_with(|first: char| first.is_ascii_digit()) {
                let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<i64>().ok()).unwrap_or(0);
                if !std::mem::take(&mut is_call) {
                    *(if is_own { &mut read.program } else { &mut read.system }) += cost;
                }
            }
        }
        read
    }
}
