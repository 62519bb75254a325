//! The wrapper round a function that `#[monitored]` and `#[transaction]` share.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{ReturnType, Token, Type, TypeInfer};

use super::failure::{self, Failure};
use super::{Callsite, extras, located_at, observe, said};
use crate::args::Root;
use crate::args::monitored::Monitored;
use crate::body::{Body, Rewrite};
use crate::config::Config;
use crate::diagnostics::Diagnostics;
use crate::model::Function;
use crate::parameters;
use crate::returned::{Returned, Work, WorkKind};

/// The wrapped function; beside any mistake, and when it is switched off, `item` as it was.
pub(super) fn expand(
    attribute: &'static str,
    config: &Config,
    args: &Monitored,
    function: Option<Function>,
    item: TokenStream,
    mut diagnostics: Diagnostics,
) -> TokenStream {
    if let Some(constant) = function.as_ref().and_then(|function| function.signature.constness) {
        diagnostics.error(
            constant,
            format!(
                "`#[{attribute}]` cannot watch a `const fn`, which also runs in the compiler: remove `const`"
            ),
        );
    }
    if let Some(function) = &function {
        parameters::check(args, function, &mut diagnostics);
    }
    match function {
        Some(function) if diagnostics.is_empty() => match config.switched_off(&item) {
            Some(unchanged) => unchanged,
            None => Wrapper::new(attribute, config, args, &function).render(),
        },
        _ => {
            let errors = diagnostics.into_tokens();
            quote!(#errors #item)
        }
    }
}

struct Wrapper<'a> {
    function: &'a Function,
    private: TokenStream,
    /// The reference to the callsite.
    callsite: TokenStream,
    /// Statements that add what is known only when the function is called.
    extras: Option<TokenStream>,
    /// The return type as an expression may write it.
    returned: TokenStream,
    /// What is said of an error.
    failure: Option<Failure>,
    propagate: bool,
}

impl<'a> Wrapper<'a> {
    fn new(attribute: &'static str, config: &Config, args: &Monitored, function: &'a Function) -> Self {
        let private = Root::private(args.root.as_ref());
        let returned = returned(&function.signature.output);
        let extras = extras::render(&private, args, function);
        let failure = failure::render(&private, config, args, function);
        let callsite = Callsite {
            private: &private,
            config,
            function,
            kind: attribute,
            said: said(&private, args),
            arguments: failure.as_ref().map_or(&[], |failure| &failure.arguments),
        }
        .render();
        Self { function, callsite, extras, failure, returned, private, propagate: args.propagate }
    }

    fn render(&self) -> TokenStream {
        let Function { attributes, visibility, signature, inner_attributes, .. } = self.function;
        let body = match self.function.returned() {
            _ if self.function.is_async() => self.render_async(),
            Returned::Work(work) => self.render_work(&work),
            Returned::Value(_) => self.render_sync(),
        };
        let here = Span::mixed_site();
        let body = quote_spanned!(here=> #(#inner_attributes)* #body);
        let body = if self.keeps_body() {
            // In the edition of these braces, its last temporaries are dropped after its variables or before.
            self.braced(&body)
        } else {
            quote_spanned!(here=> { #body })
        };
        quote_spanned!(here=> #(#attributes)* #visibility #signature #body)
    }

    /// Whether the function returns a value that cannot be an error, so that its body can stay its own.
    fn keeps_body(&self) -> bool {
        let returned = self.function.returned();
        !self.function.is_async() && matches!(returned, Returned::Value(_)) && !returned.may_fail()
    }

    /// Input: `{ users }`
    ///
    /// Output, with `#private` left out:
    /// ```text
    /// let call = enter(#callsite);
    /// let site = &Site::new();
    /// let ret = call_once(move || -> #returned { users });
    /// #observe
    /// ret
    /// ```
    /// The closure writes the return type, so that `?`, `return` and coercions in it work as before. Where no error can
    /// come out the body stays the function's own: `let _call = enter(#callsite); users`.
    fn render_sync(&self) -> TokenStream {
        let Self { private, callsite, .. } = self;
        let here = Span::mixed_site();
        let enter = match &self.extras {
            None => quote_spanned!(here=> #private::enter(#callsite)),
            Some(extras) => quote_spanned!(here=> #private::enter_with(#callsite, |extras| { #extras })),
        };
        if self.keeps_body() {
            let Body { items, statements, .. } = self.rewrite();
            return quote_spanned!(here=> #items let _call = #enter; #statements);
        }
        let (site, ret, line) = self.call_once();
        let observe = self.observe(&quote_spanned!(here=> &ret), &line);
        let keep = self.keep();
        quote_spanned!(here=> let call = #enter; #keep #site let ret = #ret; #observe ret)
    }

    /// Input: `{ users }`
    ///
    /// Output, with `#private` left out, and `Box::pin(…)` round it if the function returns such:
    /// ```text
    /// let site = &Site::new();
    /// watch(
    ///     Witness::<#item>::new(),
    ///     call_once(move || -> #returned { users }),
    ///     AsyncCall::new(#callsite),
    ///     Line::line(site),
    ///     |ret, call| { #observe },
    /// )
    /// ```
    /// What the function does itself, before it returns the work, is not watched. What depends on the arguments is computed
    /// before that: `let call = prepare(#callsite, |extras| …)` at the head, and `call.prepared()` for the new call. Until
    /// then it is dropped with `call`, should the function panic.
    fn render_work(&self, work: &Work<'_>) -> TokenStream {
        let Self { private, returned, .. } = self;
        let here = Span::mixed_site();
        let at = located_at(returned);
        let (site, users, line) = self.call_once();
        let (prepare, call) = self.async_call("prepare");
        let call = if prepare.is_some() { quote_spanned!(here=> #call.prepared()) } else { call };
        let watch = Ident::new(
            match work.kind {
                WorkKind::Future => "watch",
                WorkKind::Stream => "watch_stream",
            },
            here,
        );
        // A `Pin<Box<…>>` says by itself what comes out.
        let item = match work.item {
            Some(item) if !work.boxed => inferred(item),
            _ => quote_spanned!(at=> _),
        };
        let witness = quote_spanned!(at=> #private::Witness::<#item>::new());
        let observe = match work.kind {
            WorkKind::Stream if !self.function.returned().may_fail() => {
                quote_spanned!(here=> |_, call| call.completed())
            }
            _ => self.observe_end(),
        };
        let watched = quote_spanned!(at=> #private::#watch(#witness, #users, #call, #line, #observe));
        let watched =
            if work.boxed { quote_spanned!(at=> ::std::boxed::Box::pin(#watched)) } else { watched };
        let keep = self.keep();
        quote_spanned!(here=> #prepare #keep #site #watched)
    }

    /// The statement that computes what depends on the arguments, before the work takes them, and the call.
    fn async_call(&self, prepare: &str) -> (Option<TokenStream>, TokenStream) {
        let Self { private, callsite, .. } = self;
        let here = Span::mixed_site();
        match &self.extras {
            None => (None, quote_spanned!(here=> #private::AsyncCall::new(#callsite))),
            Some(extras) => {
                let prepare = Ident::new(prepare, here);
                let prepare =
                    quote_spanned!(here=> let call = #private::#prepare(#callsite, |extras| { #extras }););
                (Some(prepare), quote_spanned!(here=> call))
            }
        }
    }

    /// What looks at what comes out of work.
    fn observe_end(&self) -> TokenStream {
        let private = &self.private;
        let here = Span::mixed_site();
        if !self.function.returned().may_fail() {
            return quote_spanned!(here=> #private::completed);
        }
        let observe = self.observe(&quote_spanned!(here=> ret), &quote_spanned!(here=> 0));
        // What is said of an error outlives the call that returns the work.
        quote_spanned!(here=> move |ret, call| #observe)
    }

    /// The user's body in a closure that is called once: the statement that makes its site, the call, and the line by
    /// which it ended.
    fn call_once(&self) -> (Option<TokenStream>, TokenStream, TokenStream) {
        let Self { private, returned, .. } = self;
        let here = Span::mixed_site();
        let Body { items, statements, notes, .. } = self.rewrite();
        let site = notes.then(|| quote_spanned!(here=> let site = &#private::Site::new();));
        let in_order = parameters::in_order(self.function);
        let users = self.braced(&quote!(#items #in_order #statements));
        let closure = quote_spanned!(located_at(returned)=> move || -> #returned);
        (site, quote_spanned!(here=> #private::call_once(#closure #users)), self.line(notes))
    }

    /// Input: `{ users }`
    ///
    /// Output, with `#private` left out:
    /// ```text
    /// let witness = Witness::<#returned>::new();
    /// let watched = watch(witness, async move {
    ///     if false { return witness.never(); }
    ///     users
    /// }, AsyncCall::new(#callsite), #line, |ret, call| { #observe });
    /// watched.await
    /// ```
    /// An async block cannot write its type; the `return` that never runs says it before the user's code does. The
    /// type is named outside the block, where no `use` of the user's hides it.
    fn render_async(&self) -> TokenStream {
        let Self { private, returned, .. } = self;
        let here = Span::mixed_site();
        let at = located_at(returned);
        // `!` cannot be named here on stable, and needs no witness: the body has no value of another type.
        let (named, witness, edge) = if self.function.never_returns() {
            (None, quote_spanned!(at=> #private::Witness::new()), None)
        } else {
            let edge = quote_spanned! {at=>
                #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::needless_return)]
                if false { return witness.never(); }
            };
            let named = quote_spanned!(at=> let witness = #private::Witness::<#returned>::new(););
            (Some(named), quote_spanned!(at=> witness), Some(edge))
        };
        let Body { items, statements, tail, .. } = self.rewrite();
        let in_order = parameters::in_order(self.function);
        let users = self.braced(&quote!(#items #edge #in_order #statements));
        // A function may return a future; that an async block does is a mistake to clippy.
        let allow = self
            .function
            .may_return_future()
            .then(|| quote_spanned!(here=> #[allow(clippy::async_yields_async)]));
        let future = quote_spanned!(at=> #allow async move #users);
        let (begin, call) = self.async_call("begin");
        let line =
            if self.function.returned().may_fail() { self.line(false) } else { quote_spanned!(here=> 0) };
        let observe = self.observe_end();
        let at = tail.map_or(at, |tail| here.located_at(tail));
        let keep = self.keep();
        let watched = quote_spanned!(here=> #private::watch(#witness, #future, #call, #line, #observe));
        quote_spanned!(at=> #named #begin #keep #watched.await)
    }

    fn rewrite(&self) -> Body {
        let Self { function, private, .. } = self;
        let here = Span::mixed_site();
        let returned = function.returned();
        let may_fail = returned.may_fail();
        let polled = matches!(returned, Returned::Work(Work { kind: WorkKind::Future, .. }));
        let of_poll = quote_spanned!(here=> &#private::Polled);
        let site = if function.is_async() { of_poll.clone() } else { quote_spanned!(here=> site) };
        Rewrite {
            private,
            site: may_fail.then_some(site),
            work: (may_fail && polled).then_some(of_poll),
            propagate: self.propagate,
            unwrap_runtime: false,
        }
        .body(function.body.clone())
    }

    /// `tokens` between the user's own braces: a second pair would be superfluous to rustc.
    fn braced(&self, tokens: &TokenStream) -> TokenStream {
        let mut braced = TokenStream::new();
        self.function.brace.surround(&mut braced, |inner| tokens.to_tokens(inner));
        braced
    }

    fn observe(&self, returned: &TokenStream, line: &TokenStream) -> TokenStream {
        observe(&self.private, returned, line, self.failure.as_ref())
    }

    /// What is kept of the arguments for the case that the function fails.
    fn keep(&self) -> Option<&TokenStream> {
        self.failure.as_ref().map(|failure| &failure.keep)
    }

    /// The line by which the body ended: the noted one, or the function's own.
    fn line(&self, notes: bool) -> TokenStream {
        let private = &self.private;
        if notes {
            quote_spanned!(Span::mixed_site()=> #private::Line::line(site))
        } else {
            Literal::u32_unsuffixed(self.function.line()).into_token_stream()
        }
    }
}

/// The return type as an expression may write it.
pub(super) fn returned(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => quote_spanned!(Span::mixed_site()=> ()),
        ReturnType::Type(_, ty) => inferred(ty),
    }
}

/// A type as an expression may write it: what `impl Trait` stands for is left to inference.
pub(super) fn inferred(ty: &Type) -> TokenStream {
    struct Infer;
    impl VisitMut for Infer {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(hidden) => {
                    let underscore_token = Token![_](hidden.span());
                    *ty = Type::Infer(TypeInfer { attrs: Vec::new(), underscore_token });
                }
                other => visit_mut::visit_type_mut(self, other),
            }
        }
    }
    let mut ty = ty.clone();
    Infer.visit_type_mut(&mut ty);
    ty.into_token_stream()
}
