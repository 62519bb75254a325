//! An `impl` block as we see it: its functions parsed up to their bodies, everything else as tokens.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{AttrStyle, Attribute, Ident, ImplItem, MacroDelimiter, Meta, MetaList, Path, Token, token};

use crate::model::Function;

/// An `impl` block.
pub(crate) struct Block {
    /// What stands before the braces.
    pub(crate) head: TokenStream,
    pub(crate) brace: token::Brace,
    pub(crate) items: Vec<Item>,
}

/// What stands in a block.
pub(crate) enum Item {
    /// A function, and the attribute of ours that it had.
    Function(Box<Function>, Option<Own>),
    Other(TokenStream),
}

/// A function's own attribute.
pub(crate) struct Own {
    /// Its name without the path.
    pub(crate) attribute: &'static str,
    pub(crate) args: TokenStream,
}

impl Block {
    /// Reads `item`; none if that is no `impl` block.
    pub(crate) fn parse(item: &TokenStream) -> Option<Self> {
        if !is_impl.parse2(item.clone()).ok()? {
            return None;
        }
        let mut tokens: Vec<_> = item.clone().into_iter().collect();
        let Some(TokenTree::Group(body)) = tokens.pop() else { return None };
        if body.delimiter() != Delimiter::Brace {
            return None;
        }
        let items = items.parse2(body.stream()).ok()?;
        let brace = token::Brace { span: body.delim_span() };
        Some(Self { head: tokens.into_iter().collect(), brace, items })
    }
}

fn is_impl(input: ParseStream<'_>) -> syn::Result<bool> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Option<Token![unsafe]>>()?;
    let is_impl = input.peek(Token![impl]);
    input.parse::<TokenStream>()?;
    Ok(is_impl)
}

fn items(input: ParseStream<'_>) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    for attribute in input.call(Attribute::parse_inner)? {
        items.push(Item::Other(quote!(#attribute)));
    }
    while !input.is_empty() {
        let ahead = input.fork();
        if let Ok(function) = Function::read(&ahead, "monitored") {
            input.advance_to(&ahead);
            for mut function in variants(function) {
                let own = own(&mut function.attributes);
                items.push(Item::Function(Box::new(function), own));
            }
            continue;
        }
        let ahead = input.fork();
        if let Ok(other) = ahead.parse::<ImplItem>() {
            input.advance_to(&ahead);
            items.push(Item::Other(quote!(#other)));
        } else {
            // Not known here; rustc will say what it thinks of it.
            items.push(Item::Other(input.parse()?));
        }
    }
    Ok(items)
}

/// The function twice, with an attribute of ours and without, if it has that under a condition; of conditions, the compiler
/// tells a macro nothing. So a mistake in such an attribute is reported whether its condition holds or not.
///
/// Input: `#[cfg_attr(test, inline, monitored(off))] fn f() {}`
///
/// Output:
/// ```text
/// #[cfg(test)] #[inline] #[monitored(off)] fn f() {}
/// #[cfg(not(test))] fn f() {}
/// ```
fn variants(function: Function) -> Vec<Function> {
    let found = function.attributes.iter().enumerate().find_map(|(at, attribute)| {
        let (condition, attributes) = attribute.parse_args_with(conditional).ok()?;
        let is_conditional = attribute.path().is_ident("cfg_attr") && attributes.iter().any(is_own);
        is_conditional.then_some((at, condition, attributes))
    });
    let Some((at, condition, attributes)) = found else { return vec![function] };
    let with = |attributes: Vec<Attribute>| {
        let mut variant = function.clone();
        variant.attributes.splice(at..=at, attributes);
        variants(variant)
    };
    let with_ours =
        [under(quote!(#condition))].into_iter().chain(attributes.into_iter().map(outer)).collect();
    let otherwise = vec![under(quote!(not(#condition)))];
    with(with_ours).into_iter().chain(with(otherwise)).collect()
}

/// `#[cfg(condition)]`
fn under(condition: TokenStream) -> Attribute {
    let here = Span::mixed_site();
    outer(Meta::List(list(Ident::new("cfg", here).into(), condition)))
}

/// `#[meta]`
fn outer(meta: Meta) -> Attribute {
    Attribute {
        pound_token: Token![#](Span::mixed_site()),
        style: AttrStyle::Outer,
        bracket_token: token::Bracket::default(),
        meta,
    }
}

/// `path(tokens)`
fn list(path: Path, tokens: TokenStream) -> MetaList {
    MetaList { path, delimiter: MacroDelimiter::Paren(token::Paren::default()), tokens }
}

/// The condition and the attributes of a `cfg_attr`.
fn conditional(input: ParseStream<'_>) -> syn::Result<(Meta, Vec<Meta>)> {
    let condition = input.parse()?;
    input.parse::<Token![,]>()?;
    let attributes = Punctuated::<Meta, Token![,]>::parse_terminated(input)?;
    Ok((condition, attributes.into_iter().collect()))
}

/// Whether an attribute is ours, or another `cfg_attr` that has one of ours.
fn is_own(meta: &Meta) -> bool {
    match meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => {
            conditional.parse2(list.tokens.clone()).is_ok_and(|(_, attributes)| attributes.iter().any(is_own))
        }
        _ => name(meta).is_some(),
    }
}

/// The name of an attribute of ours, without the path.
fn name(meta: &Meta) -> Option<&'static str> {
    let word = &meta.path().segments.last()?.ident;
    ["monitored", "transaction"].into_iter().find(|name| word == name)
}

/// Takes the arguments of ours out of a function's attributes. The attribute stays and says `off`, so that whoever
/// imported its name did not do so in vain.
fn own(attributes: &mut [Attribute]) -> Option<Own> {
    attributes.iter_mut().find_map(|attribute| {
        let name = name(&attribute.meta)?;
        let args = match &attribute.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            // rustc refuses it, too.
            Meta::NameValue(_) => return None,
        };
        let off = quote_spanned!(Span::mixed_site()=> off);
        attribute.meta = Meta::List(list(attribute.path().clone(), off));
        Some(Own { attribute: name, args })
    })
}
