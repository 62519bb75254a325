//! `#[sentry::test]`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Attribute, Path, Signature};

use super::main::{conditional, configure, is_known, package};
use crate::args::Root;
use crate::args::main::Main;
use crate::body::{Body, Rewrite};
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[sentry::test(args)] item`.
pub(crate) fn expand(config: &Config, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Main::parse_test(args, &mut diagnostics);
    let function = Function::parse(item.clone(), "sentry::test", &mut diagnostics);
    if let Some(function) = &function {
        check(&function.signature, &mut diagnostics);
    }
    match function {
        Some(function) if diagnostics.is_empty() => render(config, &args, function),
        _ => {
            let errors = diagnostics.into_tokens();
            quote!(#errors #item)
        }
    }
}

/// Everything that a test cannot be.
fn check(signature: &Signature, diagnostics: &mut Diagnostics) {
    if let Some(constant) = signature.constness {
        diagnostics
            .error(constant, "`#[sentry::test]` starts a client, which a `const fn` cannot: remove `const`");
    }
    if let Some(receiver) = signature.receiver() {
        diagnostics.error(receiver, "`#[sentry::test]` goes on a function, not on a method");
    } else if !signature.inputs.is_empty() {
        diagnostics.error(
            &signature.inputs,
            "a test takes no arguments: remove them, or call this function from a test",
        );
    }
    if !signature.generics.params.is_empty() {
        diagnostics.error(&signature.generics, "a test takes no generic parameters: remove them");
    }
}

/// Whether an attribute makes the function a test: `#[test]`, `#[tokio::test]`, …
fn makes_test(attribute: &Attribute) -> bool {
    let is_test = |path: &Path| path.segments.last().is_some_and(|last| last.ident == "test");
    if attribute.path().is_ident("cfg_attr") {
        return conditional(attribute).iter().any(|meta| is_test(meta.path()));
    }
    is_test(attribute.path())
}

/// Whether an attribute stays on the test itself: those that rustc and its tools define, and those that make it a test.
/// Others, as `#[monitored]`, go on a function inside, so that what they do is seen by the test's client.
fn is_kept(attribute: &Attribute) -> bool {
    let is_known =
        |path: &Path| is_known(path) || ["should_panic", "ignore"].iter().any(|name| path.is_ident(name));
    if makes_test(attribute) {
        return true;
    }
    if attribute.path().is_ident("cfg_attr") {
        return conditional(attribute).iter().all(|meta| is_known(meta.path()));
    }
    is_known(attribute.path())
}

/// Input: `fn low_stock() -> R { users }`
///
/// Output, with `#private` left out:
/// ```text
/// #[::core::prelude::v1::test]
/// fn low_stock() -> R {
///     let _test = test::start(Package { … }, |options| options.environment("x"));
///     users
/// }
/// ```
/// Below or above an attribute that makes it a test no other one is added. An async function that has none runs on a
/// runtime of ours:
/// ```text
/// #[::core::prelude::v1::test]
/// fn low_stock() -> R {
///     async fn low_stock() -> R { users }
///     let _test = test::start(…);
///     main::block_on(Runtime::CurrentThread, low_stock())
/// }
/// ```
fn render(config: &Config, args: &Main, mut function: Function) -> TokenStream {
    let here = Span::mixed_site();
    let private = &Root::private(args.root.as_ref());
    let (kept, moved): (Vec<_>, Vec<_>) =
        std::mem::take(&mut function.attributes).into_iter().partition(is_kept);
    let is_test = kept.iter().any(makes_test);
    let test = (!is_test).then(|| quote_spanned!(here=> #[::core::prelude::v1::test]));
    let Function { visibility, signature, inner_attributes, brace, body, .. } = &function;

    let (package, configure) = (package(private, config), configure(args));
    let track = config.track();
    let start = quote_spanned!(here=> let _test = #private::test::start(#package, #configure););
    let Body { items, statements, .. } = Rewrite {
        private,
        site: None,
        work: None,
        propagate: true,
        unwrap_runtime: is_test && !function.is_async(),
    }
    .body(body.clone());
    let braced = |content: TokenStream| {
        let mut braced = TokenStream::new();
        brace.surround(&mut braced, |inner| content.to_tokens(inner));
        braced
    };
    let alone = function.is_async() && !is_test;
    if moved.is_empty() && !alone {
        let users = braced(quote!(#(#inner_attributes)* #track #items #start #statements));
        return quote_spanned!(here=> #(#kept)* #test #visibility #signature #users);
    }
    let name = &signature.ident;
    let run = match (alone, function.is_async()) {
        (true, _) => {
            quote_spanned!(here=> #private::main::block_on(#private::main::Runtime::CurrentThread, #name()))
        }
        (false, true) => quote_spanned!(here=> #name().await),
        (false, false) => quote_spanned!(here=> #name()),
    };
    let asyncness = if alone { None } else { signature.asyncness };
    let entry = Signature { asyncness, ..signature.clone() };
    let users = braced(quote!(#items #statements));
    quote_spanned! {here=>
        #(#kept)*
        #test
        #visibility #entry {
            #(#inner_attributes)*
            #track
            #(#moved)*
            #signature #users
            #start
            #run
        }
    }
}
