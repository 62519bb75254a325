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
