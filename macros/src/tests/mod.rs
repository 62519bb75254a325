//! Tests of the whole way from an attribute's tokens to its expansion, without a compiler.

#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them so")]
mod bodies;
mod configuration;
mod documentation;
mod expansions;
mod mistakes;
mod noise;

use proc_macro2::TokenStream;

/// The attributes without a `sentry.toml`.
mod expand {
    use proc_macro2::TokenStream;

    use crate::config::Config;

    macro_rules! attribute {
        ($($name:ident),*) => {$(
            pub(super) mod $name {
                use super::{Config, TokenStream};

                pub(in super::super) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
                    crate::expand::$name::expand(&Config::default(), args, item)
                }
            }
        )*};
    }
    attribute!(cron, main, monitored, test, transaction);
}

type Expand = fn(TokenStream, TokenStream) -> TokenStream;

const ATTRIBUTES: [(&str, Expand); 5] = [
    ("cron", expand::cron::expand),
    ("main", expand::main::expand),
    ("monitored", expand::monitored::expand),
    ("transaction", expand::transaction::expand),
    ("test", expand::test::expand),
];

fn tokens(text: &str) -> TokenStream {
    text.parse().expect("the test's tokens are well-formed")
}

/// The expansion as rustfmt would show it.
fn pretty(expansion: TokenStream) -> String {
    let text = expansion.to_string();
    prettyplease::unparse(&syn::parse2(expansion).unwrap_or_else(|error| panic!("{error} in {text}")))
}
