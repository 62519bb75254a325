//! `#[monitored]`.

use proc_macro2::TokenStream;

use super::function;
use crate::args::monitored::Monitored;
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[monitored(args)] item`.
pub(crate) fn expand(config: &Config, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Monitored::parse(args, &mut diagnostics);
    config.check_op(args.op.as_ref(), &mut diagnostics);
    let function = Function::parse(item.clone(), "monitored", &mut diagnostics);
    function::expand("Monitored", config, &args, function, item, diagnostics)
}
