//! One of the errors that another error holds side by side, seen by the compiler as an error, in a box or not (autoref
//! dispatch, see [`probe`](super::probe)).

use std::error::Error;

/// An error that is held, to be looked at.
#[derive(Debug)]
pub struct Held<'a, E>(pub &'a E);

/// One trait for each way of being an error: its name, its bound, how many references stand before it.
macro_rules! ways {
    ($($(#[$doc:meta])* $name:ident: [$($bound:tt)*] for [$($reference:tt)*] => |$held:ident| $view:expr;)*) => {$(
        $(#[$doc])*
        pub trait $name<'a> {
            /// Looks at the error.
            fn __sentry_held(&self) -> &'a (dyn Error + 'static);
        }

        impl<'a, E: $($bound)*> $name<'a> for $($reference)* Held<'a, E> {
            #[inline]
            fn __sentry_held(&self) -> &'a (dyn Error + 'static) {
                let $held: &'a E = self.0;
                $view
            }
        }
    )*};
}

ways! {
    /// `anyhow::Error`, `eyre::Report`, `Box<dyn Error + Send + Sync>`.
    HeldSendSync: [AsRef<dyn Error + Send + Sync>] for [&&&] => |error| error.as_ref();
    /// `Box<dyn Error>`.
    HeldDyn: [AsRef<dyn Error>] for [&&] => |error| error.as_ref();
    /// `Box<dyn Error + Send>`.
    HeldSend: [AsRef<dyn Error + Send>] for [&] => |error| error.as_ref();
    /// Errors that are not in a box.
    HeldError: [Error + 'static] for [] => |error| error;
}
