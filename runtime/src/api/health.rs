//! How healthy a release is, and what its users say.

use crate::protocol::{Feedback, SessionStatus, Uuid};
use crate::scope::{self, Item, Snapshot};

/// Starts a session: one request to a server or one run of a program, as
/// [`session_mode`](crate::ClientOptions::session_mode) says. One that there is ends.
///
/// It belongs to the isolation scope, and with it to the tasks and threads that the work is handed on to. Errors that
/// they capture count for it; an error that nothing handled, such as a panic, makes it a crashed one. Without a release
/// there are no sessions.
///
/// ```
/// sentry::start_session();
/// sentry::capture_message("no error", sentry::Level::Warning);
/// sentry::end_session();
/// ```
///
/// Source: Sentry's SDK documentation, "Sessions".
pub fn start_session() {
    scope::start_session();
}

/// Ends the session as it should end: healthy, or with errors if there were any.
pub fn end_session() {
    end_session_with_status(SessionStatus::Exited);
}

/// Ends the session with a status. That it has crashed, and whether there were errors, the SDK finds out by itself;
/// [`SessionStatus::Abnormal`] is what only the program can know.
pub fn end_session_with_status(status: SessionStatus) {
    scope::end_session(status);
}

/// Captures what a user says. Returns the id by which Sentry knows it, or the nil id if no client is active.
///
/// Scopes and event processors apply; `before_send` and rates do not. Without a message nothing is captured.
///
/// ```
/// use sentry::protocol::Feedback;
///
/// let event = sentry::capture_message("checkout failed", sentry::Level::Error);
/// sentry::capture_feedback(Feedback {
///     message: "the button does nothing".into(),
///     associated_event_id: Some(event),
///     ..Default::default()
/// });
/// ```
///
/// Source: Sentry's SDK documentation, "User feedback".
pub fn capture_feedback(feedback: Feedback) -> Uuid {
    let Some(host) = scope::host().filter(|_| !feedback.message.is_empty()) else { return Uuid::nil() };
    let event_id = Uuid::new_v4();
    let mut event = Box::new(feedback.into_event());
    event.event_id = event_id;
    if host.accept(Item::Feedback { event, scopes: Box::new(Snapshot::take()) }) {
        event_id
    } else {
        Uuid::nil()
    }
}
