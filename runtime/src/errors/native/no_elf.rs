//! Where programs are no ELF files nothing is listed, and all names come from the debug information.

use std::sync::Arc;

use crate::protocol::DebugImage;

pub(super) fn images() -> Arc<[DebugImage]> {
    Arc::default()
}

#[derive(Debug, Default)]
pub(super) struct Tables;

impl Tables {
    #[expect(clippy::unused_self, reason = "elsewhere there is something to look into")]
    pub(super) fn function_at(&mut self, _address: usize) -> Option<(Vec<u8>, usize)> {
        None
    }
}
