use std::fmt;

use serde::{Deserialize, Serialize};

/// A file that goes along with an event.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attachment {
    /// What is in the file.
    pub buffer: Vec<u8>,
    /// The file's name; folders before it are not sent.
    pub filename: String,
    /// The MIME type.
    pub content_type: Option<String>,
    /// What the server takes it for.
    pub ty: Option<AttachmentType>,
}

impl Attachment {
    /// The name alone: where the file lay is nobody's business.
    pub(super) fn base_name(&self) -> &str {
        self.filename.rsplit(['/', '\\']).next().unwrap_or_default()
    }
}

/// The size stands for the bytes, which nobody wants to read as numbers.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("buffer", &self.buffer.len())
            .field("filename", &self.filename)
            .field("content_type", &self.content_type)
            .field("type", &self.ty)
            .finish()
    }
}

/// What the server takes an [`Attachment`] for.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub enum AttachmentType {
    /// A file to look at.
    #[default]
    #[serde(rename = "event.attachment")]
    Attachment,
    /// A minidump.
    #[serde(rename = "event.minidump")]
    Minidump,
    /// A crash report of macOS or iOS.
    #[serde(rename = "event.applecrashreport")]
    AppleCrashReport,
    /// Facts from the Unreal Engine.
    #[serde(rename = "unreal.context")]
    UnrealContext,
    /// Logs from the Unreal Engine.
    #[serde(rename = "unreal.logs")]
    UnrealLogs,
    /// Something else.
    #[serde(untagged)]
    Custom(String),
}

impl AttachmentType {
    /// The name in the protocol.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Attachment => "event.attachment",
            Self::Minidump => "event.minidump",
            Self::AppleCrashReport => "event.applecrashreport",
            Self::UnrealContext => "unreal.context",
            Self::UnrealLogs => "unreal.logs",
            Self::Custom(name) => name,
        }
    }
}
