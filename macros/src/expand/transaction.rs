//! `#[transaction]`.

use proc_macro2::TokenStream;

use super::function;
use crate::args;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[transaction(args)] item`.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = args::transaction::parse(args, &mut diagnostics);
    let function = Function::parse(item.clone(), "transaction", &mut diagnostics);
    function::expand("Transaction", &args, function, item, diagnostics)
}
