use std::fmt;

/// Who sends: the value of the `X-Sentry-Auth` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    pub(super) client: Option<String>,
    pub(super) key: String,
    pub(super) secret: Option<Secret>,
}

/// A text that no debug output shows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[Filtered]")
    }
}

impl Auth {
    /// The version of the protocol.
    pub fn version(&self) -> u16 {
        7
    }

    /// The key of the project.
    pub fn public_key(&self) -> &str {
        &self.key
    }

    /// The key that old servers ask for in addition.
    pub fn secret_key(&self) -> Option<&str> {
        self.secret.as_ref().map(|Secret(secret)| secret.as_str())
    }

    /// The name and version of the SDK.
    pub fn client_agent(&self) -> Option<&str> {
        self.client.as_deref()
    }
}

/// Displays as the value of the header.
impl fmt::Display for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sentry sentry_version={}", self.version())?;
        if let Some(client) = &self.client {
            write!(f, ", sentry_client={client}")?;
        }
        write!(f, ", sentry_key={}", self.key)?;
        if let Some(Secret(secret)) = &self.secret {
            write!(f, ", sentry_secret={secret}")?;
        }
        Ok(())
    }
}
