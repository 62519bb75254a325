//! `#[sentry::main]`.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Safety, Signature, Token};

use super::{Callsite, observe};
use crate::args::Root;
use crate::args::main::{Flavor, Main};
use crate::body::Rewrite;
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// Expands `#[sentry::main(args)] item`.
pub(crate) fn expand(config: &Config, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Main::parse(args, &mut diagnostics);
    let Some(mut function) = Function::parse(item.clone(), "sentry::main", &mut diagnostics) else {
        let errors = diagnostics.into_tokens();
        return quote!(#errors #item);
    };
    let (moved, kept) = function.attributes.into_iter().partition(is_moved);
    function.attributes = kept;
    let misuse = misuse(&function.signature);
    let main = if misuse.is_empty() {
        let runtime = runtime(config, &args, &function, &moved, &mut diagnostics);
        // Expanded beside a wrong argument too: a plain `async fn main` would be a second error.
        match runtime {
            None if config.all_off => item,
            Some(runtime) if config.all_off => render_off(&args, &function, &moved, &runtime),
            runtime => render(config, &args, &function, &moved, runtime.as_ref()),
        }
    } else {
        diagnostics.append(misuse);
        render_misused(&function, item)
    };
    let errors = diagnostics.into_tokens();
    quote!(#errors #main)
}

/// Everything that a program's entry cannot be.
fn misuse(signature: &Signature) -> Diagnostics {
    let mut found = Diagnostics::default();
    if let Some(constant) = signature.constness {
        found.error(constant, "`#[sentry::main]` starts a client, which a `const fn` cannot: remove `const`");
    }
    if let Safety::Unsafe(token) = signature.safety {
        found.error(token, "the function under `#[sentry::main]` is the program's entry: remove `unsafe`");
    }
    if let Some(abi) = &signature.abi {
        found.error(abi, "the function under `#[sentry::main]` is the program's entry: remove `extern`");
    }
    if !signature.generics.params.is_empty() {
        let message = "the function under `#[sentry::main]` takes no generic parameters: remove them";
        found.error(&signature.generics, message);
    }
    if let Some(receiver) = signature.receiver() {
        found.error(receiver, "`#[sentry::main]` goes on the function `main`, not on a method");
    } else if !signature.inputs.is_empty() {
        let message =
            "the function under `#[sentry::main]` takes no arguments: read `std::env::args()` in its body";
        found.error(&signature.inputs, message);
    }
    found
}

/// A `main` that rustc would refuse too is put inside one that it accepts, so that one mistake stays one error.
fn render_misused(function: &Function, item: TokenStream) -> TokenStream {
    let Function { attributes, visibility, signature, inner_attributes, body, .. } = function;
    if signature.ident != "main" || signature.receiver().is_some() {
        return item;
    }
    quote_spanned! {Span::mixed_site()=>
        fn main() {
            #[allow(dead_code)]
            #(#attributes)*
            #visibility #signature { #(#inner_attributes)* #body }
        }
    }
}

/// Whether an attribute belongs on the inner function, as it may be the one that starts a runtime. Names are no help in
/// finding that one (`use tokio::main as entry`), so all move but those that rustc and its tools define.
fn is_moved(attribute: &Attribute) -> bool {
    if !attribute.path().is_ident("cfg_attr") {
        return !is_known(attribute.path());
    }
    conditional(attribute).iter().any(|meta| !is_known(meta.path()))
}

pub(super) fn is_known(path: &Path) -> bool {
    const BUILT_IN: [&str; 13] = [
        "allow",
        "warn",
        "deny",
        "expect",
        "forbid",
        "doc",
        "cfg",
        "inline",
        "cold",
        "coverage",
        "deprecated",
        "must_use",
        "unsafe",
    ];
    const TOOLS: [&str; 4] = ["clippy", "diagnostic", "rustfmt", "rust_analyzer"];
    let is = |names: &[&str]| {
        path.segments.first().is_some_and(|first| names.iter().any(|name| first.ident == name))
    };
    if path.segments.len() == 1 { is(&BUILT_IN) } else { is(&TOOLS) }
}

/// The attributes in `#[cfg_attr(condition, attributes…)]`.
pub(super) fn conditional(attribute: &Attribute) -> Vec<Meta> {
    let list = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    list.map(|list| list.into_iter().skip(1).collect()).unwrap_or_default()
}

/// Whether an attribute may start a runtime. These are known to leave an async function async.
fn starts_runtime(attribute: &Attribute) -> bool {
    let leaves_async = |path: &Path| {
        path.segments.last().is_some_and(|last| {
            ["cron", "monitored", "transaction", "instrument", "trace"].iter().any(|name| last.ident == name)
        })
    };
    if attribute.path().is_ident("cfg_attr") {
        return conditional(attribute)
            .iter()
            .any(|meta| !is_known(meta.path()) && !leaves_async(meta.path()));
    }
    !leaves_async(attribute.path())
}

/// The runtime for an async function that brings none.
fn runtime(
    config: &Config,
    args: &Main,
    function: &Function,
    moved: &[Attribute],
    diagnostics: &mut Diagnostics,
) -> Option<TokenStream> {
    let flavor = args.flavor.as_ref();
    let threads = args.worker_threads.as_ref();
    if !function.is_async() || moved.iter().any(starts_runtime) {
        for key in flavor.map(|(_, key)| key).into_iter().chain(threads.map(|(_, key)| key)) {
            let cure = "leave it out, or give it to the attribute that starts the runtime";
            diagnostics.error(
                key,
                format!("`{key}` is for an `async fn main` without a runtime of its own: {cure}"),
            );
        }
        return None;
    }
    let wants_threads = !matches!(flavor, Some((Flavor::CurrentThread, _)));
    if wants_threads && config.single_thread {
        let message = "the runtime with a thread for each core needs the feature `multi-thread` of `monitored`: enable it, or \
            write `#[sentry::main(flavor = \"current_thread\")]`";
        match (flavor, threads) {
            (Some((_, key)), _) | (None, Some((_, key))) => diagnostics.error(key, message),
            (None, None) => diagnostics.error(function.signature.asyncness, message),
        }
    }
    Some(match flavor {
        _ if config.single_thread => quote_spanned!(Span::mixed_site()=> CurrentThread),
        Some((Flavor::CurrentThread, _)) => quote_spanned!(Span::mixed_site()=> CurrentThread),
        Some((Flavor::MultiThread, _)) | None => {
            let threads = super::option(threads.map(|(count, _)| count));
            quote_spanned!(Span::mixed_site()=> MultiThread { worker_threads: #threads })
        }
    })
}

/// Input: `#moved async fn main() -> R { users }`
///
/// Output, with `#private` left out:
/// ```text
/// fn main() -> R {
///     static __SENTRY_SITE: AtomicSite = AtomicSite::new();
///     #moved
///     async fn main() -> R { users }
///     let call = main::start(#callsite, Package { … }, |options| options.environment("x"));
///     let ret = main::block_on(Runtime::…, main());
///     #observe
///     ret
/// }
/// ```
/// The client runs before any runtime does and ends after it. Items come first for clippy. What an item is called is
/// seen by the user's code whatever its span says: hence a site that nobody else has, and an inner function that is
/// still `main` to a `main` that calls itself.
fn render(
    config: &Config,
    args: &Main,
    function: &Function,
    moved: &[Attribute],
    runtime: Option<&TokenStream>,
) -> TokenStream {
    let here = Span::mixed_site();
    let private = &Root::private(args.root.as_ref());
    let Function { attributes, visibility, signature, inner_attributes, brace, body, .. } = function;
    let may_fail = function.returned().may_fail();
    let rewritten = Rewrite {
        private,
        site: may_fail.then(|| quote_spanned!(here=> &__SENTRY_SITE)),
        work: None,
        propagate: true,
        unwrap_runtime: !function.is_async(),
    }
    .body(body.clone());
    let site = rewritten.notes.then(
        || quote_spanned!(here=> static __SENTRY_SITE: #private::AtomicSite = #private::AtomicSite::new();),
    );
    let mut users = TokenStream::new();
    brace.surround(&mut users, |inner| {
        rewritten.items.to_tokens(inner);
        rewritten.statements.to_tokens(inner);
    });

    let callsite = Callsite { private, config, function, kind: "main", said: None, arguments: &[] }.render();
    let package = package(private, config);
    let configure = configure(args);
    let track = config.track_release();
    let start = quote_spanned! {here=>
        #private::main::start(
            #callsite,
            #package,
            #configure,
        )
    };
    let name = &signature.ident;
    let mut run = quote_spanned!(here=> #name());
    if let Some(runtime) = runtime {
        run = quote_spanned!(here=> #private::main::block_on(#private::main::Runtime::#runtime, #run));
    }
    let run = if function.never_returns() {
        quote_spanned!(here=> let _call = #start; #run)
    } else if may_fail {
        let line = if rewritten.notes {
            quote_spanned!(here=> #private::Line::line(&__SENTRY_SITE))
        } else {
            Literal::u32_unsuffixed(function.line()).into_token_stream()
        };
        let observe = observe(private, &quote_spanned!(here=> &ret), &line, None);
        quote_spanned!(here=> let call = #start; let ret = #run; #observe ret)
    } else {
        quote_spanned!(here=> let call = #start; let ret = #run; call.completed(); ret)
    };
    let entry = Signature { asyncness: None, ..signature.clone() };
    quote_spanned! {here=>
        #(#attributes)*
        #visibility #entry {
            #(#inner_attributes)*
            #site
            #track
            #(#moved)*
            #signature #users
            #run
        }
    }
}

/// An async function without a runtime of its own does not compile as it is.
///
/// Input: `async fn main() -> R { users }`
///
/// Output: `fn main() -> R { async fn main() -> R { users } main::block_on(Runtime::…, main()) }`
fn render_off(args: &Main, function: &Function, moved: &[Attribute], runtime: &TokenStream) -> TokenStream {
    let private = Root::private(args.root.as_ref());
    let Function { attributes, visibility, signature, inner_attributes, brace, body, .. } = function;
    let mut users = TokenStream::new();
    brace.surround(&mut users, |inner| body.to_tokens(inner));
    let name = &signature.ident;
    let entry = Signature { asyncness: None, ..signature.clone() };
    quote_spanned! {Span::mixed_site()=>
        #(#attributes)*
        #visibility #entry {
            #(#inner_attributes)*
            #(#moved)*
            #signature #users
            #private::main::block_on(#private::main::Runtime::#runtime, #name())
        }
    }
}

/// What the program's package is, for the client's defaults.
pub(super) fn package(private: &TokenStream, config: &Config) -> TokenStream {
    let release = config.release(private);
    let defaults = config.defaults(private);
    let crates = config.crates();
    let modules = config.modules();
    quote_spanned! {Span::mixed_site()=>
        #private::main::Package {
            release: #release,
            defaults: #defaults,
            debug_assertions: ::core::cfg!(debug_assertions),
            module: ::core::module_path!(),
            crates: &[#(#crates),*],
            modules: #modules,
        }
    }
}

/// The closure that sets the options, each by the setter of its name. The keys are the user's tokens, so that an editor
/// finds the setter and rustc blames the argument.
pub(super) fn configure(args: &Main) -> TokenStream {
    let here = Span::mixed_site();
    let setters: TokenStream =
        args.setters.iter().map(|(setter, value)| quote_spanned!(here=> .#setter(#value))).collect();
    match &args.options {
        None => quote_spanned!(here=> |options| options #setters),
        Some(start) => quote_spanned!(here=> |_| { let options = #start; options #setters }),
    }
}
