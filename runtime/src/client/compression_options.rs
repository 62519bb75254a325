//! The option of what requests are compressed with.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use super::options::ClientOptions;
use crate::delivery::Compression;

/// A text is not one that `compression` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseCompressionError {
    rule: monitored_rules::Broken,
}

impl Display for ParseCompressionError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

impl std::error::Error for ParseCompressionError {}

impl FromStr for Compression {
    type Err = ParseCompressionError;

    /// Reads `gzip`, `zstd` or `none`.
    fn from_str(text: &str) -> Result<Self, ParseCompressionError> {
        monitored_rules::compression(text).map_err(|rule| ParseCompressionError { rule })?;
        Ok(match text {
            "zstd" => Self::Zstd,
            "none" => Self::None,
            _ => Self::Gzip,
        })
    }
}

impl TryFrom<&str> for Compression {
    type Error = ParseCompressionError;

    fn try_from(text: &str) -> Result<Self, ParseCompressionError> {
        text.parse()
    }
}

impl ClientOptions {
    /// Sets what requests are compressed with: a [`Compression`], or its name, `"gzip"`, `"zstd"` or `"none"`. Another text
    /// is ignored, with a line in the debug log. The default is gzip, which every server takes.
    ///
    /// What is smaller than two kilobytes is sent as it is. `"zstd"` needs the feature `zstd`, and without it is gzip.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().compression("none");
    /// assert_eq!(options.compression, sentry::Compression::None);
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Transport: compression".
    pub fn compression<T>(mut self, compression: T) -> Self
    where
        T: TryInto<Compression>,
        T::Error: Display,
    {
        match compression.try_into() {
            Ok(compression) => self.compression = compression,
            Err(error) => self.problems.push(format!("`compression` is ignored: {error}")),
        }
        self.written.push("compression");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_name_or_by_value() {
        let options = ClientOptions::new().compression("zstd");
        assert_eq!((options.compression, options.problems.len()), (Compression::Zstd, 0));
        let options = ClientOptions::new().compression(Compression::None).compression("brotli");
        assert_eq!((options.compression, options.problems.len()), (Compression::None, 1));
    }
}
