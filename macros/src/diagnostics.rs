//! All mistakes of one attribute, reported in one compile.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Diagnostics {
    found: Option<syn::Error>,
}

impl Diagnostics {
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.found {
            Some(found) => found.combine(error),
            None => self.found = Some(error),
        }
    }

    /// Reports `message` under `tokens`, which are the user's own.
    pub(crate) fn error(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    pub(crate) fn append(&mut self, other: Self) {
        if let Some(error) = other.found {
            self.push(error);
        }
    }

    /// Keeps the error of `result` and hands on its value.
    pub(crate) fn take<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// One `compile_error!` for each mistake, in the order of the source; no tokens when there is none.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let mut found: Vec<_> = self.found.into_iter().flatten().collect();
        found.sort_by_key(|error| error.span().start());
        found.into_iter().map(syn::Error::into_compile_error).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_none()
    }
}
