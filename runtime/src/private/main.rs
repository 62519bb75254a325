//! What `#[sentry::main]` does around the user's `main`.

use std::future::Future;

use tokio::runtime::Builder;

use super::call::{Call, enter};
use crate::ClientOptions;
use crate::client::{self, ClientInitGuard};
use crate::errors::probe::Ends;
use crate::errors::{self, Seen, Vars};
use crate::trace::Callsite;

pub use crate::client::Defaults;

/// What is known of the program at compile time.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// `name@version` of the program's package, or what `sentry.toml` says.
    pub release: &'static str,
    /// What `sentry.toml` says.
    pub defaults: Defaults,
    /// Whether it is a debug build.
    pub debug_assertions: bool,
    /// The module `main` is in.
    pub module: &'static str,
    /// The crates of its workspace.
    pub crates: &'static [&'static str],
    /// The packages that it is made of, as lines of name and version.
    pub modules: &'static str,
}

/// What the first variable says that is set and that Sentry takes as a release, else the package.
pub fn release_of_ci(variables: &[Option<&'static str>], package: &'static str) -> &'static str {
    let mut set = variables.iter().flatten().map(|value| value.trim());
    set.find(|value| monitored_rules::release(value).is_ok()).unwrap_or(package)
}

/// The program is running. When it is dropped without having been told how `main` ended, `main` panicked.
#[derive(Debug)]
#[must_use = "the client is closed when it is dropped"]
pub struct Running {
    // Dropped first: what `main` returned must be captured before the client is closed.
    call: Call,
    guard: ClientInitGuard,
}

/// Starts the client. Comes before everything else that `main` does.
pub fn start(
    callsite: &'static Callsite,
    package: Package,
    configure: impl FnOnce(ClientOptions) -> ClientOptions,
) -> Running {
    errors::set_program(package.crates, package.module);
    let options = configure(ClientOptions::new());
    let package = client::Package {
        release: Some(package.release),
        defaults: package.defaults,
        debug_assertions: package.debug_assertions,
        modules: package.modules,
        reports: true,
    };
    let guard = client::start(options, &package);
    Running { call: enter(callsite), guard }
}

impl Running {
    /// `main` returned, and not an error.
    pub fn completed(self) {
        self.call.completed();
        drop(self.guard);
    }
}

impl Ends for Running {
    fn completed(self) {
        self.completed();
    }

    fn failed(self, error: Seen<'_>, line: u32, vars: Vars<'_>) {
        self.call.failed(error, line, vars);
        drop(self.guard);
    }
}

/// The runtime of an `async fn main` that names none.
#[derive(Clone, Copy, Debug)]
pub enum Runtime {
    /// Everything on the main thread.
    CurrentThread,
    /// A pool of threads.
    #[cfg(feature = "multi-thread")]
    MultiThread {
        /// How many; default one for each core.
        worker_threads: Option<usize>,
    },
}

/// Runs `main`, or a test, to its end.
///
/// # Panics
/// If the operating system does not give the runtime what it needs, as `#[tokio::main]` does.
pub fn block_on<F: Future>(runtime: Runtime, future: F) -> F::Output {
    let mut builder = match runtime {
        Runtime::CurrentThread => Builder::new_current_thread(),
        #[cfg(feature = "multi-thread")]
        Runtime::MultiThread { .. } => Builder::new_multi_thread(),
    };
    #[cfg(feature = "multi-thread")]
    if let Runtime::MultiThread { worker_threads: Some(count) } = runtime {
        builder.worker_threads(count.max(1));
    }
    builder.enable_all().build().expect("the runtime could not be started").block_on(future)
}

#[cfg(test)]
mod tests {
    use super::release_of_ci;

    #[test]
    fn the_first_variable_that_is_a_release_counts() {
        for (variables, expected) in [
            (&[][..], "shop@1.0.0"),
            (&[None, Some("")], "shop@1.0.0"),
            (&[None, Some("c0ffee\n"), Some("decade")], "c0ffee"),
            (&[Some("refs/tags/v1"), Some("decade")], "decade"),
        ] {
            assert_eq!(release_of_ci(variables, "shop@1.0.0"), expected);
        }
    }
}
