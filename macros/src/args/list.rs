//! The list between an attribute's parentheses, before anything is known about its keys.

use std::fmt::Display;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, Ident, Token, token};

use crate::diagnostics::Diagnostics;

/// One entry of the list: a key and what follows it.
pub(crate) struct Argument<K = Ident> {
    pub(crate) key: K,
    pub(crate) value: Value,
}

/// What follows a key. Every form parses, so that one mistake does not hide the next.
pub(crate) enum Value {
    /// `key`
    Absent,
    /// `key =`
    Missing(Token![=]),
    /// `key = expr`
    Expr(Expr),
    /// `key(…)`
    List(TokenStream),
}

/// Splits `tokens` into arguments; `key` reads what stands before `=` or `(`.
pub(crate) fn arguments<K: ToTokens + Display>(
    tokens: TokenStream,
    key: impl Fn(ParseStream<'_>) -> syn::Result<K>,
    diagnostics: &mut Diagnostics,
) -> Vec<Argument<K>> {
    let parser = |input: ParseStream<'_>| {
        let mut found = Vec::new();
        while !input.is_empty() {
            match argument(input, &key) {
                Ok(argument) => found.push(argument),
                Err(error) => {
                    diagnostics.push(error);
                    skip_to_comma(input);
                }
            }
            if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
                continue;
            }
            diagnostics.push(input.error("expected `,` before the next argument"));
            if !input.peek(Ident) {
                skip_to_comma(input);
                input.parse::<Option<Token![,]>>()?;
            }
        }
        Ok(found)
    };
    match parser.parse2(tokens) {
        Ok(found) => found,
        Err(error) => {
            diagnostics.push(error);
            Vec::new()
        }
    }
}

fn argument<K: ToTokens + Display>(
    input: ParseStream<'_>,
    key: impl Fn(ParseStream<'_>) -> syn::Result<K>,
) -> syn::Result<Argument<K>> {
    let key = key(input)?;
    let value = if input.is_empty() || input.peek(Token![,]) {
        Value::Absent
    } else if input.peek(token::Paren) {
        let content;
        syn::parenthesized!(content in input);
        Value::List(content.parse()?)
    } else if input.peek(Token![=]) {
        let eq = input.parse()?;
        if input.is_empty() || input.peek(Token![,]) {
            Value::Missing(eq)
        } else {
            Value::Expr(input.parse()?)
        }
    } else {
        return Err(input.error(format!("expected `=` after `{key}`")));
    };
    Ok(Argument { key, value })
}

pub(super) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

impl<K: ToTokens + Display> Argument<K> {
    /// The value of `key = expr`; any other form is reported with `usage`, which shows what to write.
    pub(crate) fn expr(&self, usage: &str, diagnostics: &mut Diagnostics) -> Option<&Expr> {
        let key = &self.key;
        match &self.value {
            Value::Expr(expr) => return Some(expr),
            Value::Absent => diagnostics.error(key, format!("`{key}` needs a value: `{usage}`")),
            Value::Missing(eq) => {
                diagnostics.error(eq, format!("`{key} =` is missing its value: `{usage}`"));
            }
            Value::List(_) => diagnostics.error(key, format!("`{key}` takes one value: `{usage}`")),
        }
        None
    }

    /// The content of `key(…)`; any other form is reported with `usage`.
    pub(crate) fn list(&self, usage: &str, diagnostics: &mut Diagnostics) -> Option<&TokenStream> {
        let key = &self.key;
        match &self.value {
            Value::List(tokens) => return Some(tokens),
            Value::Absent => diagnostics.error(key, format!("`{key}` needs its list: `{usage}`")),
            Value::Missing(eq) => diagnostics.error(eq, format!("`{key}` takes a list: `{usage}`")),
            Value::Expr(expr) => diagnostics.error(expr, format!("`{key}` takes a list: `{usage}`")),
        }
        None
    }
}
