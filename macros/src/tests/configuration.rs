//! What `sentry.toml` changes in an expansion.

use expect_test::expect_file;
use proc_macro2::{TokenStream, TokenTree};
use syn::LitStr;

use super::{pretty, tokens};
use crate::config::Config;
use crate::expand;

#[test]
fn options_of_main() {
    let config = Config::of(
        "environment = \"staging\"
        shutdown_timeout = 0.5
        max_spans = 10
        source_context = \"off\"
        [profile.dev]
        release = \"git\"
        [profile.release]
        max_spans = 20",
    );
    let expansion = expand::main::expand(&config, tokens("debug = true"), tokens("fn main() {}"));
    expect_file!["snapshots/main_with_a_configuration.rs"].assert_eq(&pretty(expansion));
}

/// The compiler reads the variables, so that a change of one is seen.
#[test]
fn release_of_a_ci_system() {
    let config = Config::of("release = \"ci\"");
    let expansion = expand::main::expand(&config, tokens(""), tokens("fn main() {}"));
    let expansion = pretty(expansion);
    for part in
        ["release_of_ci(", "option_env!(\"SENTRY_RELEASE\")", "option_env!(\"GITHUB_SHA\")", "CARGO_PKG_NAME"]
    {
        assert!(expansion.contains(part), "{part} in {expansion}");
    }
}

/// By itself it says yes, and it takes a value like any other option.
#[test]
fn a_file_of_variables() {
    let expand = |args: &str| {
        let expansion = expand::main::expand(&Config::default(), tokens(args), tokens("fn main() {}"));
        pretty(expansion)
    };
    assert!(expand("dotenv, debug = true").contains("options.dotenv(true).debug(true)"));
    assert!(expand("dotenv = cfg!(debug_assertions)").contains("options.dotenv(cfg!(debug_assertions))"));
    assert!(expand("dotenv =").contains("is missing its value"));
}

#[test]
fn strict_operations() {
    let strict = Config::of("ops = \"strict\"");
    let expand = |config: &Config, args: &str| {
        expand::monitored::expand(config, tokens(args), tokens("fn f() {}")).to_string()
    };
    let refused = expand(&strict, "op = \"db.qery\"");
    assert!(
        refused.contains("did you mean `db.query`? (`ops = \\\"strict\\\"` in sentry.toml)"),
        "{refused}"
    );
    assert!(refused.ends_with("fn f () { }"), "the function survives: {refused}");
    for (config, args) in [(&strict, "op = \"db.query\""), (&strict, ""), (&Config::default(), "op = \"x\"")]
    {
        assert!(!expand(config, args).contains("compile_error"), "{args}");
    }
}

/// The text that is embedded of a function.
fn embedded(function: &str) -> String {
    let config = Config::of("source_context = \"always\"");
    let expansion = expand::transaction::expand(&config, tokens(""), tokens(function));
    let literals =
        expansion.into_iter().flat_map(literals_of).filter_map(|it| syn::parse2::<LitStr>(it).ok());
    literals.map(|literal| literal.value()).find(|text| text.contains("body")).expect("a text")
}

fn literals_of(tree: TokenTree) -> Vec<TokenStream> {
    match tree {
        TokenTree::Group(group) => group.stream().into_iter().flat_map(literals_of).collect(),
        other => vec![other.into()],
    }
}

#[test]
fn a_function_is_embedded_as_it_stands_in_its_file() {
    for function in [
        "pub async fn f<T: Into<u8>>(a: T /* so */) -> Result<(), E> { body() }",
        "    pub(crate) unsafe extern \"C\" fn f(\n        a: u8, // one\n        b: u8,\n    ) -> u8\n    where\n        u8: Copy,\n    {\n        body()\n    }",
    ] {
        assert_eq!(embedded(function), function);
        let documented = format!("/// It does.\n#[inline]\n{function}");
        assert_eq!(embedded(&documented), function);
    }
}

#[test]
fn source_of_functions() {
    for (value, embedded) in [("off", None), ("dev", Some(true)), ("always", Some(false))] {
        let config = Config::of(&format!("source_context = \"{value}\""));
        let expansion =
            expand::transaction::expand(&config, tokens(""), tokens("fn f() { secret() }")).to_string();
        assert_eq!(expansion.contains("\"fn f() { secret() }\""), embedded.is_some(), "{value}: {expansion}");
        assert_eq!(expansion.contains("debug_assertions"), embedded == Some(true), "{value}: {expansion}");
        assert!(expansion.contains("include_bytes"), "a change of the file is seen: {expansion}");
    }
}

#[test]
fn arguments_that_are_shown() {
    let config = Config::of("args = \"all\"\nredact = [\"card\"]");
    let expand = |item: &str| pretty(expand::monitored::expand(&config, tokens("args(name)"), tokens(item)));
    let all = expand(
        "fn sell(&self, count: u32, text: &str, price: Price, card: Card, unused: Price, name: Name) -> Result<u32, Error> {
            sell(self, count, text, price, card, name)
        }",
    );
    expect_file!["snapshots/all_arguments.rs"].assert_eq(&all);
    let work = expand(
        "fn sell(&self, count: &u32, text: &str, price: Price, name: &str) -> BoxFuture<'_, Result<u32, Error>> {
            sell(self, count, text, price, name)
        }",
    );
    expect_file!["snapshots/all_arguments_of_work.rs"].assert_eq(&work);
}

/// What the arguments say is checked all the same.
#[test]
fn switched_off() {
    let off = Config::all_off();
    let item = "#[inline] pub async fn f(&self) -> Result<(), E> { #![allow(x)] g()? }";
    let unchanged = tokens(item).to_string();
    assert_eq!(expand::monitored::expand(&off, tokens("op = \"a\""), tokens(item)).to_string(), unchanged);
    assert_eq!(expand::transaction::expand(&off, tokens("tags(a = b)"), tokens(item)).to_string(), unchanged);
    assert!(
        expand::monitored::expand(&off, tokens("po = \"a\""), tokens(item))
            .to_string()
            .contains("did you mean")
    );

    let entry = "#[tokio::main] async fn main() { g() }";
    assert_eq!(
        expand::main::expand(&off, tokens("debug = true"), tokens(entry)).to_string(),
        tokens(entry).to_string()
    );
    let expansion =
        expand::main::expand(&off, tokens("worker_threads = 2"), tokens("async fn main() { g() }"));
    expect_file!["snapshots/main_switched_off.rs"].assert_eq(&pretty(expansion));
}
