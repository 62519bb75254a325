//! The arguments of an `impl` block as defaults for those of its methods.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, Token, token};

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
