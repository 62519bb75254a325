use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::Broken;

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Unencrypted HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// The port that is meant when a DSN names none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// The parts of a DSN, as they were written: `scheme://public_key[:secret_key]@host[:port][path]/project_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dsn<'a> {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// The key that lets anyone send to the project.
    pub public_key: &'a str,
    /// The key that old servers ask for in addition.
    pub secret_key: Option<&'a str>,
    /// A name, an IPv4 address, or an IPv6 address with its brackets.
    pub host: &'a str,
    /// The port, when it was given.
    pub port: Option<u16>,
    /// What stands before the project: empty, or with a leading and without a trailing slash.
    pub path: &'a str,
    /// The project, usually digits.
    pub project_id: &'a str,
}

/// Splits a DSN into its parts.
///
/// # Errors
///
/// When a part is missing, or holds what no server could be reached by.
///
/// ```
/// let dsn = monitored_rules::dsn("https://key@sentry.example.com:9000/prefix/42").unwrap();
/// assert_eq!((dsn.port, dsn.path, dsn.project_id), (Some(9000), "/prefix", "42"));
///
/// let broken = monitored_rules::dsn("https://sentry.example.com/42").unwrap_err();
/// assert_eq!(broken.to_string(), "a DSN has a public key and an `@` before its host");
/// ```
pub fn dsn(text: &str) -> Result<Dsn<'_>, Broken> {
    if text.is_empty() {
        return Err(Broken::new("a DSN is not empty"));
    }
    if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic() || "\"<>\\^`{|}".contains(*c)) {
        return Err(Broken::new(format!("a DSN is a URL, {c:?} does not belong there")));
    }
    if let Some(c) = text.chars().find(|c| "?#".contains(*c)) {
        return Err(Broken::new(format!("a DSN ends with its project, it has no `{c}`")));
    }
    let (scheme, rest) = scheme(text)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some((keys, address)) = authority.rsplit_once('@') else {
        return Err(Broken::new("a DSN has a public key and an `@` before its host"));
    };
    let (public_key, secret_key) = split_keys(keys)?;
    let (host, port) = split_address(address)?;
    let (path, project_id) = split_path(path)?;
    Ok(Dsn { scheme, public_key, secret_key, host, port, path, project_id })
}

fn scheme(text: &str) -> Result<(Scheme, &str), Broken> {
    match text.split_once("://") {
        Some((word, rest)) if word.eq_ignore_ascii_case("https") => Ok((Scheme::Https, rest)),
        Some((word, rest)) if word.eq_ignore_ascii_case("http") => Ok((Scheme::Http, rest)),
        Some((word, _)) => {
            Err(Broken::new(format!("a DSN starts with `https://` or `http://`, not with `{word}://`")))
        }
        None => Err(Broken::new("a DSN starts with `https://` or `http://`")),
    }
}

fn split_keys(keys: &str) -> Result<(&str, Option<&str>), Broken> {
    let (public, secret) = match keys.split_once(':') {
        Some((public, secret)) => (public, Some(secret).filter(|secret| !secret.is_empty())),
        None => (keys, None),
    };
    if public.is_empty() {
        return Err(Broken::new("a DSN has a public key before its `@`, this one is empty"));
    }
    // Both travel in a header whose fields are separated by `,` and `=`.
    for (what, key) in [("public", public), ("secret", secret.unwrap_or_default())] {
        if let Some(c) = key.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.~%+".contains(*c))) {
            return Err(Broken::new(format!(
                "the {what} key of a DSN holds letters, digits, `-` and `_`, not `{c}`"
            )));
        }
    }
    Ok((public, secret))
}

fn split_address(address: &str) -> Result<(&str, Option<u16>), Broken> {
    let (host, port) = match address.rsplit_once(':') {
        // A colon inside the brackets belongs to the address.
        Some((host, port)) if !address.starts_with('[') || host.ends_with(']') => (host, Some(port)),
        _ => (address, None),
    };
    check_host(host)?;
    let Some(port) = port else { return Ok((host, None)) };
    match port.parse::<u16>() {
        // `+80` parses as a number, but no URL may say so.
        Ok(number) if number > 0 && port.bytes().all(|b| b.is_ascii_digit()) => Ok((host, Some(number))),
        _ => Err(Broken::new(format!("the port of a DSN is a number from 1 to 65535, not `{port}`"))),
    }
}

fn check_host(host: &str) -> Result<(), Broken> {
    if host.is_empty() {
        return Err(Broken::new("a DSN has a host after its `@`"));
    }
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').and_then(|inner| inner.parse::<Ipv6Addr>().ok());
        return match address {
            Some(_) => Ok(()),
            None => Err(Broken::new(format!("`{host}` is not an IPv6 address"))),
        };
    }
    if host.contains(':') {
        return Err(Broken::new(format!("an IPv6 host stands in brackets: `[{host}]`")));
    }
    if let Some(c) = host.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.".contains(*c))) {
        return Err(Broken::new(format!("the host of a DSN holds letters, digits, `-` and `.`, not `{c}`")));
    }
    let labels = host.strip_suffix('.').unwrap_or(host);
    if labels.split('.').any(str::is_empty) {
        return Err(Broken::new(format!("the host `{host}` has an empty part")));
    }
    // A URL whose host ends in a number is an IPv4 address or nothing.
    let last = labels.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|b| b.is_ascii_digit()) && labels.parse::<Ipv4Addr>().is_err() {
        return Err(Broken::new(format!("`{host}` is not an IPv4 address")));
    }
    Ok(())
}

/// `path` is all that follows the host.
fn split_path(path: &str) -> Result<(&str, &str), Broken> {
    let (prefix, project) = path.trim_end_matches('/').rsplit_once('/').unwrap_or_default();
    if project.is_empty() {
        return Err(Broken::new("a DSN ends with `/` and its project"));
    }
    if let Some(c) = project.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_".contains(*c))) {
        return Err(Broken::new(format!(
            "the project of a DSN holds digits, letters, `-` and `_`, not `{c}`"
        )));
    }
    Ok((prefix.trim_end_matches('/'), project))
}

#[cfg(test)]
mod tests {
    use super::{Dsn, Scheme, dsn};

    const PLAIN: Dsn<'static> = Dsn {
        scheme: Scheme::Https,
        public_key: "key",
        secret_key: None,
        host: "sentry.io",
        port: None,
        path: "",
        project_id: "1",
    };

    #[test]
    fn forms() {
        for (text, parts) in [
            ("https://key@sentry.io/1", PLAIN),
            ("HTTPS://key@sentry.io/1/", PLAIN),
            ("http://key@sentry.io/1", Dsn { scheme: Scheme::Http, ..PLAIN }),
            ("https://key:secret@sentry.io/1", Dsn { secret_key: Some("secret"), ..PLAIN }),
            ("https://key:@sentry.io/1", PLAIN),
            ("https://key@sentry.io:9000/1", Dsn { port: Some(9000), ..PLAIN }),
            ("https://key@sentry.io/a/1", Dsn { path: "/a", ..PLAIN }),
            ("https://key@sentry.io/a/b/c/1/", Dsn { path: "/a/b/c", ..PLAIN }),
            ("https://key@sentry.io//1", PLAIN),
            ("https://key@127.0.0.1:80/1", Dsn { host: "127.0.0.1", port: Some(80), ..PLAIN }),
            ("https://key@[::1]/1", Dsn { host: "[::1]", ..PLAIN }),
            (
                "https://key@[2001:db8::7]:8443/p/1",
                Dsn { host: "[2001:db8::7]", port: Some(8443), path: "/p", ..PLAIN },
            ),
            (
                "https://key@localhost/my-project_2",
                Dsn { host: "localhost", project_id: "my-project_2", ..PLAIN },
            ),
            (
                "https://k.e~y@o1.ingest.us.sentry.io/1",
                Dsn { public_key: "k.e~y", host: "o1.ingest.us.sentry.io", ..PLAIN },
            ),
        ] {
            assert_eq!(dsn(text), Ok(parts), "{text}");
        }
    }

    #[test]
    fn malformed() {
        for (text, message) in [
            ("", "a DSN is not empty"),
            ("key@sentry.io/1", "a DSN starts with `https://` or `http://`"),
            ("ftp://key@sentry.io/1", "a DSN starts with `https://` or `http://`, not with `ftp://`"),
            ("https://sentry.io/1", "a DSN has a public key and an `@` before its host"),
            ("https://@sentry.io/1", "a DSN has a public key before its `@`, this one is empty"),
            ("https://:secret@sentry.io/1", "a DSN has a public key before its `@`, this one is empty"),
            (
                "https://a,b@sentry.io/1",
                "the public key of a DSN holds letters, digits, `-` and `_`, not `,`",
            ),
            (
                "https://a:b=c@sentry.io/1",
                "the secret key of a DSN holds letters, digits, `-` and `_`, not `=`",
            ),
            (
                "https://a@b@sentry.io/1",
                "the public key of a DSN holds letters, digits, `-` and `_`, not `@`",
            ),
            ("https://key@/1", "a DSN has a host after its `@`"),
            ("https://key@:80/1", "a DSN has a host after its `@`"),
            ("https://key@sen!try.io/1", "the host of a DSN holds letters, digits, `-` and `.`, not `!`"),
            ("https://key@sentry..io/1", "the host `sentry..io` has an empty part"),
            ("https://key@1.2.3.999/1", "`1.2.3.999` is not an IPv4 address"),
            ("https://key@[::1/1", "`[::1` is not an IPv6 address"),
            ("https://key@[::zz]/1", "`[::zz]` is not an IPv6 address"),
            ("https://key@::1:80/1", "an IPv6 host stands in brackets: `[::1]`"),
            ("https://key@sentry.io:/1", "the port of a DSN is a number from 1 to 65535, not ``"),
            ("https://key@sentry.io:0/1", "the port of a DSN is a number from 1 to 65535, not `0`"),
            ("https://key@sentry.io:+80/1", "the port of a DSN is a number from 1 to 65535, not `+80`"),
            ("https://key@sentry.io:65536/1", "the port of a DSN is a number from 1 to 65535, not `65536`"),
            ("https://key@sentry.io", "a DSN ends with `/` and its project"),
            ("https://key@sentry.io/", "a DSN ends with `/` and its project"),
            ("https://key@sentry.io/a:b", "the project of a DSN holds digits, letters, `-` and `_`, not `:`"),
            ("https://key@sentry.io/1?x=1", "a DSN ends with its project, it has no `?`"),
            ("https://key@sentry.io/1#x", "a DSN ends with its project, it has no `#`"),
            ("https://key@sentry.io/1 ", "a DSN is a URL, ' ' does not belong there"),
            ("https://key@sentry.io/1\n", r"a DSN is a URL, '\n' does not belong there"),
            ("https://kéy@sentry.io/1", "a DSN is a URL, 'é' does not belong there"),
        ] {
            let found = dsn(text).map_err(|broken| broken.to_string());
            assert_eq!(found, Err(message.to_owned()), "{text}");
        }
    }
}
