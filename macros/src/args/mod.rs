//! What the user may write between an attribute's parentheses, parsed to plain structs.

pub(crate) mod cron;
mod data;
mod defaults;
mod failure;
mod list;
pub(crate) mod main;
pub(crate) mod monitored;
mod name;
pub(crate) mod report;
mod tags;
pub(crate) mod transaction;
mod value;
mod values;

pub(crate) use data::{Datum, Db, UserField};
pub(crate) use defaults::{with_defaults, without_self};
pub(crate) use failure::Ignored;
pub(crate) use name::Name;
pub(crate) use tags::{Tag, TagValue};
pub(crate) use value::Root;
pub(crate) use values::Values;

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr};

use crate::diagnostics::Diagnostics;
use list::Argument;
use monitored::OF_TRANSACTIONS;

/// The arguments whose key is in `known`, each once. Strangers and repetitions are reported.
fn known_arguments(
    tokens: TokenStream,
    attribute: &str,
    known: &[&str],
    diagnostics: &mut Diagnostics,
) -> Vec<Argument> {
    let mut kept: Vec<Argument> = Vec::new();
    let key = |input: ParseStream<'_>| named(input, attribute);
    for argument in list::arguments(tokens, key, diagnostics) {
        let key = &argument.key;
        if !known.iter().any(|known| key == known) {
            let message = if attribute == "monitored" && OF_TRANSACTIONS.iter().any(|other| key == other) {
                format!("`{key}` is about the transaction that a function opens: it goes on `#[transaction]`")
            } else {
                unknown(&key.to_string(), attribute, known)
            };
            diagnostics.error(key, message);
        } else if kept.iter().any(|earlier| earlier.key == *key) {
            diagnostics.error(key, format!("`{key}` is given twice"));
        } else {
            kept.push(argument);
        }
    }
    kept
}

/// The name of an argument. Text by itself lacks one.
fn named(input: ParseStream<'_>, attribute: &str) -> syn::Result<Ident> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        let (meant, example) = match attribute {
            "cron" => ("slug", text.value()),
            "monitored" | "transaction" => ("name", text.value()),
            _ => ("environment", "production".to_owned()),
        };
        let message = format!("each argument has a name: `{meant} = {example:?}`");
        return Err(syn::Error::new(text.span(), message));
    }
    key(input)
}

fn key(input: ParseStream<'_>) -> syn::Result<Ident> {
    // `crate` is a keyword and an argument.
    if input.peek(Ident::peek_any) {
        return input.call(Ident::parse_any);
    }
    Err(input.error("expected an argument's name"))
}

fn unknown(key: &str, attribute: &str, known: &[&str]) -> String {
    let meant = nearest(key, known);
    format!("unknown argument `{key}`{meant} `#[{attribute}]` takes{}", listed(known))
}

/// The words in backticks, with the space before them. Many are broken into lines, as rustc does not break messages.
fn listed(words: &[&str]) -> String {
    const WIDTH: usize = 90;
    let mut lines = vec![String::new()];
    for (word, at) in words.iter().zip(1..) {
        let word = format!("`{word}`{}", if at == words.len() { "" } else { "," });
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = word,
            Some(line) if line.len() + word.len() < WIDTH => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    match &*lines {
        [one] => format!(" {one}"),
        _ => format!("\n{}", lines.join("\n")),
    }
}

/// What joins an unknown word to the list of the known ones: the nearest of them, if one is near.
fn nearest(word: &str, known: &[&str]) -> String {
    match monitored_rules::nearest(word, known.iter().copied()) {
        Some(meant) => format!(", did you mean `{meant}`?"),
        None => ";".to_owned(),
    }
}
