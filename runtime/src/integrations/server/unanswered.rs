//! Services that fail without an answer.

use std::any::{Any, type_name};
use std::error::Error;
use std::fmt::Display;

use super::{Serving, of_text};
use crate::errors::{AnsweredBy, Seen, of_seen};
use crate::protocol::{SessionStatus, SpanStatus};

impl Serving {
    /// The service has failed without an answer.
    pub(in crate::integrations) fn failed<E: Display + 'static>(&mut self, error: &E) {
        let boxed = (error as &dyn Any).downcast_ref::<Box<dyn Error + Send + Sync>>();
        let failure = boxed.map(|boxed| Seen::of_kept(type_name::<E>(), &**boxed));
        let mechanism = self.mechanism();
        let text = if failure.is_some() { String::new() } else { error.to_string() };
        let by = failure.map_or(AnsweredBy::Text(&text), AnsweredBy::Error);
        if !self.mailbox.answered(by, false) {
            self.capture(match failure {
                Some(failure) => of_seen(failure, mechanism),
                None => Some(of_text(short_name::<E>(), text, mechanism)),
            });
        }
        self.end_session(SessionStatus::Crashed);
        self.end(Some(SpanStatus::InternalError), None);
    }
}

fn short_name<E>() -> String {
    let name = type_name::<E>();
    name.rsplit("::").next().unwrap_or(name).to_owned()
}
