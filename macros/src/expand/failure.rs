//! What an attribute says of the error that a function returned, and the values of its arguments.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote_spanned};

use super::extras::{add_data, reference};
use super::located_at;
use crate::args::monitored::Monitored;
use crate::args::{Ignored, TagValue};
use crate::config::Config;
use crate::mentions::{mention, mentions};
use crate::model::Function;
use crate::parameters::{self, Form, Value};

/// The code that a function gets for its errors.
pub(super) struct Failure {
    /// Before the body: keeps the arguments that the body may take.
    pub(super) keep: TokenStream,
    /// The names of the arguments that are primitive.
    pub(super) arguments: Vec<String>,
    /// After it: an expression of these arguments.
    pub(super) vars: TokenStream,
    /// Statements that tell `failure` more about `error`.
    pub(super) say: TokenStream,
}

/// Whether an expression can only be evaluated once there is an error: it names `err`, and no argument is called so.
pub(super) fn is_about_error(value: &TokenStream, function: &Function) -> bool {
    function.returned().may_fail()
        && mentions(value, "err")
        && !parameters::of(&function.signature).iter().any(|parameter| parameter.name == "err")
}

/// Nothing where no error can come out.
pub(super) fn render(
    private: &TokenStream,
    config: &Config,
    args: &Monitored,
    function: &Function,
) -> Option<Failure> {
    if !function.returned().may_fail() {
        return None;
    }
    let here = Span::mixed_site();
    let failure = Ident::new("failure", here);
    let mut say: TokenStream = args.ignore.iter().map(|kind| ignore(private, kind)).collect();
    for part in &args.fingerprint {
        let value = reference(part);
        let add = with_error(part, &quote_spanned!(here=> failure.fingerprint(#value);));
        say.extend(said("say_if_sent", part, &add));
    }
    for tag in &args.tags {
        if let TagValue::Dynamic(tokens) = &tag.value
            && is_about_error(tokens, function)
        {
            let key = &tag.key;
            let value = reference(tokens);
            say.extend(said(
                "say",
                tokens,
                &with_error(tokens, &quote_spanned!(here=> failure.tag(#key, #value);)),
            ));
        }
    }
    for datum in args.data.iter().filter(|datum| is_about_error(&datum.value, function)) {
        let add = add_data(private, &failure, &datum.key, &datum.value);
        say.extend(said("say", &datum.value, &with_error(&datum.value, &add)));
    }
    let values = parameters::shown(&args.values, config, function);
    let keep = values.iter().filter_map(|value| keep(private, value, Keep::of(value, function))).collect();
    let (plain, others): (Vec<_>, Vec<_>) = values.iter().partition(|value| is_plain(value));
    let arguments = plain.iter().map(|value| value.parameter.name.clone()).collect();
    let vars = plain.into_iter().map(|value| var(private, value, Keep::of(value, function)));
    let vars = quote_spanned!(here=> #(#vars),*);
    let shown: TokenStream =
        others.into_iter().map(|value| show(private, value, Keep::of(value, function))).collect();
    if !shown.is_empty() {
        say.extend(quote_spanned!(here=> failure.say_if_sent(|failure| { #shown });));
    }
    Some(Failure { keep, arguments, vars, say })
}

/// Whether an argument can be told without code of its own, which every function would pay for that has a number among
/// its arguments.
fn is_plain(value: &Value) -> bool {
    value.hidden || matches!(value.parameter.form, Form::Primitive { .. })
}

/// Output: `&limit`
fn var(private: &TokenStream, value: &Value, how: Keep) -> TokenStream {
    let here = Span::mixed_site();
    if value.hidden { quote_spanned!(here=> &#private::value::Filtered) } else { held(value, how) }
}

/// `failure.#method(|failure| { #statements });`, shown at the user's expression when rustc blames the closure: the body
/// may have taken what the expression needs.
fn said(method: &str, about: &TokenStream, statements: &TokenStream) -> TokenStream {
    let method = Ident::new(method, Span::mixed_site());
    let closure = quote_spanned!(located_at(about)=> |failure|);
    quote_spanned!(Span::mixed_site()=> failure.#method(#closure { #statements });)
}

/// Lets `statements` name the error as the user did.
fn with_error(value: &TokenStream, statements: &TokenStream) -> TokenStream {
    let Some(mention) = mention(value, "err") else { return statements.clone() };
    let err = Ident::new("err", mention.span());
    quote_spanned!(Span::mixed_site()=> #[allow(unused_variables)] let #err = error; #statements)
}

/// Output:
/// ```text
/// failure.say(|failure| {
///     let ignored = match error { DbError::NotFound => true, _ => false };
///     failure.ignore(ignored);
/// });
/// ```
fn ignore(private: &TokenStream, kind: &Ignored) -> TokenStream {
    let here = Span::mixed_site();
    match kind {
        Ignored::Pattern { pattern, guard } => {
            let guard = guard.as_ref().map(|guard| quote_spanned!(here=> if #guard));
            let about = pattern.to_token_stream();
            let statements = quote_spanned! {here=>
                #[allow(unreachable_patterns)]
                let ignored = match error { #pattern #guard => true, _ => false };
                failure.ignore(ignored);
            };
            said("say", &about, &statements)
        }
        Ignored::Type(ty) => {
            let statements = quote_spanned! {here=>
                // Without names: the user's type is looked up here.
                use #private::kind::{Downcast as _, IsCast as _, IsDyn as _, IsNamed as _, IsSend as _, IsSendSync as _};
                failure.ignore((&&&&&#private::kind::answer::<#ty, _>(error.downcast_ref::<#ty>())).__sentry_is());
            };
            said("say", &ty.to_token_stream(), &statements)
        }
    }
}

/// How an argument is kept for the time after the body.
#[derive(Clone, Copy)]
enum Keep {
    /// It is still there.
    Not,
    /// The value behind so many references is copied.
    Value { references: usize },
    /// It is copied if its type can be.
    Copy,
    /// It is copied if its type can be, else formatted if a client is active.
    CopyOrText,
    /// It is formatted if a client is active.
    Text,
}

impl Keep {
    fn of(value: &Value, function: &Function) -> Self {
        let outlives = function.outlives_arguments();
        match value.parameter.form {
            _ if value.hidden => Self::Not,
            Form::Primitive { references } if outlives => Self::Value { references },
            Form::Shared | Form::Other if outlives => Self::Text,
            Form::Primitive { .. } | Form::Shared => Self::Not,
            Form::Other if value.named => Self::CopyOrText,
            Form::Other => Self::Copy,
        }
    }
}

fn kept(value: &Value) -> Ident {
    format_ident!("kept_{}", value.parameter.name, span = Span::mixed_site())
}

fn keep(private: &TokenStream, value: &Value, how: Keep) -> Option<TokenStream> {
    let here = Span::mixed_site();
    let (kept, ident) = (kept(value), &value.parameter.ident);
    let argument = quote_spanned!(here=> #private::value::Argument(&#ident));
    let keep = match how {
        Keep::Not => return None,
        Keep::Value { references } => {
            let behind = (0..references).map(|_| quote_spanned!(here=> *));
            quote_spanned!(here=> #private::value::Copied::new(#(#behind)* #ident))
        }
        Keep::Copy => quote_spanned! {here=> {
            use #private::value::*;
            (&&#argument).__sentry_keep_copy()
        }},
        Keep::CopyOrText => quote_spanned! {here=> {
            use #private::value::*;
            (&&&&#argument).__sentry_keep()
        }},
        Keep::Text => quote_spanned! {here=> {
            use #private::value::{KeepDebug as _, KeepDisplay as _, KeepName as _};
            (&&&#argument).__sentry_keep()
        }},
    };
    Some(quote_spanned!(here=> let #kept = #keep;))
}

/// A reference to an argument, or to what was kept of it.
fn held(value: &Value, how: Keep) -> TokenStream {
    let here = Span::mixed_site();
    if matches!(how, Keep::Not) {
        let ident = &value.parameter.ident;
        return quote_spanned!(here=> &#ident);
    }
    let kept = kept(value);
    quote_spanned!(here=> #kept.get())
}

fn show(private: &TokenStream, value: &Value, how: Keep) -> TokenStream {
    let name = &value.parameter.name;
    let here = Span::mixed_site();
    let add = |shown: TokenStream| {
        quote_spanned! {here=> {
            use #private::value::*;
            failure.var(#name, (&&&&#private::value::Shown(#shown)).__sentry_value());
        }}
    };
    if matches!(how, Keep::Copy) {
        let (kept, add) = (kept(value), add(quote_spanned!(here=> shown)));
        return quote_spanned!(here=> if let ::core::option::Option::Some(shown) = #kept.get() #add);
    }
    add(held(value, how))
}
