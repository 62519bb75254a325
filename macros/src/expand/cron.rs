//! `#[cron]`.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

use super::function::{inferred, returned};
use super::{located_at, option};
use crate::args::Root;
use crate::args::cron::{Cron, NUMBERS, ReadSchedule};
use crate::body::{Body, Rewrite};
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;
use crate::parameters;
use crate::returned::{Returned, Work, WorkKind};

/// Expands `#[cron(args)] item`.
pub(crate) fn expand(config: &Config, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Cron::parse(args, &mut diagnostics);
    let function = Function::parse(item.clone(), "cron", &mut diagnostics);
    if let Some(constant) = function.as_ref().and_then(|function| function.signature.constness) {
        let message = "`#[cron]` cannot watch a `const fn`, which also runs in the compiler: remove `const`";
        diagnostics.error(constant, message);
    }
    // An attribute may consist of nothing but its name, which is no token of its own: hence under the function's.
    if let Some(function) = function.as_ref().filter(|_| args.slug.is_none() && diagnostics.is_empty()) {
        let message = "`#[cron]` needs the slug of the job's monitor: `slug = \"nightly-import\"`";
        diagnostics.error(&function.signature.ident, message);
    }
    if let Some(function) = &function
        && let (false, Returned::Work(Work { kind: WorkKind::Stream, .. })) =
            (function.is_async(), function.returned())
    {
        let message = "`#[cron]` cannot watch a stream, of which nobody knows when it has done its job: put it on the \
                       function that reads the stream";
        diagnostics.error(&function.signature.output, message);
    }
    match function {
        Some(function) if diagnostics.is_empty() => {
            config.switched_off(&item).unwrap_or_else(|| render(config, &args, &function))
        }
        _ => {
            let errors = diagnostics.into_tokens();
            quote!(#errors #item)
        }
    }
}

/// Input: `fn import() -> R { users }`
///
/// Output, with `#private` left out; the wrapper is that of `#[monitored]`, whose comments say why it looks so:
/// ```text
/// fn import() -> R {
///     let run = cron::start({ static MONITOR: cron::Monitor = …; &MONITOR });
///     let ret = call_once(move || -> R { users });
///     { …tell `run` whether `ret` is an error… }
///     ret
/// }
/// ```
/// and of an async function:
/// ```text
///     let run = …;
///     let witness = Witness::<R>::new();
///     let ret = async move { if false { return witness.never(); } users }.await;
/// ```
/// A future that is dropped takes `run` with it. A function that returns a future begins when that is polled:
/// ```text
///     cron::watch(Witness::<_>::new(), &MONITOR, call_once(move || -> R { users }), |ret, run| { … })
/// ```
fn render(config: &Config, args: &Cron, function: &Function) -> TokenStream {
    let here = Span::mixed_site();
    let private = &Root::private(args.root.as_ref());
    let Function { attributes, visibility, signature, inner_attributes, brace, body, .. } = function;
    let returned = returned(&signature.output);
    let at = located_at(&returned);
    let monitor = monitor(args, private);
    let braced = |content: TokenStream| {
        let mut braced = TokenStream::new();
        brace.surround(&mut braced, |inner| content.to_tokens(inner));
        braced
    };
    // Items go first, as clippy wants it.
    let rewrite = Rewrite { private, site: None, work: None, propagate: false, unwrap_runtime: false };
    let Body { items, statements, .. } = rewrite.body(body.clone());
    let in_order = parameters::in_order(function);
    let (witness, call) = if function.is_async() {
        let edge = quote_spanned! {at=>
            #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::needless_return)]
            if false { return witness.never(); }
        };
        let (witness, edge) = if function.never_returns() {
            (None, None)
        } else {
            (Some(quote_spanned!(at=> let witness = #private::Witness::<#returned>::new();)), Some(edge))
        };
        let users = braced(quote!(#items #edge #in_order #statements));
        let allow =
            function.may_return_future().then(|| quote_spanned!(here=> #[allow(clippy::async_yields_async)]));
        let future = quote_spanned!(at=> #allow async move #users);
        (witness, quote_spanned!(here=> #private::cron::future(#future).await))
    } else {
        let users = braced(quote!(#items #in_order #statements));
        let closure = quote_spanned!(at=> move || -> #returned);
        (None, quote_spanned!(here=> #private::call_once(#closure #users)))
    };
    let start = quote_spanned!(here=> #private::cron::start(#monitor));
    let wrapped = match function.returned() {
        Returned::Work(work) if !function.is_async() => {
            let observe = observe(private, function, &quote_spanned!(here=> ret));
            let item = match work.item {
                Some(item) if !work.boxed => inferred(item),
                _ => quote_spanned!(at=> _),
            };
            let witness = quote_spanned!(at=> #private::Witness::<#item>::new());
            // What cannot fail is not looked at.
            let ret = if function.returned().may_fail() {
                quote_spanned!(here=> ret)
            } else {
                quote_spanned!(here=> _)
            };
            let watched = quote_spanned!(at=> #private::cron::watch(#witness, #monitor, #call, |#ret, run| { #observe }));
            if work.boxed { quote_spanned!(at=> ::std::boxed::Box::pin(#watched)) } else { watched }
        }
        _ if function.never_returns() => quote_spanned!(here=> let _run = #start; #call),
        _ => {
            let observe = observe(private, function, &quote_spanned!(here=> &ret));
            quote_spanned!(here=> let run = #start; #witness let ret = #call; #observe ret)
        }
    };
    let track = config.track();
    quote_spanned! {here=>
        #(#attributes)*
        #visibility #signature {
            #(#inner_attributes)*
            #track
            #wrapped
        }
    }
}

/// Tells `run` what `ret`, a reference, is.
fn observe(private: &TokenStream, function: &Function, ret: &TokenStream) -> TokenStream {
    if !function.returned().may_fail() {
        return quote_spanned!(Span::mixed_site()=> run.completed(););
    }
    quote_spanned! {Span::mixed_site()=> {
        use #private::probe::Answer as _;
        match (&&#private::Returned(#ret)).__sentry_error() {
            ::core::option::Option::Some(_) => run.failed(),
            ::core::option::Option::None => run.completed(),
        }
    }}
}

/// The reference to what the attribute says of the job.
fn monitor(args: &Cron, private: &TokenStream) -> TokenStream {
    let here = Span::mixed_site();
    let slug = &args.slug;
    let config = args.read_schedule().map(|schedule| {
        let schedule = match schedule {
            ReadSchedule::Crontab(line) => quote_spanned!(here=> Crontab(#line)),
            ReadSchedule::Interval(count, unit) => {
                let count = Literal::u64_unsuffixed(count);
                let unit = Ident::new(&format!("{unit:?}"), here);
                quote_spanned!(here=> Interval(#count, #private::cron::Unit::#unit))
            }
        };
        let timezone = option(args.timezone.as_ref());
        let numbers = NUMBERS.map(|field| {
            let value = args.numbers.iter().find(|(name, _)| *name == field).map(|(_, value)| value);
            let (field, value) = (Ident::new(field, here), option(value));
            quote_spanned!(here=> #field: #value)
        });
        quote_spanned! {here=>
            #private::cron::Config {
                schedule: #private::cron::Schedule::#schedule,
                timezone: #timezone,
                #(#numbers,)*
            }
        }
    });
    let config = option(config);
    quote_spanned! {here=> {
        static MONITOR: #private::cron::Monitor = #private::cron::Monitor { slug: #slug, config: #config };
        &MONITOR
    }}
}
