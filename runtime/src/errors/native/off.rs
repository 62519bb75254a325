//! Without the feature `backtrace` no stack is walked.

use std::sync::Arc;
use std::time::Duration;

use super::Native;
use crate::protocol::DebugImage;

pub(super) fn walk() -> Box<[usize]> {
    Box::default()
}

pub(super) fn ask(_addresses: &[usize]) -> bool {
    true
}

pub(super) fn frames(_addresses: &[usize], _patience: Duration) -> Vec<Native> {
    Vec::new()
}

pub(super) fn images() -> Arc<[DebugImage]> {
    Arc::default()
}
