//! What an attribute says of each call, computed from the arguments on entry.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::LitStr;

use super::failure::is_about_error;
use super::located_at;
use crate::args::monitored::Monitored;
use crate::args::{Db, TagValue};
use crate::model::Function;

/// Statements that add to `extras` what is not known before the function is called.
pub(super) fn render(private: &TokenStream, args: &Monitored, function: &Function) -> Option<TokenStream> {
    let here = Span::mixed_site();
    let extras = Ident::new("extras", here);
    // Only spans have them.
    let mut of_span = TokenStream::new();
    if let Some(format) = args.name.as_ref().and_then(|name| name.format.as_ref()) {
        of_span.extend(quote_spanned!(here=> extras.name(::core::format_args!(#format));));
    }
    if let Some(Db { system, text }) = &args.db {
        of_span.extend(quote_spanned!(here=> extras.text("db.system.name", #system);));
        if let Some(text) = text {
            let names = args.name.is_none();
            let text = reference(text);
            of_span.extend(quote_spanned!(here=> extras.statement(#system, #text, #names);));
        }
    }
    for datum in args.data.iter().filter(|datum| !is_about_error(&datum.value, function)) {
        of_span.extend(add_data(private, &extras, &datum.key, &datum.value));
    }
    let mut extras = TokenStream::new();
    if !of_span.is_empty() {
        extras.extend(quote_spanned!(here=> if extras.has_span() { #of_span }));
    }
    for tag in &args.tags {
        if let TagValue::Dynamic(value) = &tag.value
            && !is_about_error(value, function)
        {
            let key = &tag.key;
            let value = reference(value);
            extras.extend(quote_spanned!(here=> extras.tag(#key, #value);));
        }
    }
    for field in &args.user {
        let set = format_ident!("user_{}", field.key, span = here);
        let value = reference(&field.value);
        let given = quote_spanned!(located_at(&field.value)=> value);
        extras.extend(quote_spanned! {here=>
            match #value { value => {
                use #private::value::*;
                let value = (&&#private::value::Given(value)).__sentry_given();
                extras.#set(#given);
            } }
        });
    }
    (!extras.is_empty()).then_some(extras)
}

/// Adds a value to the data of `target`; `None` is left out.
pub(super) fn add_data(private: &TokenStream, target: &Ident, key: &str, value: &TokenStream) -> TokenStream {
    if let Ok(text) = syn::parse2::<LitStr>(value.clone()) {
        return quote_spanned!(Span::mixed_site()=> #target.text(#key, #text););
    }
    let value = reference(value);
    // The user's expression stands outside of the block, where nothing of ours is in scope.
    quote_spanned! {Span::mixed_site()=>
        match #value { value => {
            use #private::value::*;
            if let ::core::option::Option::Some(value) = (&&#private::value::Given(value)).__sentry_given() {
                #target.data(#key, (&&&&#private::value::Shown(value)).__sentry_datum());
            }
        } }
    }
}

/// A reference to the value of an expression, where rustc looks for a value that has no text.
pub(super) fn reference(value: &TokenStream) -> TokenStream {
    quote_spanned!(located_at(value)=> &(#value))
}
