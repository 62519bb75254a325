//! Macros.
mod args;
mod body;
mod diagnostics;
mod expand;
mod lines;
mod model;

use proc_macro::TokenStream;

/// Main.
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::main::expand(args.into(), item.into()).into()
}

/// Monitored.
#[proc_macro_attribute]
pub fn monitored(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::monitored::expand(args.into(), item.into()).into()
}

/// Transaction.
#[proc_macro_attribute]
pub fn transaction(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::transaction::expand(args.into(), item.into()).into()
}
