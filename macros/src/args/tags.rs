//! `tags(key = expr, dotted.key = expr, "quoted-key" = expr, argument)`.

use std::fmt::{self, Display};

use monitored_rules as rules;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token, parse_quote};

use super::list::{self, Argument, Value};
use super::value::literal_text;
use crate::diagnostics::Diagnostics;

/// One tag of a function.
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: TagValue,
}

/// Where a tag's value comes from.
pub(crate) enum TagValue {
    /// A literal: its text goes into the callsite.
    Literal(String),
    /// Anything else: read when the function is entered.
    Dynamic(TokenStream),
}

/// Reads the content of `tags(…)`.
pub(crate) fn parse(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    for argument in list::arguments(tokens, Key::parse, diagnostics) {
        let key = &argument.key;
        if let Err(broken) = rules::tag_key(&key.text) {
            diagnostics.error(key, broken);
        } else if tags.iter().any(|tag| tag.key == key.text) {
            diagnostics.error(key, format!("tag `{key}` is given twice"));
        }
        let Some(expr) = argument.value_of_key(diagnostics) else { continue };
        let value = match literal_text(&expr) {
            Some(text) => {
                if let Err(broken) = rules::tag_value(&text) {
                    diagnostics.error(&expr, broken);
                }
                TagValue::Literal(text)
            }
            None => TagValue::Dynamic(expr.to_token_stream()),
        };
        tags.push(Tag { key: argument.key.text, value });
    }
    tags
}

/// A key as it goes on the wire, and the tokens it was written with.
pub(super) struct Key {
    pub(super) text: String,
    tokens: TokenStream,
    /// The name that it consists of, which may be that of its value, too.
    name: Option<Ident>,
}

impl Key {
    pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            return Ok(Self { text: literal.value(), tokens: literal.into_token_stream(), name: None });
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected a key: a name, a dotted name or a string"));
        }
        let mut words = Punctuated::<Ident, Token![.]>::new();
        words.push_value(input.call(Ident::parse_any)?);
        while input.peek(Token![.]) {
            words.push_punct(input.parse()?);
            words.push_value(input.call(Ident::parse_any)?);
        }
        let text = words.iter().map(|word| word.unraw().to_string()).collect::<Vec<_>>().join(".");
        if input.peek(Token![-]) {
            let at = input.span();
            let mut whole = text;
            while input.peek(Token![-]) || input.peek(Token![.]) || input.peek(Ident::peek_any) {
                whole.push_str(&input.parse::<TokenTree>()?.to_string());
            }
            let dotted = whole.replace('-', ".");
            let message =
                format!("a key with a dash is written in quotes, `\"{whole}\"`, or with a dot, `{dotted}`");
            return Err(syn::Error::new(at, message));
        }
        let name = words.first().filter(|_| words.len() == 1).cloned();
        Ok(Self { text, tokens: words.into_token_stream(), name })
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ToTokens for Key {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

impl Argument<Key> {
    /// The value of `key = expr`, or of `key` alone, which is short for `key = key`.
    pub(super) fn value_of_key(&self, diagnostics: &mut Diagnostics) -> Option<Expr> {
        if let (Value::Absent, Some(name)) = (&self.value, &self.key.name) {
            return Some(parse_quote!(#name));
        }
        self.expr(&format!("{} = value", self.key), diagnostics).cloned()
    }
}
