use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::text::travels_as_text;

/// How bad something is, mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Of interest to those who look for a fault.
    Debug,
    /// Something happened.
    #[default]
    Info,
    /// Something is not as it should be.
    Warning,
    /// Something failed.
    Error,
    /// The program, or a thread of it, cannot go on.
    Fatal,
}

impl Level {
    /// Whether this is [`Level::Debug`].
    pub fn is_debug(&self) -> bool {
        *self == Self::Debug
    }

    /// Whether this is [`Level::Info`].
    pub fn is_info(&self) -> bool {
        *self == Self::Info
    }

    /// Whether this is [`Level::Warning`].
    pub fn is_warning(&self) -> bool {
        *self == Self::Warning
    }

    /// Whether this is [`Level::Error`].
    pub fn is_error(&self) -> bool {
        *self == Self::Error
    }

    /// Whether this is [`Level::Fatal`].
    pub fn is_fatal(&self) -> bool {
        *self == Self::Fatal
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        })
    }
}

/// Reads the names of the protocol, and `warn` and `log`, which other systems use.
impl FromStr for Level {
    type Err = ParseLevelError;

    fn from_str(text: &str) -> Result<Self, ParseLevelError> {
        Ok(match text {
            "debug" => Self::Debug,
            "info" | "log" => Self::Info,
            "warning" | "warn" => Self::Warning,
            "error" => Self::Error,
            "fatal" => Self::Fatal,
            _ => return Err(ParseLevelError),
        })
    }
}

travels_as_text!(Level);

/// A text is not the name of a [`Level`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseLevelError;

impl fmt::Display for ParseLevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a level is `debug`, `info`, `warning`, `error` or `fatal`")
    }
}

impl Error for ParseLevelError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (text, level) in [
            ("debug", Level::Debug),
            ("info", Level::Info),
            ("warning", Level::Warning),
            ("error", Level::Error),
            ("fatal", Level::Fatal),
        ] {
            assert_eq!(text.parse(), Ok(level));
            assert_eq!(level.to_string(), text);
            assert_eq!(serde_json::to_string(&level).unwrap(), format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Level>(&format!("{text:?}")).unwrap(), level);
        }
        assert_eq!("warn".parse(), Ok(Level::Warning));
        assert_eq!("log".parse(), Ok(Level::Info));
        assert_eq!("Error".parse::<Level>(), Err(ParseLevelError));
        assert!(Level::Debug < Level::Fatal);
    }
}
