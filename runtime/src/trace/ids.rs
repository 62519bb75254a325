//! Ids are computed when they are written, not when a span starts.

use crate::protocol::SpanId;

/// The id of the span with this key in the transaction with this seed; never zero.
///
/// One step of `SplitMix64`, a bijection: two spans of one transaction never share an id.
pub(crate) fn span_id(seed: u64, key: u64) -> SpanId {
    let mut state = seed.wrapping_add(key.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^= state >> 31;
    // Zero is not a valid id; the one key that maps to it gets the seed, which no other key maps to but by chance.
    let bytes = if state == 0 { seed | 1 } else { state }.to_be_bytes();
    SpanId::from(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn spans_of_one_transaction_have_different_ids() {
        let [seed] = crate::random::words();
        let ids: HashSet<String> = (0..10_000).map(|key| super::span_id(seed, key).to_string()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(!ids.contains("0000000000000000"));
    }
}
