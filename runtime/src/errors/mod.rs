//! Errors: what they are, the way they took, and that each is reported once.

mod calls;
mod chain;
mod event;
pub mod held;
pub mod kind;
mod known;
mod mailbox;
mod meaning;
mod native;
mod panic;
pub mod probe;
mod report;
mod route;
mod source;
mod type_name;
mod vars;

pub(crate) use calls::Frame;
pub(crate) use chain::{Cause, causes_of};
pub(crate) use event::of_causes;
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use event::of_seen;
pub use held::Held;
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use mailbox::AnsweredBy;
pub(crate) use mailbox::Mailbox;
pub use meaning::{Meaning, Registered, Report};
pub(crate) use native::{Own, Stack, complete, lacks_stack, list_images, set_program};
pub use native::{current_stacktrace, current_thread, debug_images};
pub(crate) use panic::{FlushesOnUnwind, event_of_panic, install_hook};
pub use panic::{message_from_panic_info, panic_handler};
pub use probe::{Returned, Seen};
pub(crate) use report::{Findings, Hop};
#[cfg(feature = "tracing")]
pub(crate) use report::{next_report, remember_reports};
pub(crate) use route::{Stash, capture_by_hand};
#[cfg(feature = "tracing")]
pub(crate) use route::{is_reported, is_told_again};
pub(crate) use type_name::UNKNOWN_TYPE;
pub use vars::{Primitive, Vars};
