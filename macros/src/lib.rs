//! The attributes of `monitored`: `#[sentry::main]`, `#[monitored]`, `#[transaction]`, `#[cron]` and `#[sentry::test]`.
//!
//! Use them through the library, which re-exports them: `sentry::main`, `sentry::monitored`, `sentry::transaction`,
//! `sentry::cron`, `sentry::test`.
//! Expansions call nothing but `::sentry::__private`; `crate = path` puts another path in the place of `::sentry`.
//!
//! From tokens to tokens: `args` reads what stands in an attribute, `model` the function under it (`block` the functions
//! in an `impl` block, `returned` what a function returns), `body` rewrites what the function does, and `expand` puts the
//! pieces together, one file per attribute. All mistakes of an attribute are reported in one compile, each under its own
//! token, and the function survives them.

mod args;
mod block;
mod body;
mod called;
mod config;
mod diagnostics;
mod expand;
mod lines;
mod mentions;
mod model;
mod outline;
mod parameters;
mod returned;
#[cfg(test)]
mod tests;
mod written;

use proc_macro::TokenStream;
use quote::quote;

use config::Config;

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
/// | `dotenv` | variables are also looked for in a file `.env`; those of the process are stronger |
/// | `flavor = "multi_thread"` or `"current_thread"` | the runtime of an `async fn main` that brings none |
/// | `worker_threads = expr` | its threads |
/// | `crate = path` | where the library is, if not at `::sentry` |
///
/// The client options are `dsn`, `debug`, `release`, `dist`, `environment`, `server_name`, `sample_rate`,
/// `traces_sample_rate`, `traces_sampler`, `org_id`, `strict_trace_continuation`, `propagate_traceparent`,
/// `trace_propagation_targets`, `max_breadcrumbs`, `max_spans`, `trace_lifecycle`, `in_app`, `send_default_pii`,
/// `attach_stacktrace`, `in_app_include`, `in_app_exclude`, `panic_flush_timeout`,
/// `ignore_errors`, `error_sampler`, `dedupe`, `max_events_per_fingerprint_per_minute`, `instrument`, `ignore_spans`,
/// `ignore_transactions`, `before_send`,
/// `before_send_with_hint`, `before_send_transaction`, `before_send_span`, `before_breadcrumb`, `enable_logs`, `before_send_log`,
/// `enable_metrics`, `before_send_metric`, `auto_session_tracking`, `session_mode`, `transport`, `http_proxy`, `https_proxy`,
/// `shutdown_timeout`, `max_queue_bytes`, `max_in_flight`, `compression`, `retry_window`, `send_client_reports`,
/// `enable_backpressure_handling`, `accept_invalid_certs`, `ca_certs`, `cert_file`, `key_file`, `user_agent`, `spool`, `spool_max_bytes`, `spool_max_age`,
/// `durable`, `spotlight`, `copy_to`, `integrations`, `add_integration`, `default_integrations`, `disabled_integrations`,
/// `data_collection`, `max_request_body_size`, `max_attachment_size`, `context_tags`, `transport_channel_capacity` and `dotenv`. A literal that Sentry would refuse is a compile error:
///
/// ```compile_fail
/// #[sentry::main(release = "shop/1.0")] // a release holds no slash
/// fn main() {}
/// ```
///
/// # `sentry.toml`
///
/// What holds for every run of the program can stand in a file beside `Cargo.toml`, or above it up to the root of the
/// workspace. It is read when the program is compiled: a wrong key, type or value is a compile error with its line and
/// column. It is weaker than arguments, code and the `SENTRY_*` variables, and says something only to programs with this
/// attribute; packages from a registry or a `vendor` folder do not read it. A change is noticed by the next build, but
/// one thing is not: a file that is new, or new in a nearer folder. Touch a source file or run `cargo clean -p` then.
/// The commit of `release = "git"` is noticed when it changes.
///
/// `off` finds the path of a function by the file's place in the package and by what stands round the function in it;
/// code that a `macro_rules!` makes is where the function's name is written, and a module with `#[path]` where its file is.
///
/// Every key, with its default:
///
/// ```toml
#[doc = include_str!("config/reference.toml")]
/// ```
///
/// # Expansion
///
/// The first example becomes the following (`__private` stands for `::sentry::__private`, and `callsite!` for the
/// `static` shown at [`macro@monitored`]):
///
/// ```text
#[doc = include_str!("expansions/main.rs")]
/// ```
///
/// Attributes other than those of rustc and its tools move to the inner function: one of them may start a runtime.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    configured(expand::main::expand, args, item)
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
/// On an `impl` block it stands for one on each function in it, but for `const fn`. The block's arguments are defaults:
/// what a function's own `#[monitored]` or `#[transaction]` says goes first, and lists like `tags` are joined.
/// `#[monitored(off)]` leaves a function out, `#[cfg_attr(condition, monitored(off))]` under a condition. Defaults that name
/// `self` are for the functions that have one.
///
/// ```
/// use sentry::{monitored, transaction};
///
/// struct Store;
///
/// #[monitored(op = "db", tags(store = "orders"))]
/// impl Store {
///     fn load(&self) {}
///
///     #[transaction(op = "db.open")] // with the tag of the block
///     fn open(&self) {}
///
///     #[monitored(off)]
///     fn len(&self) -> usize {
///         0
///     }
/// }
/// # Store.load();
/// # Store.open();
/// # Store.len();
/// ```
///
/// What the function hands to `tokio::spawn`, `tokio::task::spawn`, `tokio::task::spawn_blocking` or
/// `std::thread::spawn`, written with that path, takes the scope and the span along.
///
/// # Arguments
///
/// | argument | meaning |
/// |---|---|
/// | `name = "…"` | the span's description, or the transaction's name; default the function's path. Braces hold arguments as in `format!`: `name = "load {table}"`; `{{` is a brace |
/// | `op = "…"` | the span's operation, as `db.query`; default `function`. With `ops = "strict"` in [`sentry.toml`](macro@main#sentrytoml) one that Sentry publishes |
/// | `tags(key = expr, dotted.key = expr, "quoted-key" = expr)` | tags of the span and of errors that pass; `tags(key)` is short for `tags(key = key)`; an expression sees the arguments and is evaluated on entry if a client is active |
/// | `data(key = expr)` | data of the span, with its type: numbers, `bool`s and text; other values by their `Display`, else their `Debug`; a `None` is left out. Evaluated as tags are, but only where there is a span |
/// | `user(id = expr, email = expr, username = expr)` | the user who is served: of what is captured while the function runs, and of the transaction. A `None` is left out |
/// | `db(system = "sqlite", text = SQL)` | the database that the function asks, and what, an expression of text: data of the span, which it names if `name` does not, without the values in it. The default of `op` is `db.query` then. Of an `impl` block, `db(system = "…")` is the default of its methods |
/// | `level = "…"` | level of the errors that are captured: `debug`, `info`, `warning`, `error` (the default) or `fatal`. Of an error that passes several functions the innermost counts |
/// | `ignore(pattern, …)` | errors that make no event, see [below](#ignored-errors) |
/// | `fingerprint("{{ default }}", expr, …)` | what Sentry groups the errors by that are captured; `{{ default }}` stands for its own rule. Of an error that passes several functions the innermost counts |
/// | `args(a, b)` | arguments that are shown when the function fails, beside the numbers, `bool`s and `char`s, see [below](#values) |
/// | `skip(a, b)`, `skip_all` | arguments that are not shown |
/// | `redact(a, b)` | arguments that are shown as `[Filtered]` |
/// | `capture = false` | errors are not captured here; outer functions may |
/// | `propagate = false` | what is handed to tasks and threads is left as it is |
/// | `crate = path` | where the library is, if not at `::sentry` |
/// | `off` | by itself: the function is left as it is |
///
/// Expressions in `tags` and `data` that name `err`, and those in `fingerprint`, are evaluated when the function has
/// failed, and not before: `tags(code = err.code())`. There `err` is a reference to the error. What the body has taken is
/// gone by then: of the arguments they may use references and those that are `Copy`; any other is an error of rustc at the
/// expression, about a value that was moved. An argument of the function that is called `err` is itself.
///
/// # Ignored errors
///
/// An entry of `ignore` is a pattern on the error, by reference, with a guard if need be, or a type:
///
/// ```
/// # #[derive(Debug)] enum DbError { NotFound, Io(std::io::Error), Code(u32) }
/// # impl DbError { fn is_timeout(&self) -> bool { matches!(self, DbError::Code(5)) } }
/// # use std::{error::Error, io};
/// # use sentry::monitored;
/// #[monitored(ignore(DbError::NotFound, DbError::Io(..), e if e.is_timeout()))]
/// fn find(id: u32) -> Result<u32, DbError> {
/// #   if id == 0 { return Err(DbError::Io(io::Error::other("full"))) }
///     Err(DbError::NotFound)
/// }
///
/// #[monitored(ignore(io::Error))]
/// fn read() -> Result<String, Box<dyn Error>> {
///     Ok(std::fs::read_to_string("orders.csv")?)
/// }
/// # assert!(find(0).is_err() && read().is_err());
/// ```
///
/// A type is looked for in the error itself, in boxes (`Box<dyn Error>`) and in what `downcast_ref` of the error finds
/// (`anyhow::Error`, `eyre::Report`), not among the causes. Types and variants look the same to a macro, so names tell: a path
/// whose last name is `UpperCamelCase` is a type (`Timeout`, `io::Error`) unless the name before it is one, too
/// (`DbError::NotFound`). An imported variant has to be written with its enum, or as a pattern that no type is: `NotFound {}`.
///
/// An ignored error is no event, neither here nor by an outer function that returns it too; one that an inner function
/// has captured stays captured. The status of the span is that of an error.
///
/// # Values
///
/// When the function fails, its arguments are shown in its frame: numbers, `bool`s, `char`s and references to them, as far as
/// the body mentions them, and those in `args`, by their `Display`, else their `Debug`, else the name of their type. They
/// have the values that they had on entry. Nothing is formatted when the function succeeds, with one exception: what is in `args`
/// and neither a shared reference nor `Copy` may be gone by the time the function fails, so it is formatted on entry, if a
/// client is active. So may references be where the function returns a future or a stream, unless it is a method of
/// `#[async_trait]`.
///
/// `args = "all"` in [`sentry.toml`](macro@main#sentrytoml) shows whatever can be shown without having been formatted before:
/// shared references but `self`, and what is `Copy`; `args = "none"` only what is named.
///
/// An argument is shown as `[Filtered]` if it is in `redact`, here or in `sentry.toml`, and if its name tells a secret by the
/// words that Sentry's SDKs agree on: `password`, `token`, `secret` and their like anywhere in the name; `key`, `auth`,
/// `session`, `sid`, `sso` and `identity` as a word of it (`api_key` and `apiKey`, not `monkey`). What the expressions of
/// `tags`, `user` and `fingerprint` say is sent as it is; texts in `data` under such names read `[Filtered]`, as in all
/// spans, unless the client's `data_collection` calls the name harmless.
///
/// Source: Sentry's SDK documentation, "Data scrubbing".
///
/// On an `impl` block, `args`, `skip` and `redact` go for those methods that have an argument of that name, and a method's
/// own are stronger.
///
/// # Lines
///
/// An error that leaves by `?` is reported with the line of the last part of the `?`'s operand: in a chain of methods
/// the method's name. One that leaves by `return` or as the value of the body is reported with that line; in a body
/// that ends with `if` or `match`, with the line of the branch. A macro that returns (`bail!`, `ensure!`) has its own
/// line when it is a statement or a branch.
/// Leaving an `async` block counts as leaving the function if that block, boxed or not, is what the function returns.
/// What leaves other work, and the items of a stream, are reported with the line where the work was made.
///
/// # What is returned
///
/// An error is what `?` takes for one: the `Err` of a `Result` under any alias, of `Poll<Result<…>>` and of
/// `Poll<Option<Result<…>>>`. In a `Result` of a `Result` only the outer one counts; `Option` and `ControlFlow` are
/// answers.
///
/// A function that returns work is watched as long as that runs, from its first poll on: a future until it is ready, a
/// stream until its end, or until it is dropped. Return types that say so are `impl Future`, `Pin<Box<dyn Future>>`,
/// `BoxFuture`, `LocalBoxFuture` and the same of `Stream`, if they ask for nothing besides but `Send`, `Sync`, `Unpin` and
/// lifetimes; methods under `#[async_trait]` are among them. Each `Err` among a stream's items is captured once, and makes
/// the stream's span a failed one. Under any other name a future is a value like others: then the span is that of the
/// call.
///
/// ```
/// use std::pin::Pin;
/// use sentry::monitored;
///
/// #[monitored]
/// fn parsed(text: &str) -> Pin<Box<dyn Future<Output = Result<u8, std::num::ParseIntError>> + Send + '_>> {
///     Box::pin(async move {
///         let number: u8 = text.parse()?; // a failure is reported with this line
///         Ok(number)
///     })
/// }
/// # let parsed = tokio::runtime::Runtime::new().unwrap().block_on(parsed("3"));
/// # assert_eq!(parsed, Ok(3));
/// ```
///
/// # Once
///
/// An error that an outer function returns counts as the one that an inner function returned if its text, or the text of
/// one of its causes, is or holds that of the inner one. So it may be passed on, converted, or wrapped. The event shows
/// it as it was returned last: what it was wrapped in are its outer exceptions. Of two failures that read the same to the
/// letter, both swallowed or returned in one function, the one in the same box (`anyhow::Error`, `Box<dyn Error>`) goes
/// on, else the later one; where the first was swallowed and the second was captured by no inner function, they are taken
/// for one. An error that is on its way for more than a second is sent with the route so far, and once more with all of
/// it if an outer function still returns it.
///
/// Each run of a loop that fails is an event of its own, unless the option `dedupe` is set. An error that was passed to
/// `sentry::capture_error` in the function that then returns it is one event. What an error means can be said at its
/// definition: [`macro@Report`].
///
/// # Off
///
/// With the feature `off`, and for functions that [`sentry.toml`](macro@main#sentrytoml) names under `off`, the function
/// is compiled as it stands, without a trace of the attribute; the arguments are checked all the same.
///
/// # Limits
///
/// The body of a function that may fail runs in a closure, that of an async one in an async block: `#[track_caller]` ends
/// at it (a function that cannot fail, by its written return type, keeps it), and a closure that the function returns as
/// an `impl Fn(&T)` in a `Result`, or that an async one returns so, needs the types of its parameters written out. What the
/// body mentions is dropped before arguments that it does not mention, if the names of these do not begin with `_`.
///
/// # Expansion
///
/// The first example becomes the following (`__private` stands for `::sentry::__private`):
///
/// ```text
#[doc = include_str!("expansions/monitored.rs")]
/// ```
///
/// `callsite!` is a `static` that holds what is known of the function, and a reference to it:
///
/// ```text
/// static CALLSITE: __private::Sited<6> = __private::Sited::monitored(
///     &(module_path!(), file!(), source, __private::unnamed, &__private::Said { … }),
///     5,
///     b"cents\0", // `Invoice::cents` for a method
/// );
/// ```
///
/// A function whose written type says that it cannot fail keeps its body: `let _call = __private::enter(…);` goes before
/// it, and nothing else.
#[proc_macro_attribute]
pub fn monitored(args: TokenStream, item: TokenStream) -> TokenStream {
    configured(expand::monitored::expand, args, item)
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
/// The arguments are those of [`macro@monitored`], and two more:
///
/// | argument | meaning |
/// |---|---|
/// | `source = "…"` | where the transaction's name comes from: `custom`, `url`, `route`, `view`, `component` or `task`; default `custom` with `name`, else `component` |
/// | `root` | every call opens a transaction in a trace of its own, also while another one is running |
///
/// # Expansion
///
/// That of [`macro@monitored`], but for the kind of the callsite. An async function is polled with its context on the
/// thread. The example becomes (`__private` stands for `::sentry::__private`):
///
/// ```text
#[doc = include_str!("expansions/transaction.rs")]
/// ```
#[proc_macro_attribute]
pub fn transaction(args: TokenStream, item: TokenStream) -> TokenStream {
    configured(expand::transaction::expand, args, item)
}

type Expand = fn(&Config, proc_macro2::TokenStream, proc_macro2::TokenStream) -> proc_macro2::TokenStream;

/// Expands with what `sentry.toml` says. What is wrong there is reported under the attribute, as no span of ours can
/// point into that file.
fn configured(expand: Expand, args: TokenStream, item: TokenStream) -> TokenStream {
    let (config, problems) = config::here();
    let expansion = expand(&config, args.into(), item.into());
    let problems = problems
        .into_iter()
        .map(|problem| syn::Error::new(proc_macro2::Span::call_site(), problem).into_compile_error());
    quote!(#(#problems)* #expansion).into()
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
///     Ok(())
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
#[doc = include_str!("expansions/cron.rs")]
/// ```
#[proc_macro_attribute]
pub fn cron(args: TokenStream, item: TokenStream) -> TokenStream {
    configured(expand::cron::expand, args, item)
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
#[doc = include_str!("expansions/test.rs")]
/// ```
#[proc_macro_attribute]
pub fn test(args: TokenStream, item: TokenStream) -> TokenStream {
    configured(expand::test::expand, args, item)
}

/// Says what an error means, at its definition: `sentry::Report` for an enum or a struct.
///
/// ```
/// use std::fmt;
/// use sentry::{Level, monitored};
///
/// #[derive(Debug, sentry::Report)]
/// #[report(tags(layer = "db"))]
/// enum DbError {
///     #[report(ignore)]
///     NotFound,
///     #[report(level = "warning", fingerprint("db-timeout", table), tags(table = table))]
///     Timeout { table: String },
///     #[report(redact)]
///     Login(String),
/// }
///
/// impl fmt::Display for DbError {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         match self {
///             Self::NotFound => f.write_str("no such row"),
///             Self::Timeout { table } => write!(f, "`{table}` took too long"),
///             Self::Login(password) => write!(f, "wrong password `{password}`"),
///         }
///     }
/// }
///
/// impl std::error::Error for DbError {}
///
/// #[monitored]
/// fn query(error: DbError) -> Result<(), DbError> {
///     Err(error)
/// }
///
/// let events = sentry::test::with_captured_events(|| {
///     let _ = query(DbError::NotFound);
///     let _ = query(DbError::Timeout { table: "orders".into() });
///     let _ = query(DbError::Login("hunter2".into()));
/// });
/// assert_eq!(events.len(), 2);
/// assert_eq!((events[0].level, &*events[0].fingerprint[1]), (Level::Warning, "orders"));
/// assert_eq!(events[1].exception[0].value.as_deref(), Some("[Filtered]"));
/// assert_eq!(events[1].tags["layer"], "db");
/// ```
///
/// # Arguments of `#[report(…)]`
///
/// On a variant, or on the type for all of it; what a variant says goes first, and tags are joined.
///
/// | argument | meaning |
/// |---|---|
/// | `level = "…"` | the event's level: `debug`, `info`, `warning`, `error` or `fatal` |
/// | `fingerprint(expr, …)` | what events are grouped by; `"{{ default }}"` stands for Sentry's own rule |
/// | `tags(key = expr, …)` | tags of the event |
/// | `ignore` | no event is made of the error |
/// | `redact` | the error's message is sent as `[Filtered]`, and is taken out of the messages of errors that wrap it |
/// | `crate = path` | on the type: where the library is, if not at `::sentry` |
///
/// An expression sees the fields by their names, `_0`, `_1` and so on where they have none, and `self`.
///
/// On a field, `#[report(causes)]` says that it holds the causes of the error side by side: a `Vec` of errors, boxed or
/// not, or anything else that can be iterated by reference. The event is an exception group then.
///
/// ```
/// # use std::fmt;
/// #[derive(Debug, sentry::Report)]
/// struct Invalid {
///     #[report(causes)]
///     fields: Vec<std::num::ParseIntError>,
/// }
/// # impl fmt::Display for Invalid { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("invalid") } }
/// # impl std::error::Error for Invalid {}
/// ```
///
/// Arguments of the same name of [`macro@monitored`] go before these, and what is set on a scope or in a callback before
/// both. Where the type is seen: see the trait.
///
/// # Expansion
///
/// An implementation of the trait, and, for a type without parameters, one static that puts it on the list of known
/// types, so that it is recognised in a `Box<dyn Error>` or as the source of another error. That of the first example
/// (`__private` stands for `::sentry::__private`):
///
/// ```text
#[doc = include_str!("expansions/report.rs")]
/// ```
#[proc_macro_derive(Report, attributes(report))]
pub fn report(item: TokenStream) -> TokenStream {
    expand::report::expand(item.into()).into()
}
