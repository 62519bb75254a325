//! `#[monitored]`.

use proc_macro2::TokenStream;

use super::{block, function, is_off};
use crate::args::monitored::Monitored;
use crate::block::Block;
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[monitored(args)] item`.
pub(crate) fn expand(config: &Config, args: TokenStream, item: TokenStream) -> TokenStream {
    if is_off(&args) {
        return item;
    }
    // Nearly everything is one.
    let mut of_item = Diagnostics::default();
    let function = Function::parse(item.clone(), "monitored", &mut of_item);
    if function.is_none()
        && let Some(block) = Block::parse(&item)
    {
        return block::expand("monitored", config, &args, block, &item);
    }
    let mut diagnostics = Diagnostics::default();
    let args = Monitored::parse(args, &mut diagnostics);
    config.check_op(args.op.as_ref(), &mut diagnostics);
    diagnostics.append(of_item);
    function::expand("monitored", config, &args, function, item, diagnostics)
}
