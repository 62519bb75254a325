use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// Which SDK sends.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSdkInfo {
    /// `monitored.rust`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The integrations that are on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub integrations: Vec<String>,
    /// The packages it consists of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<ClientSdkPackage>,
}

impl ClientSdkInfo {
    /// The same as JSON, which is remembered for the first that is asked: nearly all envelopes name the same.
    pub(super) fn written(&'static self) -> Option<&'static RawValue> {
        static FIRST: OnceLock<(&ClientSdkInfo, Option<Box<RawValue>>)> = OnceLock::new();
        let (first, written) = FIRST.get_or_init(|| (self, to_raw_value(self).ok()));
        written.as_deref().filter(|_| std::ptr::eq(*first, self))
    }
}

/// A package of the SDK.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSdkPackage {
    /// Where it comes from and what it is called: `cargo:monitored`.
    pub name: String,
    /// Its version.
    pub version: String,
}
