use serde::{Deserialize, Serialize};

use super::{Addr, skip};

/// What the server needs to turn addresses into names.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct DebugMeta {
    /// The operating system's own libraries.
    #[serde(skip_serializing_if = "skip::is_blank")]
    pub sdk_info: Option<SystemSdkInfo>,
    /// The executable and the libraries it has loaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<DebugImage>,
}

impl DebugMeta {
    /// Whether this says nothing.
    pub fn is_empty(&self) -> bool {
        self.sdk_info.is_none() && self.images.is_empty()
    }
}

/// The operating system's own libraries.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct SystemSdkInfo {
    /// What they are called: `macOS`.
    pub sdk_name: String,
    /// The first number of their version.
    pub version_major: u32,
    /// The second number of their version.
    pub version_minor: u32,
    /// The third number of their version.
    pub version_patchlevel: u32,
}

/// An executable or a library in memory.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct DebugImage {
    /// Its format.
    #[serde(rename = "type")]
    pub ty: DebugImageType,
    /// Names the debug information: a UUID, on Windows with an age behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_id: Option<String>,
    /// The file that holds the debug information.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debug_file: Option<String>,
    /// Names the code: the build id in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_id: Option<String>,
    /// The file it was loaded from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_file: Option<String>,
    /// Where it was loaded.
    pub image_addr: Addr,
    /// How many bytes of memory it takes.
    pub image_size: u64,
    /// Where it asked to be loaded.
    #[serde(skip_serializing_if = "Addr::is_null")]
    pub image_vmaddr: Addr,
    /// The processor it is for: `x86_64`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arch: Option<String>,
}

#[cfg(feature = "backtrace")]
impl DebugImage {
    /// Whether the address lies in the memory that it takes.
    pub(crate) fn holds(&self, address: Addr) -> bool {
        address.0.checked_sub(self.image_addr.0).is_some_and(|offset| offset < self.image_size)
    }
}

/// The format of a [`DebugImage`].
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum DebugImageType {
    /// Linux and most others.
    #[default]
    Elf,
    /// macOS and iOS.
    Macho,
    /// Windows.
    Pe,
    /// WebAssembly.
    Wasm,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json() {
        let image = DebugImage {
            debug_id: Some("0123".into()),
            image_addr: Addr(0x1000),
            image_size: 4096,
            ..DebugImage::default()
        };
        let meta = DebugMeta { images: vec![image], ..DebugMeta::default() };
        let json = serde_json::to_string(&meta).unwrap();
        assert_eq!(
            json,
            r#"{"images":[{"type":"elf","debug_id":"0123","image_addr":"0x1000","image_size":4096}]}"#
        );
        assert_eq!(serde_json::from_str::<DebugMeta>(&json).unwrap(), meta);
    }
}
