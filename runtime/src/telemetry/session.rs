//! One session: how it goes is noted while events come by, and told when nothing that belongs to it is under way any more.
//!
//! An event is seen on the delivery thread, after the session may have ended where it was started. So each event holds on
//! to its session, and the session is settled when the last one lets go.
//!
//! Source: Sentry's SDK documentation, "Sessions".

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use super::{Batch, SessionMode};
use crate::protocol::{Event, Exception, Level, SessionAttributes, SessionStatus, SessionUpdate, User, Uuid};
use crate::trace::FUNCTION;

/// Where updates go.
type Sink = Box<dyn Fn(Batch) + Send + Sync>;

/// What is captured unhandled by these, or by functions, leaves the program running: a server has answered with it.
const ANSWERED: [&str; 2] = ["auto.http.", "auto.grpc."];

/// Who knows how a session goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judge {
    /// Nobody but the events: what nothing handled has ended a request.
    Events,
    /// A server, which sees the answer: an error that was answered with has not ended the request.
    #[cfg(any(feature = "actix", feature = "tower"))]
    Server,
}

/// One session.
pub(crate) struct Session {
    mode: SessionMode,
    judge: Judge,
    sink: Sink,
    state: Mutex<State>,
}

struct State {
    update: SessionUpdate<'static>,
    began: Instant,
    /// What is known has not been told.
    dirty: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) fn new(
        mode: SessionMode,
        judge: Judge,
        attributes: SessionAttributes<'static>,
        distinct_id: Option<String>,
        sink: Sink,
    ) -> Self {
        let update = SessionUpdate {
            session_id: Uuid::new_v4(),
            started: SystemTime::now(),
            ..begun(attributes, distinct_id)
        };
        Self { mode, judge, sink, state: Mutex::new(State { update, began: Instant::now(), dirty: true }) }
    }

    /// What is told of a request in which nothing happened that a session would be for.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn uneventful(
        attributes: SessionAttributes<'static>,
        distinct_id: Option<String>,
        started: SystemTime,
    ) -> Batch {
        let update =
            SessionUpdate { started, status: SessionStatus::Exited, ..begun(attributes, distinct_id) };
        Batch::counted(update)
    }

    /// Takes note of an event that is sent, or would be but for a rate.
    pub(crate) fn observe(&self, event: &Event<'_>) {
        let is_message = event.message.is_some() || event.logentry.is_some();
        let errors = &event.exception.values;
        if errors.is_empty() && (is_message || event.level < Level::Error) {
            return;
        }
        let answered = |ty: &str| ty == FUNCTION || ANSWERED.iter().any(|origin| ty.starts_with(origin));
        let mechanism = |it: &Exception| it.mechanism.as_ref().map(|it| (it.handled, answered(&it.ty)));
        // The last one is what was captured, the others are its causes.
        let captured = errors.last().and_then(mechanism);
        let crashed = match captured {
            // A program goes on when an error has left all attributed functions; a request does if a server answers it.
            Some((Some(false), true)) => self.mode == SessionMode::Request && self.judge == Judge::Events,
            Some((Some(false), false)) => true,
            _ => false,
        };
        let mut state = self.lock();
        if matches!(state.update.status, SessionStatus::Crashed) {
            return;
        }
        let goes_on = state.update.status == SessionStatus::Ok;
        state.update.errors += 1;
        state.dirty = true;
        state.belongs_to(distinct_id_of(event.user.as_ref()));
        if crashed {
            state.update.status = SessionStatus::Crashed;
            state.time();
        }
        // Of one that has ended, there is one last word.
        if self.mode == SessionMode::Application && goes_on {
            // What ends the process leaves no time for more.
            let update = state.tell();
            drop(state);
            (self.sink)(Batch::Updates(vec![update]));
        }
    }

    /// It has ended like this. Events of it may still be under way; a crash among them is stronger.
    fn end(&self, status: SessionStatus, distinct_id: Option<String>) {
        let mut state = self.lock();
        state.belongs_to(distinct_id);
        if state.update.status == SessionStatus::Ok {
            state.update.status = if status == SessionStatus::Ok { SessionStatus::Exited } else { status };
            if status == SessionStatus::Crashed {
                // Nobody need have captured what the program says of itself.
                state.update.errors = state.update.errors.max(1);
            }
            state.dirty = true;
            state.time();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session that begins, before it is known when, and which.
fn begun(attributes: SessionAttributes<'static>, distinct_id: Option<String>) -> SessionUpdate<'static> {
    SessionUpdate {
        session_id: Uuid::nil(),
        distinct_id,
        sequence: None,
        timestamp: None,
        started: SystemTime::UNIX_EPOCH,
        init: true,
        duration: None,
        status: SessionStatus::Ok,
        errors: 0,
        attributes,
    }
}

/// Whose session it is.
pub(crate) fn distinct_id_of(user: Option<&User>) -> Option<String> {
    let User { id, email, username, .. } = user?;
    id.as_ref().or(email.as_ref()).or(username.as_ref()).cloned()
}

impl State {
    /// It turns out whose it is, which can be told once.
    fn belongs_to(&mut self, distinct_id: Option<String>) {
        if self.update.init && self.update.distinct_id.is_none() {
            self.update.distinct_id = distinct_id;
        }
    }

    /// Notes how long it took.
    fn time(&mut self) {
        self.update.duration = Some(self.began.elapsed().as_secs_f64());
    }

    fn tell(&mut self) -> SessionUpdate<'static> {
        self.dirty = false;
        let told = self.update.clone();
        self.update.init = false;
        told
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end(SessionStatus::Exited, None);
        let mut state = self.lock();
        if !state.dirty {
            return;
        }
        let update = state.tell();
        drop(state);
        (self.sink)(match self.mode {
            SessionMode::Request if update.init => Batch::counted(update),
            SessionMode::Request | SessionMode::Application => Batch::Updates(vec![update]),
        });
    }
}

/// The place of a session in a scope. All copies of the scope have the same session, until it ends for all of them.
#[derive(Clone, Debug)]
pub(crate) struct Slot(Arc<Mutex<Option<Arc<Session>>>>);

impl Slot {
    pub(crate) fn new(session: Session) -> Self {
        Self(Arc::new(Mutex::new(Some(Arc::new(session)))))
    }

    /// The session, if it has not ended.
    pub(crate) fn session(&self) -> Option<Arc<Session>> {
        self.lock().clone()
    }

    /// Ends the session, if it has not.
    pub(crate) fn end(&self, status: SessionStatus, distinct_id: Option<String>) {
        let session = mem::take(&mut *self.lock());
        if let Some(session) = session {
            session.end(status, distinct_id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
