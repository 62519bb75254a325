//! What users say.

use super::{Context, Event, Level, Map, Uuid, Value};

/// Characters of a message that Sentry takes.
const LONGEST: usize = 4096;

/// What a user says of the program, for [`capture_feedback`](crate::capture_feedback).
///
/// Source: Sentry's SDK documentation, "User feedback".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// What the user has written; at most 4,096 characters of it are sent.
    pub message: String,
    /// The user's e-mail address.
    pub contact_email: Option<String>,
    /// The user's name.
    pub name: Option<String>,
    /// Where the user was.
    pub url: Option<String>,
    /// The event that it is about, as [`last_event_id`](crate::last_event_id) tells it.
    pub associated_event_id: Option<Uuid>,
}

impl Feedback {
    /// The event that carries it.
    pub(crate) fn into_event(self) -> Event<'static> {
        let end = self.message.char_indices().nth(LONGEST).map_or(self.message.len(), |(at, _)| at);
        let mut fields = Map::from([("message".to_owned(), Value::from(&self.message[..end]))]);
        for (key, value) in [
            ("contact_email", self.contact_email),
            ("name", self.name),
            ("url", self.url),
            ("associated_event_id", self.associated_event_id.map(|id| id.simple().to_string())),
        ] {
            fields.extend(value.map(|value| (key.to_owned(), Value::from(value))));
        }
        let contexts = Map::from([("feedback".to_owned(), Context::Other(fields))]);
        Event { level: Level::Info, contexts, ..Event::default() }
    }
}
