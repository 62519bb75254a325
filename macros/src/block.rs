//! An `impl` block as we see it: its functions parsed up to their bodies, everything else as tokens.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, ImplItem, MacroDelimiter, Meta, MetaList, Token, token};

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
        if let Ok(mut function) = Function::read(&ahead, "monitored") {
            input.advance_to(&ahead);
            let own = own(&mut function.attributes);
            items.push(Item::Function(Box::new(function), own));
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

/// Takes the arguments of ours out of a function's attributes. The attribute stays and says `off`, so that whoever
/// imported its name did not do so in vain.
fn own(attributes: &mut [Attribute]) -> Option<Own> {
    attributes.iter_mut().find_map(|attribute| {
        let word = &attribute.path().segments.last()?.ident;
        let name = ["monitored", "transaction"].into_iter().find(|name| word == name)?;
        let args = match &attribute.meta {
            Meta::Path(_) => TokenStream::new(),
            Meta::List(list) => list.tokens.clone(),
            // rustc refuses it, too.
            Meta::NameValue(_) => return None,
        };
        attribute.meta = Meta::List(MetaList {
            path: attribute.path().clone(),
            delimiter: MacroDelimiter::Paren(token::Paren::default()),
            tokens: quote_spanned!(Span::mixed_site()=> off),
        });
        Some(Own { attribute: name, args })
    })
}
