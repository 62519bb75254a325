//! What an SDK must keep to when it sends (spec: protocol 3.1 to 3.5 and 3.9), checked on everything received.

mod check_in;
mod envelope;
mod event;
mod exception;
mod forms;
mod request;
mod schema;
mod telemetry;
mod transaction;

use std::fmt::Display;
use std::net::SocketAddr;
use std::time::SystemTime;

use serde_json::{Map, Value};

use crate::envelope::Envelope;
use crate::receiver::Request;

/// Where envelopes should go: the parts of the DSN that the program was given.
#[derive(Clone, Debug)]
pub struct Target {
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub host: String,
    /// What stands before `/api/`; empty or with a leading slash.
    pub prefix: String,
    /// The DSN's key.
    pub public_key: String,
    /// The DSN's secret, when it has one.
    pub secret_key: Option<String>,
    /// The DSN's last segment.
    pub project: String,
}

impl Target {
    /// A project on a server of this address.
    pub fn local(address: SocketAddr) -> Self {
        Self {
            scheme: "http".to_owned(),
            host: address.to_string(),
            prefix: String::new(),
            public_key: "0123456789abcdef0123456789abcdef".to_owned(),
            secret_key: None,
            project: "42".to_owned(),
        }
    }

    /// The DSN with these parts.
    pub fn dsn(&self) -> String {
        let secret = self.secret_key.as_ref().map(|secret| format!(":{secret}")).unwrap_or_default();
        let Self { scheme, host, prefix, public_key, project, .. } = self;
        format!("{scheme}://{public_key}{secret}@{host}{prefix}/{project}")
    }
}

/// The rules that were found broken.
#[derive(Debug, Default)]
struct Findings(Vec<String>);

impl Findings {
    /// Notes a broken rule.
    fn add(&mut self, place: impl Display, rule: impl Display) {
        self.0.push(format!("{place}: {rule}"));
    }

    /// Notes the rule unless it holds.
    fn must(&mut self, holds: bool, place: impl Display, rule: impl Display) {
        if !holds {
            self.add(place, rule);
        }
    }

    /// Notes each key that is not among the known ones: what nobody specified must not be sent.
    fn known_keys(&mut self, map: &Map<String, Value>, place: impl Display, known: &[&str]) {
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            self.add(&place, format_args!("`{key}` is not among the keys that are specified"));
        }
    }
}

/// Reads a request's envelope and checks both.
///
/// # Panics
///
/// When a rule is broken; the message lists all of them and shows the envelope.
pub fn enforce(request: &Request, target: &Target) -> Envelope {
    let (envelope, broken) = check(request, target, SystemTime::now());
    match (envelope, &broken[..]) {
        (Some(envelope), []) => envelope,
        (_, broken) => panic!(
            "the protocol is broken in {} place(s):\n  - {}\n{}",
            broken.len(),
            broken.join("\n  - "),
            String::from_utf8_lossy(&request.body)
        ),
    }
}

/// The envelope, when there is one, and every rule that is broken.
pub fn check(request: &Request, target: &Target, now: SystemTime) -> (Option<Envelope>, Vec<String>) {
    let mut findings = Findings::default();
    request::check(request, target, &mut findings);
    let envelope = match Envelope::parse(&request.body) {
        Ok(envelope) => {
            envelope::check(&envelope, request, target, forms::seconds(now), &mut findings);
            Some(envelope)
        }
        Err(error) => {
            findings.add("envelope", error);
            None
        }
    };
    (envelope, findings.0)
}

#[cfg(test)]
mod tests;
