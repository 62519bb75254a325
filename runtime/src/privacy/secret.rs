//! A value that is never shown.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::FILTERED;

/// A value that is never shown: [`Debug`], [`Display`](fmt::Display) and [`Serialize`] write `[Filtered]`, whatever it is.
///
/// As an argument, in a struct that is logged, or in an error's text, it does not leave the process by this SDK, nor by any
/// other that formats it. Only [`expose`](Self::expose) and [`into_inner`](Self::into_inner) give the value. It can be
/// deserialised, as from a configuration file. The memory is not wiped.
///
/// ```
/// use sentry::Secret;
///
/// #[derive(Debug)]
/// struct Login {
///     name: String,
///     pin: Secret<u32>,
/// }
///
/// let login = Login { name: "ada".into(), pin: Secret::new(4711) };
/// assert_eq!(format!("{login:?}"), r#"Login { name: "ada", pin: [Filtered] }"#);
/// assert_eq!(*login.pin.expose(), 4711);
/// ```
///
/// Source: Sentry's SDK documentation, "Data scrubbing".
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Keeps a value from being shown.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FILTERED)
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(FILTERED)
    }
}

impl<T> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(FILTERED)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn only_who_asks_sees_it() {
        let secret: Secret<String> = serde_json::from_str("\"hunter2\"").unwrap();
        for text in [format!("{secret}"), format!("{secret:?}"), format!("{secret:#?}")] {
            assert_eq!(text, "[Filtered]");
        }
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"[Filtered]\"");
        assert_eq!((secret.expose().as_str(), secret.clone().into_inner().as_str()), ("hunter2", "hunter2"));
    }
}
