//! From addresses to the frames that a reader wants to see. Runs on the delivery thread.

use std::time::Duration;

use super::merge::closures;
use super::symbols::{self, SDK, START, Symbol, Symbols};
use super::{Native, elf, names};
use crate::protocol::{Addr, DebugImage, Frame};

/// Crates whose functions start threads and tasks: outside of the outermost function of others they say nothing.
const STARTERS: [&str; 7] = ["std", "core", "alloc", "tokio", "rayon_core", "test", SDK];
/// The crate that walks.
const WALKER: &str = "backtrace";
/// What runs between the line that panics and the hook.
const PANICKING: [&str; 8] = [
    "std::panicking::",
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already",
    "core::slice::index::slice_",
    "std::panic::",
];

/// The calls at these addresses, which stand innermost first; the frames stand outermost first. Their names are waited for
/// no longer than given.
pub(super) fn of(addresses: &[usize], patience: Duration) -> Vec<Native> {
    let images = elf::images();
    let symbols = symbols::of(addresses, patience);
    let mut calls: Vec<Call<'_>> =
        addresses.iter().zip(&symbols).flat_map(|(at, all)| calls(*at, all)).collect();
    trim_inside(&mut calls);
    trim_outside(&mut calls);
    calls.reverse();
    let calls = without_wrappers(calls);
    calls.into_iter().map(|call| call.into_frame(&images)).collect()
}

/// One call: an address, and what stands there if that is known.
#[derive(Clone, Copy)]
struct Call<'s> {
    address: usize,
    symbol: Option<&'s Symbol>,
    /// The function that the others at this address were inlined into.
    outer: &'s str,
}

fn calls(address: usize, symbols: &Symbols) -> Vec<Call<'_>> {
    let Some(outer) = symbols.last() else { return vec![Call { address, symbol: None, outer: "" }] };
    symbols.iter().map(|symbol| Call { address, symbol: Some(symbol), outer: &outer.name }).collect()
}

/// Drops the walk, the SDK around it and the machinery of panics.
fn trim_inside(calls: &mut Vec<Call<'_>>) {
    // What was inlined into machinery is machinery, even if it is known by half a name.
    let machinery = |call: &Call<'_>| {
        [WALKER, SDK].contains(&call.root()) || is_panicking(call.name()) || is_panicking(call.outer)
    };
    // The standard library calls some of it back.
    let among = calls.iter().take_while(|call| machinery(call) || call.is_std()).count();
    if let Some(last) = calls[..among].iter().rposition(machinery) {
        calls.drain(..=last);
    }
}

fn is_panicking(name: &str) -> bool {
    PANICKING.iter().any(|part| name.starts_with(part))
        || name.ends_with("rust_begin_unwind")
        || name.contains("__rust_end_short_backtrace")
}

/// Drops what runs before `main`, or before the work of a thread or task. Something always stays.
fn trim_outside(calls: &mut Vec<Call<'_>>) {
    if let Some(start) = calls.iter().position(|call| call.name().contains(START))
        && start > 0
    {
        calls.truncate(start);
    }
    let starts = |call: &Call<'_>| STARTERS.contains(&call.root());
    if let Some(first) = calls.iter().rposition(|call| !starts(call)) {
        calls.truncate(first + 1);
    }
}

/// Drops the SDK's own functions between those of the user. Of a function that an attribute has wrapped the outer half
/// goes too: its body is a closure in it. Outermost first.
fn without_wrappers(calls: Vec<Call<'_>>) -> Vec<Call<'_>> {
    let mut kept: Vec<Call<'_>> = Vec::with_capacity(calls.len());
    let mut wrapped = false;
    for call in calls {
        if call.root() == SDK {
            wrapped |= call.is_wrapper();
            continue;
        }
        // The call of a closure goes through the standard library.
        if wrapped && call.is_glue() {
            continue;
        }
        if std::mem::take(&mut wrapped)
            && let Some(outer) = kept.last()
            && is_body_of(call.name(), outer.name())
        {
            kept.pop();
        }
        kept.push(call);
    }
    kept
}

fn is_body_of(inner: &str, outer: &str) -> bool {
    let (inner, outer) = (closures(inner), closures(outer));
    !outer.0.is_empty() && inner.0 == outer.0 && inner.1 > outer.1
}

impl Call<'_> {
    fn name(&self) -> &str {
        self.symbol.map_or("", |symbol| &symbol.name)
    }

    fn root(&self) -> &str {
        self.symbol.map_or("", |symbol| &symbol.root)
    }

    fn is_std(&self) -> bool {
        ["std", "core", "alloc"].contains(&self.root())
    }

    /// Whether it is between the attribute and the user's function.
    fn is_wrapper(&self) -> bool {
        let file = self.symbol.and_then(|symbol| symbol.file.as_deref()).unwrap_or_default();
        self.name().contains("::__private::") || file.contains("/private/")
    }

    /// Whether it only hands a call on.
    fn is_glue(&self) -> bool {
        self.name().contains("core::ops::function::Fn")
            || self.name().starts_with("<core::panic::unwind_safe::")
    }

    fn into_frame(self, images: &[DebugImage]) -> Native {
        let address = Addr::from(self.address);
        let image = images.iter().find(|image| image.holds(address));
        let mut frame = Frame {
            package: image.and_then(|image| image.code_file.clone()),
            image_addr: image.map(|image| image.image_addr),
            instruction_addr: Some(address),
            ..Frame::default()
        };
        let Some(symbol) = self.symbol else { return Native { frame, name: String::new() } };
        // A library's own, which is not Rust.
        let is_foreign = image.is_some() && image != images.first() && !symbol.name.contains("::");
        frame.in_app = is_foreign.then_some(false);
        let (module, function) = names::split(&symbol.name);
        frame.module = module.map(str::to_owned);
        if function != symbol.name {
            frame.symbol = Some(symbol.name.clone());
        }
        frame.function = Some(function);
        frame.symbol_addr = symbol.begin.map(Addr::from);
        frame.abs_path.clone_from(&symbol.file);
        frame.lineno = symbol.line.map(u64::from);
        frame.colno = symbol.column.map(u64::from);
        Native { frame, name: symbol.name.clone() }
    }
}
