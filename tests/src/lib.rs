//! What the end-to-end tests are made of: a server on a real socket, a parser for what reaches it, the rules
//! that everything received must keep, and programs run as child processes.
//!
//! Nothing here shares code with the runtime: bytes are read by a second hand, so that a mistake in the
//! writer cannot hide behind the same mistake in the reader.

pub mod envelope;
pub mod failures;
pub mod folder;
pub mod json;
pub mod program;
pub mod received;
pub mod receiver;
pub mod rules;
pub mod source;

pub use folder::Folder;
pub use program::{Outcome, Program};
pub use received::{CheckIn, Event, Hop, Received, Span, Transaction};
pub use receiver::{Answer, Receiver};

/// A fixture of the calling package by the name of its binary, ready to run.
///
/// A macro because cargo tells the path of a binary to integration tests only, at compile time.
#[macro_export]
macro_rules! fixture {
    ($name:literal) => {
        $crate::Program::at(env!(concat!("CARGO_BIN_EXE_", $name)))
    };
}
