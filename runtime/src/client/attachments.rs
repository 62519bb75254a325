//! What goes along with an event or a transaction: files of the scopes.

use super::pipeline::Pipeline;
use crate::protocol::{Category, Envelope, Reason};
use crate::scope::{Lost, ScopeAttachment};

impl Pipeline {
    /// Adds attachments. One that cannot go along is left out, and entered in the books where its size is known.
    pub(super) fn attach<'a>(
        &self,
        envelope: &mut Envelope,
        attachments: impl Iterator<Item = &'a ScopeAttachment>,
    ) {
        let most = u64::try_from(self.options.max_attachment_size).unwrap_or(u64::MAX);
        for attachment in attachments {
            match attachment.load(most) {
                Ok(attachment) => envelope.add_item(attachment),
                Err(Lost::TooLarge(size)) => {
                    crate::debug::log!("left out an attachment: its {size} bytes are more than {most}");
                    if let Some(outlet) = self.outlet.get().and_then(std::sync::Weak::upgrade) {
                        outlet.dropped(Reason::Invalid, &[(Category::Attachment, size)]);
                    }
                }
                Err(Lost::Unreadable(error)) => {
                    crate::debug::log!("left out an attachment that cannot be read: {error}");
                }
            }
        }
    }
}
