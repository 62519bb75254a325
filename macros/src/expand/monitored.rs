//! `#[monitored]`.

use proc_macro2::TokenStream;

use super::function;
use crate::args::monitored::Monitored;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[monitored(args)] item`.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Monitored::parse(args, &mut diagnostics);
    let function = Function::parse(item.clone(), "monitored", &mut diagnostics);
    function::expand("Monitored", &args, function, item, diagnostics)
}
