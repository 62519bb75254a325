use crate::Broken;

/// Checks what the option `compression` says.
///
/// # Errors
///
/// When it is none of `gzip`, `zstd` and `none`.
pub fn compression(text: &str) -> Result<(), Broken> {
    match text {
        "gzip" | "zstd" | "none" => Ok(()),
        _ => Err(Broken::new(format!("`compression` is `gzip`, `zstd` or `none`, this is `{text}`"))),
    }
}
