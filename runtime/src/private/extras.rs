//! What an attribute says of one call.

use std::fmt::{self, Display};

use super::value::Text;
use crate::callback;
use crate::privacy;
use crate::protocol::{User, Value};
use crate::trace::log;
use crate::trace::{Callsite, Datum, Notes};

/// What is computed from the arguments when the function is called.
#[derive(Debug, Default)]
pub struct Extras {
    /// There is no span that what is only for a span could be said of.
    spanless: bool,
    pub(super) notes: Notes,
    pub(super) user: Option<Box<User>>,
}

impl Extras {
    /// Of a call that begins here and now.
    #[inline]
    pub(super) fn of(callsite: &'static Callsite) -> Self {
        let spanless = log::with(|thread| thread.is_quiet(callsite));
        // In place: what is taken from a default is copied with all the room that it has.
        Self { spanless, notes: Notes::new(), user: None }
    }

    /// Whether what is only said of spans is to be computed: the name and the data.
    #[inline]
    pub fn has_span(&self) -> bool {
        !self.spanless
    }

    /// Runs the closure of the attribute; the user's `Display` may do anything.
    #[inline]
    pub(super) fn compute(&mut self, extras: impl FnOnce(&mut Self)) {
        callback::guarded("arguments of an attribute", || extras(self));
    }

    /// Adds a tag.
    pub fn tag<V: Text + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.notes.tag(key, value.text());
    }

    /// Adds data of the span.
    pub fn data(&mut self, key: &'static str, datum: Datum) {
        self.notes.datum(key, datum);
    }

    /// Adds a constant text to the data of the span.
    pub fn text(&mut self, key: &'static str, text: &'static str) {
        self.notes.datum(key, Datum::fixed(text));
    }

    /// Says what a database is asked, which names the span if nothing else does.
    pub fn statement<V: AsRef<str> + ?Sized>(&mut self, system: &str, statement: &V, names: bool) {
        let statement = privacy::scrub(system, statement.as_ref());
        if let Some(operation) = privacy::operation(&statement) {
            self.data("db.operation.name", Value::from(operation).into());
        }
        if names {
            self.notes.name(statement.clone());
        }
        self.data("db.query.text", Value::from(statement).into());
    }

    /// Says who is served: the user's id.
    pub fn user_id<V: Display + ?Sized>(&mut self, id: Option<&V>) {
        self.user_field(id, |user| &mut user.id);
    }

    /// Says who is served: the user's e-mail address.
    pub fn user_email<V: Display + ?Sized>(&mut self, email: Option<&V>) {
        self.user_field(email, |user| &mut user.email);
    }

    /// Says who is served: the user's login name.
    pub fn user_username<V: Display + ?Sized>(&mut self, username: Option<&V>) {
        self.user_field(username, |user| &mut user.username);
    }

    fn user_field<V: Display + ?Sized>(
        &mut self,
        value: Option<&V>,
        field: fn(&mut User) -> &mut Option<String>,
    ) {
        if let Some(value) = value {
            let text = value.to_string();
            *field(self.user.get_or_insert_default()) = Some(text);
        }
    }

    /// Names the call's span.
    pub fn name(&mut self, name: fmt::Arguments<'_>) {
        self.notes.name(name.to_string());
    }
}
