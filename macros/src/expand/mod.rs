//! From plain structs to tokens: one file per attribute, and what they share.

mod block;
pub(crate) mod cron;
mod extras;
mod failure;
mod function;
pub(crate) mod main;
pub(crate) mod monitored;
pub(crate) mod test;
pub(crate) mod transaction;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::LitStr;
use syn::spanned::Spanned as _;

use crate::args::monitored::Monitored;
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
    /// An expression of what few attributes say.
    choices: Option<TokenStream>,
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
        let (new, choices) = match &self.choices {
            None => ("new", None),
            Some(choices) => ("choosing", Some(quote_spanned!(Span::mixed_site()=> , #choices))),
        };
        let new = Ident::new(new, Span::mixed_site());
        quote_spanned! {Span::mixed_site()=> {
            #track
            fn here() {}
            static CALLSITE: #private::Callsite = #private::Callsite::#new(#private::Definition {
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
            } #choices);
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

/// What an attribute says that few say, as an expression.
fn choices(private: &TokenStream, args: &Monitored) -> Option<TokenStream> {
    let here = Span::mixed_site();
    let variant = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        Ident::new(&first.into_iter().chain(letters).collect::<String>(), here)
    };
    let level = args.level.map(|level| {
        let level = variant(level);
        quote_spanned!(here=> level: ::core::option::Option::Some(#private::Level::#level),)
    });
    let source = args.source.map(|source| {
        let source = variant(source);
        quote_spanned!(here=> source: ::core::option::Option::Some(#private::TransactionSource::#source),)
    });
    let root = args.always_opens.then(|| quote_spanned!(here=> root: true,));
    if level.is_none() && source.is_none() && root.is_none() {
        return None;
    }
    let rest = (level.is_none() || source.is_none() || root.is_none())
        .then(|| quote_spanned!(here=> ..#private::Choices::NONE));
    Some(quote_spanned!(here=> #private::Choices { #level #source #root #rest }))
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

/// Does so as [`observe`] does, and says more of an error: `say` are statements about `error` for `failure`. The user's
/// code in them stands outside of what our `use` brings into scope.
fn observe_with(
    private: &TokenStream,
    returned: &TokenStream,
    line: &TokenStream,
    say: &TokenStream,
) -> TokenStream {
    quote_spanned! {Span::mixed_site()=> {
        let returned = { use #private::probe::*; (&&#private::Returned(#returned)).__sentry_error() };
        match returned {
            ::core::option::Option::Some(error) => {
                let mut failure = call.failing();
                #say
                let seen = { use #private::probe::*; (&&&&&&&#private::Raised(error)).__sentry_see() };
                call.failed_with(seen, #line, failure)
            }
            ::core::option::Option::None => call.completed(),
        }
    }}
}

/// A span of ours that points at the user's tokens.
fn located_at(tokens: &TokenStream) -> Span {
    Span::mixed_site().located_at(tokens.span())
}
