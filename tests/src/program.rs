//! Compiled programs, run as child processes within a hard deadline.

#[cfg(unix)]
mod terminal;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::receiver::Receiver;
use crate::source::workspace;

/// No program of ours should come near it; one that hangs is ended and the test fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(2);

/// A program that is ready to run. It sees none of this process' environment but `PATH` and `HOME`.
#[derive(Debug)]
pub struct Program {
    command: Command,
    path: PathBuf,
    terminal: Option<File>,
}

/// How a program ended and what it wrote.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it; none when it exited.
    pub signal: Option<i32>,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
    /// From start to end.
    pub took: Duration,
}

impl Program {
    /// The program of this file.
    pub fn at(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        let mut command = Command::new(&path);
        command.env_clear().current_dir(workspace());
        for kept in ["PATH", "HOME"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        Self { command, path, terminal: None }
    }

    /// An example of the workspace, built as `cargo run --example NAME` builds it.
    ///
    /// # Panics
    ///
    /// When it does not build.
    pub fn example(name: &str) -> Self {
        Self::at(build_example(name))
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, key: &str, value: &str) -> Self {
        self.command.env(key, value);
        self
    }

    /// Runs it in this folder rather than in that of the workspace.
    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Makes it send to this server.
    pub fn sending_to(self, receiver: &Receiver) -> Self {
        self.env("SENTRY_DSN", &receiver.dsn())
    }

    /// Runs it to its end.
    ///
    /// # Panics
    ///
    /// When it cannot be started or is still running after the deadline.
    pub fn run(self) -> Outcome {
        self.run_within(DEADLINE)
    }

    fn run_within(self, deadline: Duration) -> Outcome {
        self.start().end_within(deadline)
    }

    /// Gives it a terminal for its standard error, as if somebody sat there and watched.
    ///
    /// # Panics
    ///
    /// When the system has no terminal to give.
    #[cfg(unix)]
    pub fn on_a_terminal(mut self) -> Self {
        let (ours, theirs) = terminal::pair().expect("a terminal");
        self.command.stderr(theirs);
        self.terminal = Some(ours);
        self
    }

    /// Starts it and does not wait.
    ///
    /// # Panics
    ///
    /// When it cannot be started.
    pub fn start(mut self) -> Running {
        let started = Instant::now();
        self.command.stdin(Stdio::null()).stdout(Stdio::piped());
        if self.terminal.is_none() {
            self.command.stderr(Stdio::piped());
        }
        let path = self.path.display().to_string();
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{path} does not start: {error}"));
        // Both are drained at once: a program that fills one would wait for ever on the other.
        let stdout = drain(child.stdout.take());
        let stderr = match self.terminal {
            Some(terminal) => drain(Some(terminal)),
            None => drain(child.stderr.take()),
        };
        Running { path, child, started, stdout: Some(stdout), stderr: Some(stderr) }
    }
}

/// A program that was started. It does not outlive this.
#[derive(Debug)]
pub struct Running {
    path: String,
    child: Child,
    started: Instant,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
}

impl Running {
    fn end_within(mut self, deadline: Duration) -> Outcome {
        let status = loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                break Some(status);
            }
            if self.started.elapsed() > deadline {
                self.kill();
                break None;
            }
            thread::sleep(POLL);
        };
        let took = self.started.elapsed();
        let [stdout, stderr] = [self.stdout.take(), self.stderr.take()]
            .map(|reader| reader.and_then(|reader| reader.join().ok()).unwrap_or_default());
        let Some(status) = status else {
            panic!(
                "{} was still running after {deadline:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}",
                self.path
            );
        };
        Outcome { code: status.code(), signal: signal(status), stdout, stderr, took }
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// When it is still running after the deadline.
    pub fn end(self) -> Outcome {
        self.end_within(DEADLINE)
    }

    /// Ends it at once, as `kill -9` does, and gives back what it wrote until then.
    pub fn end_by_force(mut self) -> Outcome {
        self.kill();
        self.end_within(DEADLINE)
    }

    /// It may have ended by itself in between; either way it is gone afterwards.
    fn kill(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Outcome {
    /// Checks the exit code, showing what was written when it is another.
    ///
    /// # Panics
    ///
    /// When the exit code is another.
    #[track_caller]
    pub fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

/// Reads all that comes. A terminal ends with an error when nobody writes to it any more.
fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            drop(pipe.read_to_end(&mut bytes));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Builds an example once per test process; cargo finds most of it fresh.
fn build_example(name: &str) -> PathBuf {
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = built.get(name) {
        return path.clone();
    }
    // This test's own binary is target/<profile>/deps/<test>.
    let own = std::env::current_exe().expect("a running test has a path");
    let profile = own.parent().and_then(Path::parent).expect("tests are built below the profile's folder");
    let target = profile.parent().expect("a profile has a target folder");
    let mut cargo = Command::new(env!("CARGO"));
    // Without `-p`, so that features are the same as in `cargo test`, and nothing is built a second time.
    cargo.current_dir(workspace()).args(["build", "--quiet", "--example", name, "--target-dir"]).arg(target);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo.status().unwrap_or_else(|error| panic!("cargo: {error}"));
    assert!(status.success(), "example {name} does not build");
    let path = profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    built.insert(name.to_owned(), path.clone());
    path
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Program;

    fn shell(script: &str) -> Program {
        Program::at("/bin/sh").arg("-c").arg(script)
    }

    #[test]
    fn gives_back_what_a_program_wrote_and_its_exit_code() {
        let outcome = shell("echo out; echo err >&2; exit 7").run().exits_with(7);
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("out\n", "err\n"));
    }

    #[test]
    fn the_environment_is_what_was_set() {
        let outcome = shell("echo \"$A:$CARGO_MANIFEST_DIR:\"").env("A", "b").run();
        assert_eq!(outcome.stdout, "b::\n");
    }

    #[test]
    #[should_panic(expected = "was still running")]
    fn a_program_that_hangs_is_ended() {
        shell("echo before; exec sleep 600").run_within(Duration::from_millis(50));
    }
}
