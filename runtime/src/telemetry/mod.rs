//! Logs, metrics and sessions between their capture and delivery: what is gathered, and how much of it. Pure: no clock,
//! no lock that is held while others are called, no socket.

mod batch;
mod session;
mod tally;

use std::borrow::Cow;

pub(crate) use batch::{Batch, Kind, MOST_WAITING};
pub(crate) use session::{Judge, Session, Slot, distinct_id_of};
pub(crate) use tally::Tally;

use crate::protocol::SessionAttributes;

/// What a client takes of logs, metrics and sessions.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Telemetry {
    pub(crate) logs: bool,
    pub(crate) metrics: bool,
    /// Whether metrics say whom they are about.
    pub(crate) pii: bool,
    pub(crate) mode: SessionMode,
    /// Whether sessions start and end by themselves, if they are requests to a server.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) requests: bool,
    /// Without a release there are no sessions.
    pub(crate) release: Option<Cow<'static, str>>,
    pub(crate) environment: Option<Cow<'static, str>>,
}

impl Telemetry {
    /// Whether each request to a server is a session.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn counts_requests(&self) -> bool {
        self.requests && self.mode == SessionMode::Request && self.release.is_some()
    }

    /// What is true of all sessions; `None` if there are none.
    pub(crate) fn of_sessions(&self) -> Option<SessionAttributes<'static>> {
        Some(SessionAttributes {
            release: self.release.clone()?,
            environment: self.environment.clone(),
            ip_address: None,
            user_agent: None,
        })
    }
}

/// What a session is.
///
/// Source: Sentry's SDK documentation, "Sessions: SDK considerations".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionMode {
    /// One run of a program, or what a user does with it in one go. Each is sent on its own.
    #[default]
    Application,
    /// One request to a server. They are counted by the minute, and the counts are sent.
    Request,
}
