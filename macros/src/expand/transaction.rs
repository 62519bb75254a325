//! `#[transaction]`.

use proc_macro2::TokenStream;

use super::{block, function, is_off};
use crate::args;
use crate::block::Block;
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[transaction(args)] item`.
pub(crate) fn expand(config: &Config, args: TokenStream, item: TokenStream) -> TokenStream {
    if is_off(&args) {
        return item;
    }
    // Nearly everything is one.
    let mut of_item = Diagnostics::default();
    let function = Function::parse(item.clone(), "transaction", &mut of_item);
    if function.is_none()
        && let Some(block) = Block::parse(&item)
    {
        return block::expand("transaction", config, &args, block, &item);
    }
    let mut diagnostics = Diagnostics::default();
    let args = args::transaction::parse(args, &mut diagnostics);
    config.check_op(args.op.as_ref(), &mut diagnostics);
    diagnostics.append(of_item);
    function::expand("transaction", config, &args, function, item, diagnostics)
}
