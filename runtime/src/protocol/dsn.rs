use std::error::Error;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

pub use monitored_rules::Scheme;

use super::auth::Secret;
use super::text::travels_as_text;
use super::{Auth, Url};

/// Where events go: `https://public_key@host/project_id`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dsn {
    scheme: Scheme,
    public_key: String,
    secret_key: Option<Secret>,
    host: String,
    port: Option<u16>,
    /// Begins and ends with a slash, and may be just that.
    path: String,
    project_id: ProjectId,
    /// Made once, so that asking for it cannot fail.
    envelope_url: Url,
}

impl Dsn {
    /// What to say in the `X-Sentry-Auth` header; `client_agent` is the SDK's name and version.
    pub fn to_auth(&self, client_agent: Option<&str>) -> Auth {
        Auth {
            client: client_agent.map(str::to_owned),
            key: self.public_key.clone(),
            secret: self.secret_key.clone(),
        }
    }

    /// The address that envelopes are posted to.
    pub fn envelope_api_url(&self) -> Url {
        self.envelope_url.clone()
    }

    /// HTTP or HTTPS.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The key of the project.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The key that old servers ask for in addition.
    pub fn secret_key(&self) -> Option<&str> {
        self.secret_key.as_ref().map(|Secret(secret)| secret.as_str())
    }

    /// The host; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, also when it is only implied.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.scheme.default_port())
    }

    /// What stands between the host and the project; begins and ends with a slash.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The project.
    pub fn project_id(&self) -> &ProjectId {
        &self.project_id
    }

    /// The organization, which the hosts of sentry.io say in front: `o123.ingest.sentry.io`.
    pub fn org_id(&self) -> Option<OrganizationId> {
        let (label, _) = self.host.split_once('.')?;
        let digits = label.strip_prefix(['o', 'O'])?;
        // `parse` alone would take a sign.
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    }
}

impl FromStr for Dsn {
    type Err = ParseDsnError;

    fn from_str(text: &str) -> Result<Self, ParseDsnError> {
        let parts =
            monitored_rules::dsn(text).map_err(|broken| ParseDsnError { rule: broken.to_string() })?;
        let port = parts.port.map(|port| format!(":{port}")).unwrap_or_default();
        let (host, path, project) = (parts.host, parts.path, parts.project_id);
        let envelope_url =
            Url::parse(&format!("{}://{host}{port}{path}/api/{project}/envelope/", parts.scheme))
                .map_err(|error| ParseDsnError { rule: format!("`{host}` is not a host: {error}") })?;
        Ok(Self {
            scheme: parts.scheme,
            public_key: parts.public_key.to_owned(),
            secret_key: parts.secret_key.map(|secret| Secret(secret.to_owned())),
            host: host.to_owned(),
            port: parts.port,
            path: format!("{path}/"),
            project_id: ProjectId::new(project),
            envelope_url,
        })
    }
}

impl TryFrom<&str> for Dsn {
    type Error = ParseDsnError;

    fn try_from(text: &str) -> Result<Self, ParseDsnError> {
        text.parse()
    }
}

impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.public_key)?;
        if let Some(Secret(secret)) = &self.secret_key {
            write!(f, ":{secret}")?;
        }
        write!(f, "@{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        write!(f, "{}{}", self.path, self.project_id)
    }
}

travels_as_text!(Dsn);

/// A text is not a DSN; displays as the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDsnError {
    rule: String,
}

impl fmt::Display for ParseDsnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)
    }
}

impl Error for ParseDsnError {}

/// The project that events belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectId(String);

impl ProjectId {
    /// The project of that id, taken as it is.
    pub fn new(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// The id.
    pub fn value(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The organization that a project belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OrganizationId(u64);

impl From<u64> for OrganizationId {
    fn from(id: u64) -> Self {
        Self(id)
    }
}

impl FromStr for OrganizationId {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for (text, url) in [
            ("https://key@sentry.io/42", "https://sentry.io/api/42/envelope/"),
            ("https://key@sentry.io:443/42", "https://sentry.io/api/42/envelope/"),
            ("http://key@sentry.io:443/42", "http://sentry.io:443/api/42/envelope/"),
            ("http://key:secret@localhost:8000/a/b/42/", "http://localhost:8000/a/b/api/42/envelope/"),
            ("http://key@127.0.0.1:8000/42", "http://127.0.0.1:8000/api/42/envelope/"),
            ("https://key@[::1]:9000/p/42", "https://[::1]:9000/p/api/42/envelope/"),
            ("HTTPS://key@Sentry.IO/42", "https://sentry.io/api/42/envelope/"),
        ] {
            let dsn: Dsn = text.parse().unwrap();
            assert_eq!(dsn.envelope_api_url().as_str(), url, "{text}");
        }
    }

    #[test]
    fn parts() {
        let dsn: Dsn = "https://key:secret@o123.ingest.us.sentry.io:8443/a/b/42".parse().unwrap();
        assert_eq!(dsn.scheme(), Scheme::Https);
        assert_eq!(dsn.public_key(), "key");
        assert_eq!(dsn.secret_key(), Some("secret"));
        assert_eq!(dsn.host(), "o123.ingest.us.sentry.io");
        assert_eq!(dsn.port(), 8443);
        assert_eq!(dsn.path(), "/a/b/");
        assert_eq!(dsn.project_id().value(), "42");
        assert_eq!(dsn.org_id(), Some(123.into()));

        let plain: Dsn = "http://key@[::1]/42".parse().unwrap();
        assert_eq!((plain.host(), plain.port(), plain.path()), ("[::1]", 80, "/"));
        assert_eq!((plain.secret_key(), plain.org_id()), (None, None));
    }

    #[test]
    fn organizations() {
        for (host, org) in [
            ("o7.ingest.sentry.io", Some(7)),
            ("O7.ingest.sentry.io", Some(7)),
            ("o7.example.com", Some(7)),
            ("o7", None),
            ("o.example.com", None),
            ("o7x.example.com", None),
            ("org7.example.com", None),
            ("o99999999999999999999.example.com", None),
        ] {
            let dsn: Dsn = format!("https://key@{host}/1").parse().unwrap();
            assert_eq!(dsn.org_id(), org.map(OrganizationId), "{host}");
        }
    }

    #[test]
    fn display_reads_back() {
        for text in [
            "https://key@sentry.io/42",
            "https://key:secret@sentry.io:9000/a/b/42",
            "http://key@[2001:db8::1]:9000/42",
        ] {
            let dsn: Dsn = text.parse().unwrap();
            assert_eq!(dsn.to_string(), text);
            assert_eq!(serde_json::to_string(&dsn).unwrap(), format!("{text:?}"));
        }
    }

    #[test]
    fn malformed() {
        for (text, message) in [
            ("", "a DSN is not empty"),
            ("https://sentry.io/42", "a DSN has a public key and an `@` before its host"),
            ("https://key@sentry.io:99999/42", "the port of a DSN is a number from 1 to 65535, not `99999`"),
            ("https://key@xn--a/42", "`xn--a` is not a host: invalid international domain name"),
        ] {
            assert_eq!(text.parse::<Dsn>().unwrap_err().to_string(), message, "{text}");
            assert_eq!(Dsn::try_from(text).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn auth() {
        let dsn: Dsn = "https://key@sentry.io/42".parse().unwrap();
        assert_eq!(
            dsn.to_auth(Some("monitored.rust/0.1.0")).to_string(),
            "Sentry sentry_version=7, sentry_client=monitored.rust/0.1.0, sentry_key=key"
        );
        let secret: Dsn = "https://key:hush@sentry.io/42".parse().unwrap();
        assert_eq!(
            secret.to_auth(None).to_string(),
            "Sentry sentry_version=7, sentry_key=key, sentry_secret=hush"
        );
    }
}
