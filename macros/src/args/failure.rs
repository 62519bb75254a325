//! `ignore(pattern, …)` and `fingerprint(expr, …)`: what is said of an error.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, Pat, Token, Type};

use super::list::skip_to_comma;
use crate::diagnostics::Diagnostics;

/// A kind of error that is ignored.
pub(crate) enum Ignored {
    /// `DbError::NotFound`, `e if e.is_timeout()`: an arm of a `match` on the error.
    Pattern { pattern: Pat, guard: Option<Expr> },
    /// `io::Error`: the type of the error, or of the error in a box.
    Type(Type),
}

/// Reads the content of `ignore(…)`.
pub(super) fn parse_ignored(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Ignored> {
    each(tokens, ignored, diagnostics)
}

/// Reads the content of `fingerprint(…)`.
pub(super) fn parse_fingerprint(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<TokenStream> {
    each(tokens, |input| Ok(input.parse::<Expr>()?.into_token_stream()), diagnostics)
}

/// What stands between the commas of `tokens`.
pub(super) fn each<T>(
    tokens: TokenStream,
    one: fn(ParseStream<'_>) -> syn::Result<T>,
    diagnostics: &mut Diagnostics,
) -> Vec<T> {
    let parser = |input: ParseStream<'_>| {
        let mut found = Vec::new();
        while !input.is_empty() {
            match one(input) {
                Ok(it) => found.push(it),
                Err(error) => {
                    diagnostics.push(error);
                    skip_to_comma(input);
                }
            }
            if !input.is_empty() && input.parse::<Option<Token![,]>>()?.is_none() {
                diagnostics.push(input.error("expected `,`"));
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

fn ignored(input: ParseStream<'_>) -> syn::Result<Ignored> {
    let ahead = input.fork();
    if let Ok(ty) = ahead.parse::<Type>()
        && (ahead.is_empty() || ahead.peek(Token![,]))
        && is_type(&ty)
    {
        return input.parse().map(Ignored::Type);
    }
    let pattern = Pat::parse_multi_with_leading_vert(input)?;
    let guard = match input.parse::<Option<Token![if]>>()? {
        Some(_) => Some(input.parse()?),
        None => None,
    };
    if guard.is_none() && is_catch_all(&pattern) {
        let message = "this ignores every error: write a pattern, a type, or a guard (`e if e.is_timeout()`)";
        return Err(syn::Error::new_spanned(pattern, message));
    }
    Ok(Ignored::Pattern { pattern, guard })
}

/// Whether a path means a type, and not a variant or a constant, which look the same. Names tell: `Error`, `io::Error`
/// and `Wrapper<u8>` are types, `DbError::NotFound` and `codes::NOT_FOUND` are not.
fn is_type(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    if path.qself.is_some() {
        return false;
    }
    let names: Vec<String> =
        path.path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
    let generic = path.path.segments.last().is_some_and(|last| !last.arguments.is_none());
    let of_type = |name: &String| name.starts_with(char::is_uppercase);
    match &*names {
        [.., outer, _] if of_type(outer) => false,
        [.., last] => generic || of_type(last) && last.contains(char::is_lowercase),
        [] => false,
    }
}

/// Whether a pattern fits everything. A name by itself does, unless it is one of a constant.
fn is_catch_all(pattern: &Pat) -> bool {
    match pattern {
        Pat::Wild(_) | Pat::Rest(_) => true,
        Pat::Ident(pattern) => {
            pattern.subpat.is_none() && pattern.ident.unraw().to_string().contains(char::is_lowercase)
        }
        Pat::Paren(pattern) => is_catch_all(&pattern.pat),
        Pat::Reference(pattern) => is_catch_all(&pattern.pat),
        Pat::Or(pattern) => pattern.cases.iter().any(is_catch_all),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_type;

    #[test]
    fn names_tell_types_from_variants() {
        for (text, expected) in [
            ("Error", true),
            ("io::Error", true),
            ("::std::io::Error", true),
            ("Wrapper<u8>", true),
            ("DbError::NotFound", false),
            ("Self::NotFound", false),
            ("db::DbError::NotFound", false),
            ("codes::NOT_FOUND", false),
            ("NOT_FOUND", false),
            ("e", false),
        ] {
            assert_eq!(is_type(&syn::parse_str(text).expect("a path")), expected, "{text}");
        }
    }
}
