//! `data(key = expr, …)`, `user(id = expr, email = expr, username = expr)` and `db(system = "…", text = expr)`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Ident, LitStr};

use super::list::Argument;
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

/// The database that a function asks.
pub(crate) struct Db {
    pub(crate) system: LitStr,
    /// What it is asked.
    pub(crate) text: Option<TokenStream>,
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
    for argument in known_fields(tokens, "a user", &KNOWN, diagnostics) {
        let key = &argument.key;
        let Some(expr) = argument.expr(&format!("{key} = value"), diagnostics) else { continue };
        let value = expr.to_token_stream();
        fields.push(UserField { key: argument.key, value });
    }
    fields
}

/// Reads the content of `db(…)`, which stands after `key`.
pub(super) fn parse_db(key: &Ident, tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<Db> {
    let (mut system, mut text, mut is_given) = (None, None, false);
    for argument in known_fields(tokens, "a database", &["system", "text"], diagnostics) {
        if argument.key == "system" {
            is_given = true;
            system = argument.text("system = \"sqlite\"", diagnostics);
        } else {
            text = argument.expr("text = SQL", diagnostics).map(ToTokens::to_token_stream);
        }
    }
    if !is_given {
        diagnostics.error(key, "`db` lacks the system: `db(system = \"sqlite\", text = SQL)`");
    }
    system.map(|system| Db { system, text })
}

/// The arguments whose key is in `known`, each once. Strangers and repetitions are reported.
fn known_fields(
    tokens: TokenStream,
    owner: &str,
    known: &[&str],
    diagnostics: &mut Diagnostics,
) -> Vec<Argument> {
    let mut kept: Vec<Argument> = Vec::new();
    for argument in list::arguments(tokens, key, diagnostics) {
        let key = &argument.key;
        if !known.iter().any(|known| key == known) {
            let meant = nearest(&key.to_string(), known);
            diagnostics
                .error(key, format!("unknown field `{key}`{meant} {owner} has `{}`", known.join("`, `")));
        } else if kept.iter().any(|earlier| earlier.key == *key) {
            diagnostics.error(key, format!("`{key}` is given twice"));
        } else {
            kept.push(argument);
        }
    }
    kept
}
