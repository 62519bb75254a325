//! What Sentry accepts, as pure functions.
//!
//! The same rules run twice: in the attribute macros, where a literal that Sentry would refuse is a compile error, and
//! in the runtime, where the value comes from the environment or from a variable. Hence no dependencies, no clock and
//! no I/O here.
//!
//! The limits were measured against Relay's own normaliser; a value that passes arrives as it was written.

mod broken;
mod compression;
mod cron;
mod dsn;
mod durable;
mod lifecycle;
mod names;
mod nearest;
mod ops;
mod rate;
mod sensitive;
mod session_mode;
mod tag;

pub use broken::Broken;
pub use compression::compression;
pub use cron::{
    Schedule, Unit, crontab, interval, monitor_minutes, monitor_slug, monitor_threshold, schedule, time_zone,
};
pub use dsn::{Dsn, Scheme, dsn};
pub use durable::durable;
pub use lifecycle::trace_lifecycle;
pub use names::{dist, environment, release};
pub use nearest::nearest;
pub use ops::{op, ops};
pub use rate::sample_rate;
pub use sensitive::is_sensitive;
pub use session_mode::session_mode;
pub use tag::{tag_key, tag_value, tidy_tag_key, tidy_tag_value};
