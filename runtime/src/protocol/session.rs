//! Sessions, by which Sentry tells how healthy a release is.
//!
//! Source: Sentry's SDK documentation, "Sessions".

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize, Serializer};

use super::{Uuid, timestamp};

/// How a session goes, or how it has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// It goes on.
    #[default]
    Ok,
    /// It has ended as it should.
    Exited,
    /// It has ended by a crash.
    Crashed,
    /// It has ended as it should not, and not by a crash.
    Abnormal,
}

impl fmt::Display for SessionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Exited => "exited",
            Self::Crashed => "crashed",
            Self::Abnormal => "abnormal",
        })
    }
}

/// A text is not the name of a [`SessionStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseSessionStatusError;

impl fmt::Display for ParseSessionStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("invalid session status")
    }
}

impl Error for ParseSessionStatusError {}

impl FromStr for SessionStatus {
    type Err = ParseSessionStatusError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Ok, Self::Exited, Self::Crashed, Self::Abnormal];
        all.into_iter().find(|status| status.to_string() == text).ok_or(ParseSessionStatusError)
    }
}

/// What is true of all sessions of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAttributes<'a> {
    /// The program's version.
    pub release: Cow<'a, str>,
    /// Where the program runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Cow<'a, str>>,
    /// The user's address; Sentry filters by it and does not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddr>,
    /// The user's browser; Sentry filters by it and does not keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference to the field")]
fn is_false(value: &bool) -> bool {
    !value
}

fn simple<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    id.simple().serialize(serializer)
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&timestamp::to_rfc3339(*time))
}

/// What is known of one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionUpdate<'a> {
    /// Which session.
    #[serde(rename = "sid", default = "Uuid::new_v4", serialize_with = "simple")]
    pub session_id: Uuid,
    /// Whose it is.
    #[serde(rename = "did", default, skip_serializing_if = "Option::is_none")]
    pub distinct_id: Option<String>,
    /// Counts the updates.
    #[serde(rename = "seq", default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// When the update was made.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "timestamp::rfc3339_option")]
    pub timestamp: Option<SystemTime>,
    /// When the session began.
    #[serde(
        default = "SystemTime::now",
        serialize_with = "rfc3339",
        deserialize_with = "timestamp::seconds::deserialize"
    )]
    pub started: SystemTime,
    /// Whether this is its first update.
    #[serde(default, skip_serializing_if = "is_false")]
    pub init: bool,
    /// Seconds that it has taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// How it goes.
    #[serde(default)]
    pub status: SessionStatus,
    /// Errors in it.
    #[serde(default)]
    pub errors: u64,
    /// What is true of all sessions of the client.
    #[serde(rename = "attrs")]
    pub attributes: SessionAttributes<'a>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference to the field")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// The sessions that began in the same minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAggregateItem {
    /// The minute.
    #[serde(serialize_with = "rfc3339", deserialize_with = "timestamp::seconds::deserialize")]
    pub started: SystemTime,
    /// Whose they are.
    #[serde(rename = "did", default, skip_serializing_if = "Option::is_none")]
    pub distinct_id: Option<String>,
    /// Those that ended as they should.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub exited: u32,
    /// Those with errors that did not end them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub errored: u32,
    /// Those that ended as they should not, and not by a crash.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub abnormal: u32,
    /// Those that ended by a crash.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub crashed: u32,
}

impl SessionAggregateItem {
    /// How many sessions it stands for.
    pub(crate) fn count(&self) -> u64 {
        [self.exited, self.errored, self.abnormal, self.crashed].into_iter().map(u64::from).sum()
    }
}

/// Many sessions, counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionAggregates<'a> {
    /// The counts.
    #[serde(default)]
    pub aggregates: Vec<SessionAggregateItem>,
    /// What is true of all of them.
    #[serde(rename = "attrs")]
    pub attributes: SessionAttributes<'a>,
}
