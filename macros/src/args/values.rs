//! `args(a, b)`, `skip(a, b)`, `skip_all`, `redact(a)`: which arguments of a function are shown when it fails.

use proc_macro2::TokenStream;
use syn::Ident;

use super::failure::each;
use super::key;
use crate::diagnostics::Diagnostics;

/// Which arguments are shown.
#[derive(Default)]
pub(crate) struct Values {
    /// Shown, whatever they are.
    pub(crate) args: Vec<Ident>,
    /// Not shown, although they are numbers, `bool`s or `char`s.
    pub(crate) skip: Vec<Ident>,
    /// Nothing is shown that is not in `args`.
    pub(crate) skip_all: bool,
    /// Shown without their value.
    pub(crate) redact: Vec<Ident>,
}

impl Values {
    /// Drops what an `impl` block says of all its functions and does not fit this one: arguments that it does not have,
    /// and what its own attribute says otherwise.
    pub(crate) fn fit(&mut self, own: &Self, has: impl Fn(&Ident) -> bool) {
        let is_own =
            |name: &Ident| [&own.args, &own.skip, &own.redact].iter().any(|names| names.contains(name));
        for (names, own) in
            [(&mut self.args, &own.args), (&mut self.skip, &own.skip), (&mut self.redact, &own.redact)]
        {
            names.retain(|name| own.contains(name) || has(name) && !is_own(name));
        }
        if self.skip_all {
            self.skip.retain(|name| own.skip_all && own.skip.contains(name));
        }
    }
}

/// Reads the content of `args(…)` and its like.
pub(super) fn names(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    for name in each(tokens, key, diagnostics) {
        if names.contains(&name) {
            diagnostics.error(&name, format!("`{name}` is given twice"));
        } else {
            names.push(name);
        }
    }
    names
}
