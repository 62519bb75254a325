use crate::Broken;

/// Checks what the option `durable` says.
///
/// # Errors
///
/// When it is neither `errors` nor `nothing`.
pub fn durable(text: &str) -> Result<(), Broken> {
    match text {
        "errors" | "nothing" => Ok(()),
        _ => Err(Broken::new(format!("`durable` is `errors` or `nothing`, this is `{text}`"))),
    }
}
