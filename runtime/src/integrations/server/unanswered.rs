//! Services that fail without an answer.

use std::any::{Any, type_name};
use std::error::Error;
use std::fmt::Display;

use super::{Serving, of_text};
use crate::callback;
use crate::errors::{AnsweredBy, Seen, of_seen};
use crate::protocol::{SessionStatus, SpanStatus};

impl Serving {
    /// The service has failed without an answer.
    pub(in crate::integrations) fn failed<E: Display + 'static>(&mut self, error: &E) {
        let boxed = (error as &dyn Any).downcast_ref::<Box<dyn Error + Send + Sync>>();
        let failure = boxed.map(|boxed| Seen::of_kept(type_name::<E>(), &**boxed));
        let mechanism = self.mechanism();
        let text = match failure {
            Some(_) => String::new(),
            None => callback::guarded("the text of an error", || error.to_string()).unwrap_or_default(),
        };
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

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::sync::Arc;

    use super::super::{Head, Line, Settings};
    use super::*;

    struct Mute;

    impl Display for Mute {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("it has no words")
        }
    }

    #[test]
    fn an_error_that_panics_when_it_is_shown_is_captured_by_its_name() {
        let events = crate::test::with_captured_events(|| {
            let settings = Arc::new(Settings::new("auto.http.tower"));
            let serving = Serving::begin(&settings, || Head::new(&Line::default(), None));
            serving.expect("a client is active").failed(&Mute);
        });
        let names: Vec<_> =
            events.iter().flat_map(|event| &event.exception.values).map(|it| it.ty.as_str()).collect();
        assert_eq!(names, ["Mute"]);
    }
}
