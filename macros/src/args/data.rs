//! `data(key = expr, …)` and `user(id = expr, email = expr, username = expr)`.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::Ident;

use super::tags::Key;
use super::{key, list, nearest};
use crate::diagnostics::Diagnostics;

/// One value of a function's span.
pub(crate) struct Datum {
    pub(crate) key: String,
    pub(crate) value: TokenStream,
}

/// One field of the user who is served.
pub(crate) struct UserField {
    pub(crate) key: Ident,
    pub(crate) value: TokenStream,
}

/// Reads the content of `data(…)`.
pub(super) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Datum> {
    let mut data: Vec<Datum> = Vec::new();
    for argument in list::arguments(tokens, Key::parse, diagnostics) {
        let key = &argument.key;
        if key.text.is_empty() {
            diagnostics.error(key, "the key of a value is not empty");
        } else if data.iter().any(|datum| datum.key == key.text) {
            diagnostics.error(key, format!("`{key}` is given twice"));
        }
        let Some(expr) = argument.value_of_key(diagnostics) else { continue };
        let value = expr.to_token_stream();
        data.push(Datum { key: argument.key.text, value });
    }
    data
}

/// Reads the content of `user(…)`.
pub(super) fn parse_user(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<UserField> {
    const KNOWN: [&str; 3] = ["id", "email", "username"];
    let mut fields: Vec<UserField> = Vec::new();
    for argument in list::arguments(tokens, key, diagnostics) {
        let key = &argument.key;
        if !KNOWN.iter().any(|known| key == known) {
            let meant = nearest(&key.to_string(), &KNOWN);
            diagnostics
                .error(key, format!("unknown field `{key}`{meant} a user has `{}`", KNOWN.join("`, `")));
            continue;
        }
        if fields.iter().any(|field| field.key == *key) {
            diagnostics.error(key, format!("`{key}` is given twice"));
        }
        let Some(expr) = argument.expr(&format!("{key} = value"), diagnostics) else { continue };
        let value = expr.to_token_stream();
        fields.push(UserField { key: argument.key, value });
    }
    fields
}
