//! The attributes of `monitored`: `#[sentry::main]`, `#[monitored]` and `#[transaction]`.
//!
//! Use them through the library, which re-exports them: `sentry::main`, `sentry::monitored`, `sentry::transaction`.
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
mod parameters;
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
/// | `name = "…"` | the span's description, or the transaction's name; default the function's path. Braces hold arguments as in `format!`: `name = "load {table}"`; `{{` is a brace |
/// | `op = "…"` | the span's operation, as `db.query`; default `function` |
/// | `tags(key = expr, dotted.key = expr, "quoted-key" = expr)` | tags of the span and of errors that pass; an expression sees the arguments and is evaluated on entry if a client is active |
/// | `data(key = expr)` | data of the span, with its type: numbers, `bool`s and text; other values by their `Display`, else their `Debug`; a `None` is left out. Evaluated as tags are |
/// | `user(id = expr, email = expr, username = expr)` | the user who is served: of what is captured while the function runs, and of the transaction. A `None` is left out |
/// | `level = "…"` | level of the errors that are captured: `debug`, `info`, `warning`, `error` (the default) or `fatal`. Of an error that passes several functions the innermost counts |
/// | `ignore(pattern, …)` | errors that make no event, see [below](#ignored-errors) |
/// | `fingerprint("{{ default }}", expr, …)` | what Sentry groups the errors by that are captured; `{{ default }}` stands for its own rule. Of an error that passes several functions the innermost counts |
/// | `args(a, b)` | arguments that are shown when the function fails, beside the numbers, `bool`s and `char`s, see [below](#values) |
/// | `skip(a, b)`, `skip_all` | arguments that are not shown |
/// | `redact(a, b)` | arguments that are shown as `[Filtered]` |
/// | `capture = false` | errors are not captured here; outer functions may |
/// | `propagate = false` | what is handed to tasks and threads is left as it is |
/// | `crate = path` | where the library is, if not at `::sentry` |
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
/// whose last name is `UpperCamelCase` is a type unless the name before it is one, too. An imported variant has to be written
/// with its enum: `DbError::NotFound`.
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
/// client is active. An argument whose name holds `password`, `token`, `key` or another of the words that Sentry's SDKs agree
/// on is shown as `[Filtered]`.
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
/// The arguments are those of [`macro@monitored`], and two more:
///
/// | argument | meaning |
/// |---|---|
/// | `source = "…"` | where the transaction's name comes from: `custom`, `url`, `route`, `view`, `component` or `task`; default `custom` with `name`, else `component` |
/// | `root` | every call opens a transaction in a trace of its own, also while another one is running |
///
/// So is the expansion, but for the kind of the callsite. An async
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
