//! What is left out of the JSON.

use super::Stacktrace;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference to the field")]
pub(super) fn is_false(value: &bool) -> bool {
    !value
}

/// Absent, or present without saying anything.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(super) fn is_blank<T: Default + PartialEq>(value: &Option<T>) -> bool {
    value.as_ref().is_none_or(|value| *value == T::default())
}

/// A stack trace without frames is an error to the server.
#[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
pub(super) fn is_frameless(stacktrace: &Option<Stacktrace>) -> bool {
    stacktrace.as_ref().is_none_or(|stacktrace| stacktrace.frames.is_empty())
}
