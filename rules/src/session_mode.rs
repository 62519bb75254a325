//! What a session is.

use crate::Broken;

/// Checks the word for what a session is.
///
/// # Errors
///
/// When it is neither `application` nor `request`.
pub fn session_mode(text: &str) -> Result<(), Broken> {
    match text {
        "application" | "request" => Ok(()),
        _ => Err(Broken::new(format!("`session_mode` is `application` or `request`, this is `{text}`"))),
    }
}
