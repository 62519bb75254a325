//! What the user may write between an attribute's parentheses, parsed to plain structs.

pub(crate) mod cron;
mod defaults;
mod list;
pub(crate) mod main;
pub(crate) mod monitored;
mod tags;
pub(crate) mod transaction;
mod value;

pub(crate) use defaults::with_defaults;
pub(crate) use tags::{Tag, TagValue};
pub(crate) use value::Root;

use proc_macro2::TokenStream;
use syn::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;

use crate::diagnostics::Diagnostics;
use list::Argument;

/// The arguments whose key is in `known`, each once. Strangers and repetitions are reported.
fn known_arguments(
    tokens: TokenStream,
    attribute: &str,
    known: &[&str],
    diagnostics: &mut Diagnostics,
) -> Vec<Argument> {
    let mut kept: Vec<Argument> = Vec::new();
    for argument in list::arguments(tokens, key, diagnostics) {
        let key = &argument.key;
        if !known.iter().any(|known| key == known) {
            diagnostics.error(key, unknown(&key.to_string(), attribute, known));
        } else if kept.iter().any(|earlier| earlier.key == *key) {
            diagnostics.error(key, format!("`{key}` is given twice"));
        } else {
            kept.push(argument);
        }
    }
    kept
}

fn key(input: ParseStream<'_>) -> syn::Result<Ident> {
    // `crate` is a keyword and an argument.
    if input.peek(Ident::peek_any) {
        return input.call(Ident::parse_any);
    }
    Err(input.error("expected an argument's name"))
}

fn unknown(key: &str, attribute: &str, known: &[&str]) -> String {
    let meant = match monitored_rules::nearest(key, known.iter().copied()) {
        Some(meant) => format!(", did you mean `{meant}`?"),
        None => ";".to_owned(),
    };
    format!("unknown argument `{key}`{meant} `#[{attribute}]` takes `{}`", known.join("`, `"))
}
