//! The attributes of `monitored`: `#[sentry::main]`, `#[monitored]`, `#[transaction]`, `#[cron]` and `#[sentry::test]`.
//!
//! Use them through the library, which re-exports them: `sentry::main`, `sentry::monitored`, `sentry::transaction`,
//! `sentry::cron`, `sentry::test`.
//! Expansions call nothing but `::sentry::__private`; `crate = path` puts another path in the place of `::sentry`.
//!
//! From tokens to tokens: `args` reads what stands in an attribute, `model` the function under it, `body` rewrites what
//! the function does, and `expand` puts the pieces together, one file per attribute. All mistakes of an attribute are
//! reported in one compile, each under its own token, and the function survives them.

mod args;
mod body;
mod diagnostics;
mod expand;
mod lines;
mod model;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Starts the client before `main` does anything, captures the error that `main` returns, and sends what was captured
/// before the program ends.
///
/// ```no_run
/// #[sentry::main(environment = "production", traces_sample_rate = 0.2)]
/// fn main() -> Result<(), std::io::Error> {
///     let orders = std::fs::read_to_string("orders.csv")?; // a failure is reported with this line
///     println!("{} orders", orders.lines().count());
///     Ok(())
/// }
/// ```
///
/// It goes on `fn main` and `async fn main` with any return type. The exit code and the `Error: …` that Rust prints are
/// as without it. The client ends on every way out, by `return`, `?` or panic, and takes its `shutdown_timeout` for that
/// at the longest; only `std::process::exit` goes past it.
///
/// # Async
///
/// Together with `#[tokio::main]`, in either order, the client starts before the runtime and ends after it:
///
/// ```no_run
/// #[sentry::main]
/// #[tokio::main]
/// async fn main() -> Result<(), std::io::Error> {
///     tokio::task::yield_now().await;
///     Ok(())
/// }
/// ```
///
/// An `async fn main` without a runtime's attribute gets a tokio runtime, with a thread for each core unless
/// `flavor = "current_thread"` or `worker_threads = 2` says otherwise.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | *any client option* `= expr` | calls the setter of that name of `sentry::ClientOptions` |
/// | `options = expr` | the `sentry::ClientOptions` to start from |
/// | `flavor = "multi_thread"` or `"current_thread"` | the runtime of an `async fn main` that brings none |
/// | `worker_threads = expr` | its threads |
/// | `crate = path` | where the library is, if not at `::sentry` |
///
/// The client options are `dsn`, `debug`, `release`, `dist`, `environment`, `server_name`, `sample_rate`,
/// `traces_sample_rate`, `traces_sampler`, `max_breadcrumbs`, `max_spans`, `send_default_pii`, `before_send`,
/// `before_send_transaction`, `before_breadcrumb`, `transport`, `http_proxy`, `https_proxy`, `shutdown_timeout`,
/// `max_queue_bytes`, `max_in_flight`, `accept_invalid_certs` and `user_agent`. A literal that Sentry would refuse is a
/// compile error:
///
/// ```compile_fail
/// #[sentry::main(release = "shop/1.0")] // a release holds no slash
/// fn main() {}
/// ```
///
/// # Expansion
///
/// The first example becomes the following (`__private` stands for `::sentry::__private`, and the callsite is the
/// `static` shown at [`macro@monitored`]):
///
/// ```text
/// fn main() -> Result<(), std::io::Error> {
///     static __SENTRY_SITE: __private::AtomicSite = __private::AtomicSite::new();
///     fn main() -> Result<(), std::io::Error> {
///         let orders = (__private::at(std::fs::read_to_string("orders.csv"), &__SENTRY_SITE, 3))?;
///         …
///     }
///     let call = __private::main::start(callsite, package, |options| {
///         options.environment("production").traces_sample_rate(0.2)
///     });
///     let ret = main();
///     { …tell `call` whether `ret` is an error… }
///     ret
/// }
/// ```
///
/// Attributes other than those of rustc and its tools move to the inner function: one of them may start a runtime.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::main::expand(args.into(), item.into()).into()
}

/// Makes a function visible: a span while a transaction is running, and the `Err` it returns captured once, with the
/// line by which the error left.
///
/// ```
/// use std::num::ParseIntError;
/// use sentry::monitored;
///
/// #[monitored(op = "parse", tags(module = "billing", length = amount.len()))]
/// fn cents(amount: &str) -> Result<u64, ParseIntError> {
///     let euros: u64 = amount.trim().parse()?;
///     Ok(euros * 100)
/// }
///
/// assert_eq!(cents("3"), Ok(300));
/// assert!(cents("four").is_err());
/// ```
///
/// The innermost attributed function captures the error; each one further out that returns it too adds its own line.
/// It goes on functions and methods of every form, sync and async, in traits and their implementations; not on a
/// `const fn`. Errors may be of any type: nothing is asked of it, and what it can do (`Error`, `Display`, `Debug`) is
/// found out by the compiler.
///
/// What the function hands to `tokio::spawn`, `tokio::task::spawn`, `tokio::task::spawn_blocking` or
/// `std::thread::spawn`, written with that path, takes the scope and the span along.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | `name = "…"` | the span's description, or the transaction's name; default the function's path |
/// | `op = "…"` | the span's operation, as `db.query`; default `function` |
/// | `tags(key = expr, dotted.key = expr, "quoted-key" = expr)` | tags of the span and of errors that pass; an expression sees the arguments and is evaluated on entry if a client is active |
/// | `capture = false` | errors are not captured here; outer functions may |
/// | `propagate = false` | what is handed to tasks and threads is left as it is |
/// | `crate = path` | where the library is, if not at `::sentry` |
///
/// # Lines
///
/// An error that leaves by `?` is reported with the line of the last part of the `?`'s operand: in a chain of methods
/// the method's name. One that leaves by `return` or as the value of the body is reported with that line; in a body
/// that ends with `if` or `match`, with the line of the branch. A macro that returns (`bail!`, `ensure!`) has its own
/// line when it is a statement or a branch.
///
/// # Once
///
/// An error that an outer function returns counts as the one that an inner function returned if its text, or the text of
/// one of its causes, is or holds that of the inner one. So it may be passed on, converted, or wrapped; and two failures
/// that read the same to the letter, the first of which was swallowed in the very function that then returns the second,
/// are taken for one. An error that is on its way for more than a second is sent with the route so far, and once more
/// with all of it if an outer function still returns it.
///
/// # Limits
///
/// The body runs in a closure or an async block of the function: `#[track_caller]` ends at it, and a closure that the
/// function returns as `impl Fn(&T)` needs the types of its parameters written out.
///
/// # Expansion
///
/// The example becomes (`__private` stands for `::sentry::__private`):
///
/// ```text
/// fn cents(amount: &str) -> Result<u64, ParseIntError> {
///     let call = __private::enter_with(
///         {
///             fn here() {}
///             static CALLSITE: __private::Callsite = __private::Callsite::new(__private::Definition {
///                 function: "cents",
///                 path: || ::core::any::type_name_of_val(&here),
///                 op: Some("parse"),
///                 tags: &[("module", "billing")],
///                 …
///             });
///             &CALLSITE
///         },
///         |extras| { extras.tag("length", &(amount.len())); },
///     );
///     let site = &__private::Site::new();
///     let ret = __private::call_once(move || -> Result<u64, ParseIntError> {
///         let euros: u64 = (__private::at(amount.trim().parse(), site, 6))?;
///         Ok(euros * 100)
///     });
///     { …tell `call` whether `ret` is an error, and the line in `site`… }
///     ret
/// }
/// ```
#[proc_macro_attribute]
pub fn monitored(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::monitored::expand(args.into(), item.into()).into()
}

/// Is [`macro@monitored`], and opens a transaction when none is running.
///
/// ```
/// use std::num::ParseIntError;
/// use sentry::transaction;
///
/// #[transaction(op = "task", name = "total")]
/// async fn total(amounts: &[&str]) -> Result<u64, ParseIntError> {
///     let mut total = 0;
///     for amount in amounts {
///         total += amount.parse::<u64>()?;
///     }
///     Ok(total)
/// }
/// # let total = tokio::runtime::Runtime::new().unwrap().block_on(total(&["1", "2"]));
/// # assert_eq!(total, Ok(3));
/// ```
///
/// The arguments are those of [`macro@monitored`], and so is the expansion, but for the kind of the callsite. An async
/// function is polled with its context on the thread:
///
/// ```text
/// async fn total(amounts: &[&str]) -> Result<u64, ParseIntError> {
///     let witness = __private::Witness::<Result<u64, ParseIntError>>::new();
///     let site = &__private::AtomicSite::new();
///     let (ret, call) = __private::instrument(callsite, async move {
///         if false { return witness.never(); } // tells the compiler the type
///         …
///     }).await;
///     { …tell `call` whether `ret` is an error, and the line in `site`… }
///     ret
/// }
/// ```
#[proc_macro_attribute]
pub fn transaction(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::transaction::expand(args.into(), item.into()).into()
}

/// Tells Sentry of each run of a scheduled job: that it begins, and how it ended after how long.
///
/// ```
/// use sentry::{cron, transaction};
///
/// #[cron(slug = "nightly-import", schedule = "30 4 * * *", timezone = "Europe/Vienna", max_runtime = 60)]
/// #[transaction(op = "task", name = "nightly import")]
/// fn import() -> Result<(), std::io::Error> {
///     // …
/// #   Ok(())
/// }
/// # import().unwrap();
/// ```
///
/// The run has failed if the function returns an `Err`, panics, or is a future that is dropped before its end. Everything
/// else that is to be known of it is said by `#[monitored]` or `#[transaction]` beside it; above `#[transaction]`, as
/// here, the check-ins belong to the trace of the transaction, and so to the errors in it. It goes on functions and
/// methods, sync and async, of any return type.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | `slug = "…"` | the monitor's slug: lower-case letters, digits, `-` and `_`, at most 50; needed |
/// | `schedule = "…"` | a crontab line, as `30 4 * * MON-FRI` or `@daily`, or `every 10 minutes` (up to `years`); with it the first check-in creates the monitor, and later ones change it |
/// | `timezone = "…"` | the zone of the crontab's times, by its name in the tz database; default UTC |
/// | `checkin_margin = 5` | minutes by which a run may begin late before it counts as missed |
/// | `max_runtime = 60` | minutes that a run may take before it counts as failed |
/// | `failure_issue_threshold = 2` | failures in a row that make an issue |
/// | `recovery_threshold = 2` | good runs in a row that resolve it |
/// | `crate = path` | where the library is, if not at `::sentry` |
///
/// What Sentry would refuse is a compile error:
///
/// ```compile_fail
/// #[sentry::cron(slug = "nightly-import", schedule = "30 25 * * *")] // no day has an hour 25
/// fn import() {}
/// ```
///
/// # Expansion
///
/// The example becomes (`__private` stands for `::sentry::__private`):
///
/// ```text
/// #[transaction(op = "task", name = "nightly import")]
/// fn import() -> Result<(), std::io::Error> {
///     let run = __private::cron::start({
///         static MONITOR: __private::cron::Monitor = __private::cron::Monitor { slug: "nightly-import", … };
///         &MONITOR
///     });
///     let ret = __private::call_once(move || -> Result<(), std::io::Error> {
///         // …
///     });
///     { …tell `run` whether `ret` is an error… }
///     ret
/// }
/// ```
#[proc_macro_attribute]
pub fn cron(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::cron::expand(args.into(), item.into()).into()
}

/// Makes a function a test that has a client of its own; `sentry::test` reads what that captured.
///
/// ```
/// use sentry::monitored;
///
/// #[monitored]
/// fn cents(amount: &str) -> Result<u64, std::num::ParseIntError> {
///     Ok(amount.parse::<u64>()? * 100)
/// }
///
/// # mod tests { use super::*;
/// #[sentry::test(environment = "testing")]
/// fn a_bad_amount_is_reported() {
///     assert!(cents("four").is_err());
///     let events = sentry::test::events();
///     assert_eq!(events.len(), 1);
///     assert_eq!(events[0].environment.as_deref(), Some("testing"));
/// }
/// # }
/// ```
///
/// Nothing leaves the process, nothing is read from the environment, and all transactions are recorded unless
/// `traces_sample_rate` says otherwise. Tests run in parallel without seeing each other's items, and without a turn to
/// wait for. The client is that of the test's thread, and of the tasks and threads that attributed functions and the
/// test's own body hand work to; `propagate = false` and a bare `tokio::spawn` elsewhere go without it on other threads.
///
/// It goes on sync and async functions, and makes them tests as `#[test]` does. Above or below `#[tokio::test]` or another
/// attribute of that name it leaves that to them (`#[test]` itself is not needed, and above this one the test runs
/// twice); alone on an `async fn` it brings a tokio runtime on the test's thread.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | *any client option* `= expr` | calls the setter of that name of `sentry::ClientOptions`, except `transport` |
/// | `options = expr` | the `sentry::ClientOptions` to start from |
/// | `crate = path` | where the library is, if not at `::sentry` |
///
/// # Expansion
///
/// The test of the example becomes (`__private` stands for `::sentry::__private`):
///
/// ```text
/// #[::core::prelude::v1::test]
/// fn a_bad_amount_is_reported() {
///     let _test = __private::test::start(package, |options| options.environment("testing"));
///     assert!(cents("four").is_err());
///     …
/// }
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::test::expand(args.into(), item.into()).into()
}
