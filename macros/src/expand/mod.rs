//! From plain structs to tokens: one file per attribute, and what they share.

mod block;
pub(crate) mod cron;
mod function;
pub(crate) mod main;
pub(crate) mod monitored;
pub(crate) mod test;
pub(crate) mod transaction;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::LitStr;

use crate::args::{Tag, TagValue};
use crate::config::{Config, SourceContext};
use crate::model::Function;

/// What one function's `static` says.
struct Callsite<'a> {
    private: &'a TokenStream,
    config: &'a Config,
    function: &'a Function,
    /// A variant of `Kind`.
    kind: &'static str,
    name: Option<&'a LitStr>,
    op: Option<&'a LitStr>,
    tags: &'a [Tag],
    capture: bool,
}

impl Callsite<'_> {
    /// Output, with `#private` left out:
    /// ```text
    /// {
    ///     fn here() {}
    ///     static CALLSITE: Callsite = Callsite::new(Definition { function: "decode", … });
    ///     &CALLSITE
    /// }
    /// ```
    /// A block, as the names of items are seen by the code around them whatever their spans say.
    fn render(&self) -> TokenStream {
        let Self { private, config, function, capture, .. } = self;
        let name = function.name();
        let line = Literal::u32_unsuffixed(function.line());
        let column = Literal::u32_unsuffixed(function.column());
        let kind = Ident::new(self.kind, Span::mixed_site());
        let given_name = option(self.name);
        let op = option(self.op);
        let tags = self.tags.iter().filter_map(|tag| match &tag.value {
            TagValue::Literal(text) => Some((&tag.key, text)),
            TagValue::Dynamic(_) => None,
        });
        let tags = tags.map(|(key, text)| quote_spanned!(Span::mixed_site()=> (#key, #text)));
        let source = source(private, config.source_context, function);
        let track = config.track();
        quote_spanned! {Span::mixed_site()=> {
            #track
            fn here() {}
            static CALLSITE: #private::Callsite = #private::Callsite::new(#private::Definition {
                function: #name,
                path: || ::core::any::type_name_of_val(&here),
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: #line,
                column: #column,
                kind: #private::Kind::#kind,
                name: #given_name,
                op: #op,
                tags: &[#(#tags),*],
                capture: #capture,
                source: #source,
            });
            &CALLSITE
        }}
    }
}

/// The text is for the lines round an error; without a word about it in `sentry.toml` a release binary does not contain
/// it.
fn source(private: &TokenStream, context: SourceContext, function: &Function) -> TokenStream {
    let text = function.source().filter(|_| context != SourceContext::Off);
    let Some((text, line)) = text else { return option(None::<LitStr>) };
    let line = Literal::u32_unsuffixed(line);
    let source = quote_spanned!(Span::mixed_site()=> #private::Source { text: #text, line: #line });
    if context == SourceContext::Always {
        return option(Some(source));
    }
    quote_spanned! {Span::mixed_site()=>
        if ::core::cfg!(debug_assertions) {
            ::core::option::Option::Some(#source)
        } else {
            ::core::option::Option::None
        }
    }
}

/// Whether an attribute's arguments are `off`: it leaves the function alone.
fn is_off(args: &TokenStream) -> bool {
    let mut tokens = args.clone().into_iter();
    matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "off") && tokens.next().is_none()
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    let Some(value) = value else { return quote_spanned!(Span::mixed_site()=> ::core::option::Option::None) };
    quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(#value))
}

/// Tells `call` how the function ended, by what `returned`, a reference, turns out to be: the probes pick a `Result` of
/// any error type without asking a bound of it.
fn observe(private: &TokenStream, returned: &TokenStream, line: &TokenStream) -> TokenStream {
    quote_spanned! {Span::mixed_site()=> {
        use #private::probe::*;
        match (&&#private::Returned(#returned)).__sentry_error() {
            ::core::option::Option::Some(error) => {
                call.failed((&&&&&&&#private::Raised(error)).__sentry_see(), #line)
            }
            ::core::option::Option::None => call.completed(),
        }
    }}
}
