//! Which requests carry the trace on.

use std::error::Error;
use std::fmt;

use regex_lite::Regex;

/// One entry of [`trace_propagation_targets`](crate::ClientOptions::trace_propagation_targets): a text that a URL
/// holds, or a regular expression that fits a part of it.
///
/// ```
/// use sentry::TracePropagationTarget;
///
/// let targets = ["localhost".into(), TracePropagationTarget::regex(r"^https://api\.shop\.example/v[2-4]/")?];
/// let options = sentry::ClientOptions::new().trace_propagation_targets(targets);
/// # Ok::<(), sentry::InvalidTargetError>(())
/// ```
#[derive(Clone)]
pub struct TracePropagationTarget(Kind);

#[derive(Clone)]
enum Kind {
    Part(String),
    Regex(Regex),
}

impl TracePropagationTarget {
    /// A regular expression, in the syntax of the crate [`regex-lite`](https://docs.rs/regex-lite). It has to fit some
    /// part of the URL, unless `^` and `$` say otherwise.
    ///
    /// # Errors
    /// When it is not one.
    pub fn regex(pattern: &str) -> Result<Self, InvalidTargetError> {
        Regex::new(pattern).map(|regex| Self(Kind::Regex(regex))).map_err(InvalidTargetError)
    }

    /// Whether requests to this URL carry the trace on.
    pub(crate) fn fits(&self, url: &str) -> bool {
        match &self.0 {
            Kind::Part(part) => url.contains(part.as_str()),
            Kind::Regex(regex) => regex.is_match(url),
        }
    }
}

impl fmt::Debug for TracePropagationTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Part(part) => part.fmt(f),
            Kind::Regex(regex) => write!(f, "/{regex}/"),
        }
    }
}

impl From<&str> for TracePropagationTarget {
    fn from(part: &str) -> Self {
        Self(Kind::Part(part.to_owned()))
    }
}

impl From<String> for TracePropagationTarget {
    fn from(part: String) -> Self {
        Self(Kind::Part(part))
    }
}

/// A text is not the regular expression that was asked for.
#[derive(Clone, Debug)]
pub struct InvalidTargetError(regex_lite::Error);

impl fmt::Display for InvalidTargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a regular expression: {}", self.0)
    }
}

impl Error for InvalidTargetError {}

#[cfg(test)]
mod tests {
    use super::TracePropagationTarget;

    /// The example of the specification.
    #[test]
    fn urls() {
        let regex = |pattern| TracePropagationTarget::regex(pattern).unwrap();
        let targets = ["localhost".into(), regex("^/"), regex("myApi.com/v[2-4]")];
        for (url, fits) in [
            ("localhost:8443/api/users", true),
            ("mylocalhost:8080/api/users", true),
            ("/api/envelopes", true),
            ("myApi.com/v2/projects", true),
            ("someHost.com/data", false),
            ("myApi.com/v1/projects", false),
        ] {
            assert_eq!(targets.iter().any(|target| target.fits(url)), fits, "{url}");
        }
        assert!(TracePropagationTarget::regex("(").is_err());
    }
}
