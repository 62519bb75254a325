//! The parameters of a function, by the names that its attribute may use.

use monitored_rules as rules;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Pat, PatIdent, ReceiverKind, Signature, Type};

use crate::args::Values;
use crate::args::monitored::Monitored;
use crate::config::{Config, Shown};
use crate::diagnostics::Diagnostics;
use crate::mentions::mentions;
use crate::model::Function;

/// One name that the parameters bind.
pub(crate) struct Parameter {
    pub(crate) ident: Ident,
    /// The name without `r#`.
    pub(crate) name: String,
    pub(crate) form: Form,
    /// Whether something may be done when it is dropped.
    is_owned: bool,
}

/// What the written type tells of a parameter.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// A number, a `bool` or a `char`, behind so many shared references.
    Primitive { references: usize },
    /// A shared reference: still there after the body has run.
    Shared,
    /// Anything else: the body may take it.
    Other,
}

impl Parameter {
    fn new(ident: Ident, form: Form, is_owned: bool) -> Self {
        Self { name: ident.unraw().to_string(), ident, form, is_owned }
    }
}

impl Form {
    fn of(ty: &Type) -> Self {
        const PRIMITIVES: [&str; 16] = [
            "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
            "f64", "bool", "char",
        ];
        match ty {
            Type::Path(path) if path.qself.is_none() => match path.path.get_ident() {
                Some(ident) if PRIMITIVES.iter().any(|primitive| ident == primitive) => {
                    Self::Primitive { references: 0 }
                }
                _ => Self::Other,
            },
            Type::Reference(reference) if reference.mutability.is_none() => match Self::of(&reference.elem) {
                Self::Primitive { references } => Self::Primitive { references: references + 1 },
                _ => Self::Shared,
            },
            Type::Group(group) => Self::of(&group.elem),
            Type::Paren(paren) => Self::of(&paren.elem),
            _ => Self::Other,
        }
    }
}

/// The names that the parameters bind, in their order. What is there only under a condition is left out.
pub(crate) fn of(signature: &Signature) -> Vec<Parameter> {
    let mut found = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) if receiver.attrs.is_empty() => {
                let shared = matches!(&receiver.kind, ReceiverKind::Reference(_, _, None));
                let is_owned = match &receiver.kind {
                    ReceiverKind::Value => true,
                    ReceiverKind::Typed(_, ty) => is_owned(ty),
                    _ => false,
                };
                let ident = Ident::new("self", receiver.self_token.span);
                let form = if shared { Form::Shared } else { Form::Other };
                found.push(Parameter::new(ident, form, is_owned));
            }
            FnArg::Typed(typed) if typed.attrs.is_empty() => match &*typed.pat {
                Pat::Ident(PatIdent { ident, by_ref: None, subpat: None, .. }) => {
                    found.push(Parameter::new(ident.clone(), Form::of(&typed.ty), is_owned(&typed.ty)));
                }
                pattern => bound(pattern.clone(), &mut found),
            },
            _ => {}
        }
    }
    found
}

fn is_owned(ty: &Type) -> bool {
    match ty {
        Type::Group(group) => is_owned(&group.elem),
        Type::Paren(paren) => is_owned(&paren.elem),
        Type::FnPtr(_) | Type::Never(_) | Type::Ptr(_) | Type::Reference(_) => false,
        _ => Form::of(ty) == Form::Other,
    }
}

/// The names in a pattern.
fn bound(mut pattern: Pat, found: &mut Vec<Parameter>) {
    struct Names<'a>(&'a mut Vec<Parameter>);
    impl VisitMut for Names<'_> {
        fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
            self.0.push(Parameter::new(pattern.ident.clone(), Form::Other, pattern.by_ref.is_none()));
            visit_mut::visit_pat_ident_mut(self, pattern);
        }
    }
    Names(found).visit_pat_mut(&mut pattern);
}

/// A statement for the head of what the body is moved into, a closure or an async block, if the order may matter in which
/// the arguments are dropped. They are in the order in which they are named there first; the function itself drops the
/// last one first. Those that the body does not mention stay outside: to name them would hide from rustc that they are not
/// used, but for those that say so themselves.
///
/// Output: `let _ = (&permit, &connection);`
pub(crate) fn in_order(function: &Function) -> Option<TokenStream> {
    let parameters = of(&function.signature);
    let mut moved: Vec<_> = parameters.iter().filter(|parameter| parameter.is_owned).collect();
    if moved.len() < 2 {
        return None;
    }
    moved.retain(|parameter| parameter.name.starts_with('_') || mentions(&function.body, &parameter.name));
    if moved.len() < 2 {
        return None;
    }
    let here = Span::mixed_site();
    // Nobody but us uses them.
    let allow = moved
        .iter()
        .any(|parameter| parameter.name.starts_with('_'))
        .then(|| quote_spanned!(here=> #[allow(clippy::used_underscore_binding)]));
    let moved = moved.iter().rev().map(|parameter| &parameter.ident);
    Some(quote_spanned!(here=> #allow let _ = (#(&#moved),*);))
}

/// A parameter that is shown when the function fails.
pub(crate) struct Value {
    pub(crate) parameter: Parameter,
    /// Whether its value is not to be seen.
    pub(crate) hidden: bool,
    /// Whether the attribute names it.
    pub(crate) named: bool,
}

/// The parameters that are shown: those that are named, and of the others that the body mentions what `config` says. To
/// show one that it does not mention would hide from rustc that it is not used.
pub(crate) fn shown(values: &Values, config: &Config, function: &Function) -> Vec<Value> {
    let outlives = function.outlives_arguments();
    of(&function.signature)
        .into_iter()
        .filter_map(|parameter| {
            let is_in = |names: &[Ident]| names.iter().any(|name| name.unraw() == parameter.name.as_str());
            let redacted = is_in(&values.redact);
            let named = redacted || is_in(&values.args);
            let is_wanted = match (config.args, parameter.form) {
                (Shown::None, _) => false,
                (_, Form::Primitive { .. }) => true,
                (Shown::Primitives, _) => false,
                // All of an object is much, and seldom what is asked for.
                (Shown::All, _) => !outlives && parameter.name != "self",
            };
            let by_default = !values.skip_all
                && is_wanted
                && !is_in(&values.skip)
                && mentions(&function.body, &parameter.name);
            let hidden =
                redacted || config.redact.contains(&parameter.name) || rules::is_sensitive(&parameter.name);
            (named || by_default).then_some(Value { parameter, hidden, named })
        })
        .collect()
}

/// Reports what an attribute says of parameters that the function does not have, and what contradicts itself.
pub(crate) fn check(args: &Monitored, function: &Function, diagnostics: &mut Diagnostics) {
    let parameters = of(&function.signature);
    let has = |name: &str| parameters.iter().any(|parameter| parameter.name == name);
    let function = function.name();
    if let Some(name) = &args.name {
        // Constants may be named too, and are not known here.
        let is_constant = |hole: &str| !hole.contains(char::is_lowercase);
        for hole in name.holes.iter().filter(|hole| !has(hole) && !is_constant(hole)) {
            let message = format!(
                "`{hole}` is no argument of `{function}`: write `{{{{{hole}}}}}` for braces in the name"
            );
            diagnostics.error(&name.title, message);
        }
    }
    let Values { args, skip, skip_all, redact } = &args.values;
    for name in args.iter().chain(skip).chain(redact) {
        let text = name.unraw().to_string();
        if !has(&text) {
            let known = parameters.iter().map(|parameter| parameter.name.as_str());
            let meant = rules::nearest(&text, known);
            let meant = meant.map_or_else(String::new, |meant| format!(", did you mean `{meant}`?"));
            diagnostics.error(name, format!("`{name}` is no argument of `{function}`{meant}"));
        }
    }
    for (one, names, other, others) in
        [("args", args, "skip", skip), ("args", args, "redact", redact), ("skip", skip, "redact", redact)]
    {
        for name in others.iter().filter(|name| names.contains(name)) {
            diagnostics.error(name, format!("`{name}` is in `{one}` and in `{other}`: keep one of them"));
        }
    }
    if *skip_all {
        for name in skip {
            diagnostics.error(name, format!("`skip_all` leaves out `{name}` already"));
        }
    }
}
