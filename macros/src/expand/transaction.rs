//! `#[transaction]`.

use proc_macro2::TokenStream;

use super::function;
use crate::args;
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[transaction(args)] item`.
pub(crate) fn expand(config: &Config, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = args::transaction::parse(args, &mut diagnostics);
    config.check_op(args.op.as_ref(), &mut diagnostics);
    let function = Function::parse(item.clone(), "transaction", &mut diagnostics);
    function::expand("Transaction", config, &args, function, item, diagnostics)
}
