//! From plain structs to tokens: one file per attribute, and what they share.

mod block;
pub(crate) mod cron;
mod extras;
mod failure;
mod function;
pub(crate) mod main;
pub(crate) mod monitored;
pub(crate) mod report;
pub(crate) mod test;
pub(crate) mod transaction;

use proc_macro2::{Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;

use crate::args::TagValue;
use crate::args::monitored::Monitored;
use crate::called::{Called, called};
use crate::config::{Config, SourceContext};
use crate::model::Function;
use crate::written;
use failure::Failure;

/// What one function's `static` says.
struct Callsite<'a> {
    private: &'a TokenStream,
    config: &'a Config,
    function: &'a Function,
    /// The function of `Sited` that makes one.
    kind: &'static str,
    /// What the attribute says, as an expression.
    said: Option<TokenStream>,
    /// The names of the arguments that are shown without code of their own.
    arguments: &'a [String],
}

impl Callsite<'_> {
    /// Output, with `#private` left out:
    /// ```text
    /// callsite!(monitored, 7, 13, b"decode,limit\0", unnamed, UNSAID, "fn decode…", 7, debug_assertions)
    /// ```
    /// The `static` itself is the library's to write. Where the file does not tell what the function is called, there is a
    /// `struct Here` for the compiler to name: `{ struct Here; callsite!(…, type_name::<Here>, …) }`.
    fn render(&self) -> TokenStream {
        let Self { private, config, function, .. } = self;
        let here = Span::mixed_site();
        let line = Literal::u32_unsuffixed(function.line());
        let kind = Ident::new(self.kind, here);
        let called = called(&function.signature.ident);
        let (named, path) = if called.is_some() {
            (None, quote_spanned!(here=> #private::unnamed))
        } else {
            let named = quote_spanned!(here=> struct Here;);
            (Some(named), quote_spanned!(here=> ::core::any::type_name::<Here>))
        };
        let said = if let Some(said) = &self.said {
            quote_spanned!(here=> &#said)
        } else {
            quote_spanned!(here=> #private::UNSAID)
        };
        let source = source(config.source_context, function, called.as_ref());
        let mut text = called.map(|called| called.name).unwrap_or_default();
        for argument in self.arguments {
            text.push(',');
            text.push_str(argument);
        }
        text.push('\0');
        let length = Literal::usize_unsuffixed(text.len());
        let text = Literal::byte_string(text.as_bytes());
        let callsite = quote_spanned! {here=>
            #private::callsite!(#kind, #line, #length, #text, #path, #said, #source)
        };
        let track = config.track();
        let items = quote_spanned!(here=> #track #named);
        if items.is_empty() { callsite } else { quote_spanned!(here=> { #items #callsite }) }
    }
}

/// The text for the lines round an error, its first line, and the condition under which it is embedded; without a word
/// about it in `sentry.toml` a release binary does not contain it.
fn source(context: SourceContext, function: &Function, called: Option<&Called>) -> TokenStream {
    let here = Span::mixed_site();
    let embed = match context {
        SourceContext::Off => None,
        SourceContext::Dev => Some(quote_spanned!(here=> debug_assertions)),
        SourceContext::Always => Some(quote_spanned!(here=> all())),
    };
    let embedded = embed.and_then(|embed| {
        let (text, line) = written::text_of(function, called)?;
        let line = Literal::u32_unsuffixed(line);
        Some(quote_spanned!(here=> #text, #line, #embed))
    });
    embedded.unwrap_or_else(|| quote_spanned!(here=> "", 0, any()))
}

/// Whether an attribute's arguments are `off`: it leaves the function alone.
fn is_off(args: &TokenStream) -> bool {
    let mut tokens = args.clone().into_iter();
    matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "off") && tokens.next().is_none()
}

/// What an attribute says in its arguments, as an expression.
fn said(private: &TokenStream, args: &Monitored) -> Option<TokenStream> {
    let here = Span::mixed_site();
    let some = |field: &str, value: TokenStream| {
        let field = Ident::new(field, here);
        quote_spanned!(here=> #field: ::core::option::Option::Some(#value),)
    };
    let name = args.name.as_ref().map(|name| some("name", name.title.to_token_stream()));
    let op = args.op.as_ref().map(|op| some("op", op.to_token_stream()));
    let tags = args.tags.iter().filter_map(|tag| match &tag.value {
        TagValue::Literal(text) => Some((&tag.key, text)),
        TagValue::Dynamic(_) => None,
    });
    let tags: Vec<_> = tags.map(|(key, text)| quote_spanned!(here=> (#key, #text))).collect();
    let tags = (!tags.is_empty()).then(|| quote_spanned!(here=> tags: &[#(#tags),*],));
    let level = args.level.map(|level| {
        let level = variant(level);
        some("level", quote_spanned!(here=> #private::Level::#level))
    });
    let source = args.source.map(|source| {
        let source = variant(source);
        some("source", quote_spanned!(here=> #private::TransactionSource::#source))
    });
    let root = args.always_opens.then(|| quote_spanned!(here=> root: true,));
    let quiet = (!args.capture).then(|| quote_spanned!(here=> capture: false,));
    let fields = [name, op, tags, level, source, root, quiet];
    let rest = fields.iter().any(Option::is_none).then(|| quote_spanned!(here=> ..#private::Said::NOTHING));
    let fields: TokenStream = fields.into_iter().flatten().collect();
    (!fields.is_empty()).then(|| quote_spanned!(here=> #private::Said { #fields #rest }))
}

/// The variant of an enum that a word stands for.
fn variant(word: &str) -> Ident {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    Ident::new(&first.into_iter().chain(letters).collect::<String>(), Span::mixed_site())
}

fn option(value: Option<impl ToTokens>) -> TokenStream {
    let Some(value) = value else { return quote_spanned!(Span::mixed_site()=> ::core::option::Option::None) };
    quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(#value))
}

/// Tells `call` whether `returned`, a reference, turns out to hold an error: the probes pick a `Result` of any error type
/// without asking a bound of it. One call and no branch, as each branch in which `call` ends is one that rustc has to
/// follow in each function.
fn observe(
    private: &TokenStream,
    returned: &TokenStream,
    line: &TokenStream,
    failure: Option<&Failure>,
) -> TokenStream {
    let here = Span::mixed_site();
    let vars = failure.map(|failure| &failure.vars);
    if let Some(Failure { say, .. }) = failure.filter(|failure| !failure.say.is_empty()) {
        // The user's code in the statements stands outside of what our `use` brings into scope.
        return quote_spanned! {here=> {
            let returned = { use #private::probe::Answer as _; (&&#private::Returned(#returned)).__sentry_error() };
            if let ::core::option::Option::Some(error) = returned {
                let mut failure = call.failing(&[#vars]);
                #say
                let seen = { use #private::probe::Way as _; (&&&&&&&&&#private::Returned(#returned)).__sentry_see() };
                if let ::core::option::Option::Some(seen) = seen {
                    call.failed_with(seen, #line, failure);
                }
            } else {
                call.completed();
            }
        }};
    }
    quote_spanned! {here=> {
        use #private::probe::Way as _;
        (&&&&&&&&&#private::Returned(#returned)).__sentry_end(call, #line, [#vars]);
    }}
}

/// A span of ours that points at the user's tokens.
fn located_at(tokens: &TokenStream) -> Span {
    Span::mixed_site().located_at(tokens.span())
}
