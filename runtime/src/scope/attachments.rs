//! Files that go along with what is captured.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::shared::part_of;
use crate::protocol::{Attachment, AttachmentType, Memory as _};

/// A file that goes along with the events of a scope: its bytes, or where it lies.
///
/// A file that lies on disk is read when an event is sent, on the delivery thread. What is larger than
/// [`max_attachment_size`](crate::ClientOptions::max_attachment_size), is no file, or cannot be read, is left out, and the event goes
/// without it.
///
/// ```
/// use sentry::ScopeAttachment;
///
/// sentry::configure_scope(|scope| {
///     scope.add_attachment(ScopeAttachment::from_path("service.log").content_type("text/plain"));
/// });
/// ```
///
/// Source: Sentry's SDK documentation, "Attachments".
#[derive(Clone, Debug)]
pub struct ScopeAttachment {
    content: Content,
    to_transactions: bool,
}

#[derive(Clone, Debug)]
enum Content {
    Bytes(Arc<Attachment>),
    /// The attachment is still without its bytes.
    File(Arc<PathBuf>, Attachment),
}

/// Why an attachment is left out.
#[derive(Debug)]
pub(crate) enum Lost {
    /// It has so many bytes.
    TooLarge(u64),
    Unreadable(io::Error),
}

impl ScopeAttachment {
    /// A file on disk, under its own name.
    pub fn from_path<P: Into<PathBuf>>(path: P) -> Self {
        let path = path.into();
        let filename = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let described = Attachment { filename, ..Attachment::default() };
        Self { content: Content::File(Arc::new(path), described), to_transactions: false }
    }

    /// The name under which Sentry shows it.
    #[must_use]
    pub fn filename<S: Into<String>>(mut self, name: S) -> Self {
        self.description().filename = name.into();
        self
    }

    /// The MIME type.
    #[must_use]
    pub fn content_type<S: Into<String>>(mut self, ty: S) -> Self {
        self.description().content_type = Some(ty.into());
        self
    }

    /// What the server takes it for.
    #[must_use]
    pub fn ty(mut self, ty: AttachmentType) -> Self {
        self.description().ty = Some(ty);
        self
    }

    /// Whether it goes along with transactions too. By default it does not.
    #[must_use]
    pub fn add_to_transactions(mut self, whether: bool) -> Self {
        self.to_transactions = whether;
        self
    }

    fn description(&mut self) -> &mut Attachment {
        match &mut self.content {
            Content::Bytes(attachment) => Arc::make_mut(attachment),
            Content::File(_, attachment) => attachment,
        }
    }

    /// What somebody who keeps a copy keeps, in bytes: its part of what several have in common.
    pub(super) fn memory(&self) -> usize {
        match &self.content {
            Content::Bytes(attachment) => part_of(attachment.memory(), attachment),
            Content::File(..) => size_of::<Attachment>(),
        }
    }

    pub(crate) fn goes_to_transactions(&self) -> bool {
        self.to_transactions
    }

    /// The attachment with its bytes, of which there may be so many. May read a file.
    pub(crate) fn load(&self, most: u64) -> Result<Attachment, Lost> {
        match &self.content {
            Content::Bytes(attachment) => {
                let size = u64::try_from(attachment.buffer.len()).unwrap_or(u64::MAX);
                if size > most { Err(Lost::TooLarge(size)) } else { Ok((**attachment).clone()) }
            }
            Content::File(path, described) => {
                let about = fs::metadata(&**path).map_err(Lost::Unreadable)?;
                if !about.is_file() {
                    // To open a pipe is to wait for somebody who writes to it.
                    return Err(Lost::Unreadable(io::Error::other("it is not a file")));
                }
                let size = about.len();
                let file = File::open(&**path).map_err(Lost::Unreadable)?;
                let mut buffer = Vec::new();
                // It may grow meanwhile, and some files do not say how large they are.
                let read =
                    file.take(most.saturating_add(1)).read_to_end(&mut buffer).map_err(Lost::Unreadable)?;
                let read = u64::try_from(read).unwrap_or(u64::MAX);
                if read > most {
                    return Err(Lost::TooLarge(size.max(read)));
                }
                Ok(Attachment { buffer, ..described.clone() })
            }
        }
    }
}

impl From<Attachment> for ScopeAttachment {
    fn from(attachment: Attachment) -> Self {
        Self { content: Content::Bytes(Arc::new(attachment)), to_transactions: false }
    }
}
