use serde::{Deserialize, Serialize};

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

/// A package of the SDK.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientSdkPackage {
    /// Where it comes from and what it is called: `cargo:monitored`.
    pub name: String,
    /// Its version.
    pub version: String,
}
