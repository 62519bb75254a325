//! The arguments of `#[transaction]`.

use proc_macro2::TokenStream;

use super::monitored::{self, Monitored};
use crate::diagnostics::Diagnostics;

/// Reads the arguments of `#[transaction]`: those of `#[monitored]`.
pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Monitored {
    Monitored::parse_as("transaction", monitored::KNOWN, tokens, diagnostics)
}
