//! `#[monitored]` and `#[transaction]` on an `impl` block: each function in it gets the attribute, with the block's
//! arguments as defaults for its own.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;

use super::{function, is_off};
use crate::args::monitored::Monitored;
use crate::args::{transaction, with_defaults, without_self};
use crate::block::{Block, Item, Own};
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::parameters;

/// Expands `#[attribute(args)] impl … { … }`.
///
/// Input:
/// ```text
/// impl Store {
///     fn load(&self) {}
///     #[monitored(off)] fn len(&self) {}
///     const fn most() {}
/// }
/// ```
/// Output:
/// ```text
/// impl Store {
///     fn load(&self) { … }
///     fn len(&self) {}
///     const fn most() {}
/// }
/// ```
/// where `load` is expanded as if the attribute were on it.
pub(super) fn expand(
    attribute: &'static str,
    config: &Config,
    args: &TokenStream,
    block: Block,
    item: &TokenStream,
) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let parsed = parse(attribute, args.clone(), &mut diagnostics);
    config.check_op(parsed.op.as_ref(), &mut diagnostics);
    if !diagnostics.is_empty() {
        // Functions with an attribute of their own expand by themselves.
        let errors = diagnostics.into_tokens();
        return quote!(#errors #item);
    }
    let Block { head, brace, items } = block;
    let mut output = head;
    brace.surround(&mut output, |inner| {
        for item in items {
            inner.extend(expand_item(attribute, config, args, item));
        }
    });
    output
}

fn expand_item(attribute: &'static str, config: &Config, defaults: &TokenStream, item: Item) -> TokenStream {
    let (function, own) = match item {
        Item::Other(tokens) => return tokens,
        Item::Function(function, own) => (function, own),
    };
    let tokens = function.to_token_stream();
    // What the block says of its values is nothing to a function that has none at hand.
    let fitting = function.signature.receiver().is_none().then(|| without_self(defaults));
    let defaults = fitting.as_ref().unwrap_or(defaults);
    let (attribute, args, own) = match own {
        Some(Own { args, .. }) if is_off(&args) => return tokens,
        Some(Own { attribute, args }) => (attribute, with_defaults(args.clone(), defaults), args),
        // Asked for by nobody in particular, so nobody has made a mistake.
        None if function.signature.constness.is_some() => return tokens,
        None => (attribute, defaults.clone(), TokenStream::new()),
    };
    let mut diagnostics = Diagnostics::default();
    let mut args = parse(attribute, args, &mut diagnostics);
    // Its mistakes are among those of the whole.
    let own = parse(attribute, own, &mut Diagnostics::default());
    let parameters = parameters::of(&function.signature);
    args.values.fit(&own.values, |name| parameters.iter().any(|parameter| name.unraw() == parameter.name));
    config.check_op(args.op.as_ref(), &mut diagnostics);
    function::expand(attribute, config, &args, Some(*function), tokens, diagnostics)
}

fn parse(attribute: &str, args: TokenStream, diagnostics: &mut Diagnostics) -> Monitored {
    match attribute {
        "transaction" => transaction::parse(args, diagnostics),
        _ => Monitored::parse(args, diagnostics),
    }
}
