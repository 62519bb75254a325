use crate::Broken;

/// Checks what the option `trace_lifecycle` says.
///
/// # Errors
///
/// When it is neither `static` nor `stream`.
pub fn trace_lifecycle(text: &str) -> Result<(), Broken> {
    match text {
        "static" | "stream" => Ok(()),
        _ => Err(Broken::new(format!("`trace_lifecycle` is `static` or `stream`, this is `{text}`"))),
    }
}
