//! The arguments of an `impl` block as defaults for those of its methods.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{Expr, Pat, Token, Type, token};

use crate::mentions::{format_string, mentions};

/// `own` with what it lacks of `defaults`. Of a list that both have, the entries are joined in the same way.
///
/// ```text
/// own:      op = "db", tags(a = 1)
/// defaults: op = "x", tags(a = 2, b = 3), capture = false
/// result:   op = "db", tags(a = 1, b = 3), capture = false
/// ```
pub(crate) fn with_defaults(own: TokenStream, defaults: &TokenStream) -> TokenStream {
    let (Ok(mut entries), Ok(defaults)) = (read.parse2(own.clone()), read.parse2(defaults.clone())) else {
        // A mistake in `own`, which is reported where that is read.
        return own;
    };
    for default in defaults {
        match entries.iter_mut().find(|entry| entry.key == default.key) {
            None => entries.push(default),
            Some(entry) => {
                if let (Some(own), Some(defaults)) = (&mut entry.list, &default.list) {
                    let joined = if ORDERED.contains(&&*default.key) {
                        followed(own.stream(), defaults.stream())
                    } else {
                        with_defaults(own.stream(), &defaults.stream())
                    };
                    let span = own.span();
                    *own = Group::new(own.delimiter(), joined);
                    own.set_span(span);
                }
            }
        }
    }
    let entries = entries.into_iter().map(|Entry { head, list, .. }| quote!(#head #list));
    quote!(#(#entries),*)
}

/// `defaults` for a function that has no `self`: without what names it.
pub(crate) fn without_self(defaults: &TokenStream) -> TokenStream {
    let Ok(entries) = read.parse2(defaults.clone()) else {
        // A mistake, which is reported where the block's arguments are read.
        return defaults.clone();
    };
    let entries = entries.into_iter().filter_map(|Entry { key, head, mut list }| {
        if let Some(list) = &mut list {
            let content = list.stream();
            let content =
                if ORDERED.contains(&&*key) { others.parse2(content).ok()? } else { without_self(&content) };
            if content.is_empty() {
                return None;
            }
            let span = list.span();
            *list = Group::new(list.delimiter(), content);
            list.set_span(span);
        }
        // Of the texts outside of macros only a name is a format.
        let names_self =
            mentions(&head, "self") || key == "name" && format_string(&value(&head), "self").is_some();
        (!names_self).then(|| quote!(#head #list))
    });
    quote!(#(#entries),*)
}

/// What stands behind `key =`.
fn value(head: &TokenStream) -> TokenStream {
    head.clone().into_iter().skip(2).collect()
}

/// The patterns, with their guards, or expressions that do not name `self`.
fn others(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut others = TokenStream::new();
    while !input.is_empty() {
        let mut entry = match whole::<Type>(input).or_else(|| whole::<Expr>(input)) {
            Some(entry) => entry,
            None => guarded(input)?,
        };
        input.parse::<Option<Token![,]>>()?.to_tokens(&mut entry);
        if !mentions(&entry, "self") {
            others.extend(entry);
        }
    }
    Ok(others)
}

/// An entry that is a `T` from its start to its end.
fn whole<T: Parse + ToTokens>(input: ParseStream<'_>) -> Option<TokenStream> {
    let ahead = input.fork();
    let entry = ahead.parse::<T>().ok()?;
    if !ahead.is_empty() && !ahead.peek(Token![,]) {
        return None;
    }
    input.advance_to(&ahead);
    Some(entry.into_token_stream())
}

/// A pattern and its guard.
fn guarded(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut entry = Pat::parse_multi_with_leading_vert(input)?.into_token_stream();
    if let Some(guard) = input.parse::<Option<Token![if]>>()? {
        guard.to_tokens(&mut entry);
        input.parse::<Expr>()?.to_tokens(&mut entry);
    }
    Ok(entry)
}

/// Lists of patterns and expressions: there is no key in them by which one could take the place of another.
const ORDERED: [&str; 2] = ["ignore", "fingerprint"];

/// Both lists, one behind the other.
fn followed(own: TokenStream, defaults: TokenStream) -> TokenStream {
    let ends = |tokens: &TokenStream| {
        let last = tokens.clone().into_iter().last();
        last.is_none_or(|last| matches!(last, TokenTree::Punct(punct) if punct.as_char() == ','))
    };
    if ends(&own) { quote!(#own #defaults) } else { quote!(#own, #defaults) }
}

struct Entry {
    key: String,
    /// The key, and the value if it is no list.
    head: TokenStream,
    /// `(…)` right after the key.
    list: Option<Group>,
}

fn read(input: ParseStream<'_>) -> syn::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    while !input.is_empty() {
        let mut head = TokenStream::new();
        while !input.is_empty()
            && !input.peek(Token![=])
            && !input.peek(Token![,])
            && !input.peek(token::Paren)
        {
            head.extend([input.parse::<TokenTree>()?]);
        }
        let key = head.to_string();
        let list = if input.peek(token::Paren) { Some(input.parse()?) } else { None };
        if input.peek(Token![=]) {
            input.parse::<Token![=]>()?.to_tokens(&mut head);
            input.parse::<Expr>()?.to_tokens(&mut head);
        }
        entries.push(Entry { key, head, list });
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::without_self;

    #[test]
    fn what_names_self_is_left_out() {
        for (defaults, left) in [
            (
                "op = \"db\", tags(city = self.city, a = 1, b = format!(\"{self:?}\"))",
                "op = \"db\", tags(a = 1)",
            ),
            ("tags(self), name = \"x {self}\", capture = false", "capture = false"),
            (
                "tags(text = \"{self}\"), name = \"x {{self}}\"",
                "tags(text = \"{self}\"), name = \"x {{self}}\"",
            ),
            (
                "ignore(A | B, e if e.is::<A, B>(self), W<A, B>, e if e.new()), fingerprint(self.id, \"a\")",
                "ignore(A | B, W<A, B>, e if e.new()), fingerprint(\"a\")",
            ),
            ("db(system = \"x\", text = self.sql)", "db(system = \"x\")"),
        ] {
            let found = without_self(&defaults.parse().expect("tokens"));
            let words = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(words(&found.to_string()), words(left), "{defaults}");
        }
    }
}
