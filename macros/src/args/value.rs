//! What a value must be.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitBool, LitStr, Path, UnOp};

use super::list::{Argument, Value};
use super::nearest;
use crate::diagnostics::Diagnostics;

impl Argument {
    /// `key = "text"`, where the text is a literal and not empty.
    pub(crate) fn text(&self, usage: &str, diagnostics: &mut Diagnostics) -> Option<LitStr> {
        let key = &self.key;
        let expr = self.expr(usage, diagnostics)?;
        let Some(Lit::Str(text)) = literal(expr) else {
            diagnostics.error(expr, format!("`{key}` takes a string literal: `{usage}`"));
            return None;
        };
        if text.value().trim().is_empty() {
            diagnostics.error(text, format!("`{key}` is empty: `{usage}`"));
            return None;
        }
        Some(text.clone())
    }

    /// `key = true` or `key = false`.
    pub(crate) fn switch(&self, usage: &str, diagnostics: &mut Diagnostics) -> Option<LitBool> {
        let key = &self.key;
        let expr = self.expr(usage, diagnostics)?;
        let Some(Lit::Bool(switch)) = literal(expr) else {
            diagnostics.error(expr, format!("`{key}` takes `true` or `false`: `{usage}`"));
            return None;
        };
        Some(switch.clone())
    }

    /// `key = "word"`, where the word is one of `known`. Gives back the known one.
    pub(super) fn word<'a>(
        &self,
        known: &[&'a str],
        usage: &str,
        diagnostics: &mut Diagnostics,
    ) -> Option<&'a str> {
        let key = &self.key;
        let text = self.text(usage, diagnostics)?;
        let word = text.value();
        let found = known.iter().copied().find(|known| *known == word);
        if found.is_none() {
            let meant = nearest(&word, known);
            diagnostics
                .error(&text, format!("unknown {key} `{word}`{meant} it is one of `{}`", known.join("`, `")));
        }
        found
    }

    /// `key`, `key = true` or `key = false`.
    pub(super) fn flag(&self, diagnostics: &mut Diagnostics) -> bool {
        if matches!(self.value, Value::Absent) {
            return true;
        }
        let usage = self.key.to_string();
        self.switch(&usage, diagnostics).is_some_and(|switch| switch.value)
    }

    /// `crate = path`: where the `sentry` library is found.
    pub(crate) fn root(&self, diagnostics: &mut Diagnostics) -> Option<Root> {
        let usage = "crate = ::sentry";
        match self.expr(usage, diagnostics)? {
            Expr::Path(expr) if expr.qself.is_none() && expr.attrs.is_empty() => {
                Some(Root(expr.path.clone()))
            }
            other => {
                diagnostics.error(other, format!("`crate` takes a path without quotes: `{usage}`"));
                None
            }
        }
    }
}

/// The path of the `sentry` library as the user's crate sees it.
pub(crate) struct Root(Path);

impl Root {
    /// Everything that an expansion calls lives below this path.
    pub(crate) fn private(root: Option<&Self>) -> TokenStream {
        let Some(Self(path)) = root else { return quote!(::sentry::__private) };
        quote_spanned!(path.span()=> #path::__private)
    }
}

/// The literal that `expr` consists of.
pub(crate) fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { attrs, lit }) if attrs.is_empty() => Some(lit),
        // What a `macro_rules` fragment looks like.
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// The text of a literal as a tag's value is written, a leading minus included.
pub(crate) fn literal_text(expr: &Expr) -> Option<String> {
    if let Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) = expr {
        return match literal(expr)? {
            Lit::Int(_) | Lit::Float(_) => Some(format!("-{}", literal_text(expr)?)),
            _ => None,
        };
    }
    match literal(expr)? {
        Lit::Str(text) => Some(text.value()),
        Lit::Char(char) => Some(char.value().to_string()),
        Lit::Bool(bool) => Some(bool.value.to_string()),
        Lit::Int(number) => Some(number.base10_digits().to_owned()),
        Lit::Float(number) => Some(number.base10_digits().to_owned()),
        _ => None,
    }
}
