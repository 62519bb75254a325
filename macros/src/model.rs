//! The function under an attribute as we see it: everything around the body parsed, the body itself as tokens.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Ident, Result, ReturnType, Safety, Signature, Token, Type, Visibility, token};

use crate::diagnostics::Diagnostics;
use crate::returned::Returned;

/// A function with a body.
#[derive(Clone)]
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

    /// Reads the function that `input` starts with.
    pub(crate) fn read(input: ParseStream<'_>, attribute: &str) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let ahead = input.fork();
        let signature: Signature = match input.parse() {
            Ok(signature) => signature,
            Err(error) => return Err(not_a_function(&ahead, attribute).unwrap_or(error)),
        };
        if input.peek(Token![;]) {
            let name = &signature.ident;
            let message =
                format!("`#[{attribute}]` needs a function with a body: put it on `{name}` in each `impl`");
            return Err(syn::Error::new(signature.ident.span(), message));
        }
        let content;
        let brace = syn::braced!(content in input);
        let inner_attributes = content.call(Attribute::parse_inner)?;
        let body = content.parse()?;
        Ok(Self { attributes, visibility, signature, inner_attributes, brace, body })
    }

    /// The span of the first word.
    pub(crate) fn first(&self) -> Span {
        let Signature { constness, asyncness, safety, abi, fn_token, .. } = &self.signature;
        match (&self.visibility, constness, asyncness, safety, abi) {
            (Visibility::Public(token), ..) => token.span,
            (Visibility::Restricted(visibility), ..) => visibility.pub_token.span,
            (_, Some(token), ..) => token.span,
            (_, _, Some(token), ..) => token.span,
            (_, _, _, Safety::Unsafe(token), _) => token.span,
            (.., Some(abi)) => abi.extern_token.span,
            _ => fn_token.span,
        }
    }

    /// The line of the function's name.
    pub(crate) fn line(&self) -> u32 {
        line_of(self.signature.ident.span())
    }

    /// The function's name without `r#`.
    pub(crate) fn name(&self) -> String {
        self.signature.ident.unraw().to_string()
    }

    pub(crate) fn is_async(&self) -> bool {
        self.signature.asyncness.is_some()
    }

    /// Whether what a call returns may be awaited, as far as the written type tells.
    pub(crate) fn may_return_future(&self) -> bool {
        match &self.signature.output {
            ReturnType::Default => false,
            ReturnType::Type(_, ty) => match &**ty {
                Type::Tuple(_) | Type::Array(_) | Type::Never(_) => false,
                Type::Path(path) => path
                    .path
                    .segments
                    .last()
                    .is_none_or(|last| !["Result", "Option"].iter().any(|name| last.ident == name)),
                _ => true,
            },
        }
    }

    /// Whether the return type is `!`.
    pub(crate) fn never_returns(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
    }

    /// Whether the function returns work that may run when what its arguments refer to is gone. That of `#[async_trait]`
    /// methods does not: the type says so.
    pub(crate) fn outlives_arguments(&self) -> bool {
        matches!(self.returned(), Returned::Work(_))
            && !has_lifetime(self.signature.output.to_token_stream(), "async_trait")
    }

    /// What the body returns.
    pub(crate) fn returned(&self) -> Returned<'_> {
        match (Returned::of(&self.signature.output), &self.signature.output) {
            // Whoever awaits the function has yet to await what it returns.
            (Returned::Work(_), ReturnType::Type(_, ty)) if self.is_async() => Returned::Value(Some(ty)),
            (returned, _) => returned,
        }
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attributes, visibility, signature, inner_attributes, brace, body } = self;
        tokens.extend(quote!(#(#attributes)* #visibility #signature));
        brace.surround(tokens, |inner| inner.extend(quote!(#(#inner_attributes)* #body)));
    }
}

/// Whether `'name` is among `tokens`.
fn has_lifetime(tokens: TokenStream, name: &str) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let found = match token {
            TokenTree::Group(group) => has_lifetime(group.stream(), name),
            TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                matches!(tokens.peek(), Some(TokenTree::Ident(ident)) if ident == name)
            }
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}

/// The line of a span, counted from 1.
pub(crate) fn line_of(span: Span) -> u32 {
    u32::try_from(span.start().line).unwrap_or_default()
}

/// The error for an item that is something else, under the word that says so. Nothing for a function in a form that
/// is not known here: then the parser's own error is the better one.
fn not_a_function(input: ParseStream<'_>, attribute: &str) -> Option<syn::Error> {
    let mut last: Option<Ident> = None;
    loop {
        let (word, what) = match input.parse() {
            Ok(TokenTree::Ident(word)) => match word.to_string().as_str() {
                "impl" => (word, "an `impl` block"),
                "trait" => (word, "a `trait`"),
                "mod" => (word, "a `mod`"),
                "struct" => (word, "a `struct`"),
                "enum" => (word, "an `enum`"),
                "union" => (word, "a `union`"),
                "type" => (word, "a `type`"),
                "use" => (word, "a `use`"),
                "static" => (word, "a `static`"),
                "let" => (word, "a `let`"),
                "macro_rules" => (word, "a macro"),
                "extern" if input.peek(Token![crate]) => (word, "an `extern crate`"),
                "unsafe" | "async" | "const" | "extern" | "auto" | "default" => {
                    last = Some(word);
                    continue;
                }
                // `const NAME: …`
                _ => (last.filter(|last| last == "const")?, "a `const`"),
            },
            // The ABI in `extern "C" { … }`.
            Ok(TokenTree::Literal(_)) => continue,
            Ok(TokenTree::Group(_)) => (last.filter(|last| last == "extern")?, "an `extern` block"),
            _ => return None,
        };
        let (where_to, cure) = match attribute {
            "sentry::main" => ("the function `main`", ""),
            _ if !["an `impl` block", "a `trait`", "a `mod`"].contains(&what) => ("a function", ""),
            // Each job has a slug of its own, each test a client.
            "cron" | "sentry::test" => ("a function", ": put it on a `fn` in it"),
            _ => ("functions and `impl` blocks", ": put it on each `fn` in it"),
        };
        return Some(syn::Error::new(
            word.span(),
            format!("`#[{attribute}]` goes on {where_to}, not on {what}{cure}"),
        ));
    }
}
