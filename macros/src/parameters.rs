//! The parameters of a function, by the names that its attribute may use.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{FnArg, Ident, Pat, PatIdent, Signature};

use crate::args::monitored::Monitored;
use crate::diagnostics::Diagnostics;
use crate::model::Function;

/// One name that the parameters bind.
pub(crate) struct Parameter {
    pub(crate) ident: Ident,
}

/// The names that the parameters bind, in their order. What is there only under a condition is left out.
pub(crate) fn of(signature: &Signature) -> Vec<Parameter> {
    let mut found = Vec::new();
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) if receiver.attrs.is_empty() => {
                found.push(Parameter { ident: Ident::new("self", Span::mixed_site()) });
            }
            FnArg::Typed(typed) if typed.attrs.is_empty() => bound((*typed.pat).clone(), &mut found),
            _ => {}
        }
    }
    found
}

/// The names in a pattern.
fn bound(mut pattern: Pat, found: &mut Vec<Parameter>) {
    struct Names<'a>(&'a mut Vec<Parameter>);
    impl VisitMut for Names<'_> {
        fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
            self.0.push(Parameter { ident: pattern.ident.clone() });
            visit_mut::visit_pat_ident_mut(self, pattern);
        }
    }
    Names(found).visit_pat_mut(&mut pattern);
}

/// Reports what an attribute says of parameters that the function does not have.
pub(crate) fn check(args: &Monitored, function: &Function, diagnostics: &mut Diagnostics) {
    let parameters = of(&function.signature);
    let has = |name: &str| parameters.iter().any(|parameter| parameter.ident.unraw() == name);
    let function = function.name();
    if let Some(name) = &args.name {
        // Constants may be named too, and are not known here.
        let is_constant = |hole: &str| !hole.contains(|c: char| c.is_lowercase());
        let strangers = name.holes.iter().filter(|hole| !has(hole) && !is_constant(hole));
        for hole in strangers {
            let message = format!(
                "`{hole}` is no argument of `{function}`: write `{{{{{hole}}}}}` for braces in the name"
            );
            diagnostics.error(&name.title, message);
        }
    }
}
