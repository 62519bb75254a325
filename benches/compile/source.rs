//! The programs that are compiled.

use std::fmt::Write as _;

/// What is put on every function.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// On a function that cannot fail, and on one that returns a `Result`.
    attributes: [&'static str; 2],
}

/// The peer that all others are compared with.
pub(crate) const PLAIN: &str = "none";

pub(crate) const PEERS: [Peer; 5] = [
    Peer { name: PLAIN, attributes: ["", ""] },
    Peer { name: "monitored", attributes: ["#[sentry::monitored]"; 2] },
    Peer {
        name: "transaction",
        attributes: ["#[sentry::transaction(op = \"db.query\", tags(a = \"b\"))]"; 2],
    },
    Peer {
        name: "tracing",
        attributes: ["#[tracing::instrument(skip_all)]", "#[tracing::instrument(skip_all, err)]"],
    },
    Peer { name: "fastrace", attributes: ["#[fastrace::trace]"; 2] },
];

/// A kind of function.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    asynchronous: bool,
    fallible: bool,
}

/// What [`Shape::form`] may be.
pub(crate) const FORMS: [&str; 2] = ["sync", "async"];

pub(crate) const SHAPES: [Shape; 4] = [
    Shape { name: "sync, cannot fail", asynchronous: false, fallible: false },
    Shape { name: "sync, Result", asynchronous: false, fallible: true },
    Shape { name: "async, cannot fail", asynchronous: true, fallible: false },
    Shape { name: "async, Result", asynchronous: true, fallible: true },
];

/// What the functions of all programs call.
const COMMON: &str = "
#[derive(Debug)]
struct Failure;

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(\"failure\")
    }
}

impl std::error::Error for Failure {}

#[inline(never)]
fn step(number: u64, fails: u64) -> Result<u64, Failure> {
    if black_box(number) == fails { Err(Failure) } else { Ok(number) }
}
";

impl Shape {
    pub(crate) fn form(&self) -> &'static str {
        FORMS[usize::from(self.asynchronous)]
    }

    /// The program's name.
    pub(crate) fn program(&self, peer: &Peer, functions: usize) -> String {
        let end = if self.fallible { "result" } else { "value" };
        format!("{}_{}_{end}_{functions}", peer.name, self.form())
    }

    pub(crate) fn attribute(&self, peer: &Peer) -> &'static str {
        peer.attributes[usize::from(self.fallible)]
    }

    /// A program that calls each of its functions through a table, so that none is optimised away or into another.
    pub(crate) fn source(&self, peer: &Peer, functions: usize) -> String {
        let attribute = self.attribute(peer);
        let returned = if self.fallible { "Result<u64, Failure>" } else { "u64" };
        let (keyword, wait) = if self.asynchronous { ("async ", ".await") } else { ("", "") };
        let mut text = format!("#![allow(dead_code)]\nuse std::hint::black_box;\n{COMMON}");
        for number in 0..functions {
            let body = match (self.asynchronous, self.fallible) {
                (false, false) => format!("black_box(number) ^ {number}"),
                (false, true) => {
                    format!("let value = step(number, {number})?;\n    Ok(value ^ {number})")
                }
                (true, false) => {
                    format!("std::future::ready(black_box(number)){wait} ^ {number}")
                }
                (true, true) => {
                    format!(
                        "let value = std::future::ready(step(number, {number})){wait}?;\n    Ok(value ^ {number})"
                    )
                }
            };
            write!(
                text,
                "\n{attribute}\n{keyword}fn f{number}(number: u64) -> {returned} {{\n    {body}\n}}\n"
            )
            .expect("a string takes every text");
        }
        let (kind, end) = if self.asynchronous {
            (
                format!("std::pin::Pin<Box<dyn Future<Output = {returned}>>>"),
                "let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for f in black_box(TABLE) {
        let _ = black_box(f(black_box(1)).as_mut().poll(&mut context));
    }",
            )
        } else {
            (
                returned.to_owned(),
                "for f in black_box(TABLE) {\n        let _ = black_box(f(black_box(1)));\n    }",
            )
        };
        write!(text, "\nstatic TABLE: [fn(u64) -> {kind}; {functions}] = [")
            .expect("a string takes every text");
        for number in 0..functions {
            let entry =
                if self.asynchronous { format!("|n| Box::pin(f{number}(n))") } else { format!("f{number}") };
            write!(text, "{entry},").expect("a string takes every text");
        }
        write!(text, "];\n\nfn main() {{\n    {end}\n}}\n").expect("a string takes every text");
        text
    }
}
