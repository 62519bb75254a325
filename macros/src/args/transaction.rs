//! The arguments of `#[transaction]`.

use proc_macro2::TokenStream;

use super::monitored::Monitored;
use crate::diagnostics::Diagnostics;

/// Reads the arguments of `#[transaction]`: those of `#[monitored]`, and `source` and `root`.
pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Monitored {
    Monitored::parse_transaction(tokens, diagnostics)
}
