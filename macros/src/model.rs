//! The function under an attribute as we see it: everything around the body parsed, the body itself as tokens.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Ident, Result, ReturnType, Signature, Token, Type, Visibility, token};

use crate::diagnostics::Diagnostics;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// `#![…]` at the head of the body.
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) brace: token::Brace,
    pub(crate) body: TokenStream,
}

impl Function {
    /// Reads `item`. Anything but a function with a body is reported, in the words of `attribute`.
    pub(crate) fn parse(item: TokenStream, attribute: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        let parser = |input: ParseStream<'_>| Self::read(input, attribute);
        diagnostics.take(parser.parse2(item))
    }

    fn read(input: ParseStream<'_>, attribute: &str) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let ahead = input.fork();
        let signature: Signature = match input.parse() {
            Ok(signature) => signature,
            Err(error) => return Err(not_a_function(&ahead, attribute).unwrap_or(error)),
        };
        if input.peek(Token![;]) {
            let message = format!(
                "`#[{attribute}]` needs a function with a body; put it on the functions of each `impl`"
            );
            return Err(syn::Error::new(signature.ident.span(), message));
        }
        let content;
        let brace = syn::braced!(content in input);
        let inner_attributes = content.call(Attribute::parse_inner)?;
        let body = content.parse()?;
        Ok(Self { attributes, visibility, signature, inner_attributes, brace, body })
    }

    /// The line of the function's name.
    pub(crate) fn line(&self) -> u32 {
        line_of(self.signature.ident.span())
    }

    /// The column of the function's name, counted from 1 as rustc does.
    pub(crate) fn column(&self) -> u32 {
        u32::try_from(self.signature.ident.span().start().column).map_or(0, |column| column.saturating_add(1))
    }

    /// The function's name without `r#`.
    pub(crate) fn name(&self) -> String {
        self.signature.ident.unraw().to_string()
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// The text of the body with its braces, and the line on which it starts.
    pub(crate) fn source(&self) -> Option<(String, u32)> {
        let braces = self.brace.span.join();
        braces.source_text().map(|text| (text, line_of(braces)))
    }

    /// Whether the return type is `!`.
    pub(crate) fn never_returns(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
    }

    /// Whether a call may return an `Err`, as far as the written type tells. An alias may hide a `Result`, an
    /// `impl Trait` may be one; a reference or a tuple cannot.
    pub(crate) fn may_fail(&self) -> bool {
        match &self.signature.output {
            ReturnType::Default => false,
            ReturnType::Type(_, ty) => !matches!(
                **ty,
                Type::Array(_)
                    | Type::FnPtr(_)
                    | Type::Never(_)
                    | Type::Ptr(_)
                    | Type::Reference(_)
                    | Type::Slice(_)
                    | Type::TraitObject(_)
                    | Type::Tuple(_)
            ),
        }
    }
}

/// The line of a span, counted from 1.
pub(crate) fn line_of(span: proc_macro2::Span) -> u32 {
    u32::try_from(span.start().line).unwrap_or_default()
}

/// The error for an item that is something else, under the word that says so. Nothing for a function in a form that
/// is not known here: then the parser's own error is the better one.
fn not_a_function(input: ParseStream<'_>, attribute: &str) -> Option<syn::Error> {
    loop {
        let word = match input.parse() {
            Ok(TokenTree::Ident(word)) => word,
            // The ABI between `extern` and `{`.
            Ok(TokenTree::Literal(_)) => continue,
            _ => return None,
        };
        let what = word.to_string();
        let message = match what.as_str() {
            "impl" => format!("`#[{attribute}]` goes on functions: put it on each `fn` of this `impl` block"),
            "trait" => format!(
                "`#[{attribute}]` goes on functions: put it on those of this `trait` that have a body"
            ),
            "mod" => format!("`#[{attribute}]` goes on functions: put it on each `fn` of this `mod`"),
            "struct" | "enum" | "union" | "type" | "use" | "static" | "macro_rules" | "let" => {
                format!("`#[{attribute}]` goes on a function, not on a `{what}`")
            }
            "const" if !input.peek(Token![fn]) && !is_qualifier(input) => {
                format!("`#[{attribute}]` goes on a function, not on a `const`")
            }
            "extern" if input.peek(Token![crate]) || input.peek(token::Brace) => {
                format!("`#[{attribute}]` goes on a function with a body, not on an `extern` block")
            }
            "unsafe" | "async" | "const" | "extern" | "auto" | "default" => continue,
            _ => return None,
        };
        return Some(syn::Error::new(word.span(), message));
    }
}

/// Whether a word that may stand between `const` and `fn` or `trait` comes next.
fn is_qualifier(input: ParseStream<'_>) -> bool {
    let qualifiers = ["async", "unsafe", "extern", "trait", "impl"];
    input.fork().call(Ident::parse_any).is_ok_and(|word| qualifiers.iter().any(|qualifier| word == qualifier))
}
