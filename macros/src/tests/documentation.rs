//! The expansions that the documentation shows are those of its examples. `UPDATE_EXPECT=1 cargo test -p monitored-macros`
//! writes them anew.

use std::path::Path;

use expect_test::expect_file;
use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::{Attribute, Block, Item, Meta, Stmt};

use super::{ATTRIBUTES, pretty, tokens};
use crate::called;

/// The first example in the documentation of a macro, as it is shown.
fn example(name: &str) -> String {
    let source = include_str!("../lib.rs");
    let at = source.find(&format!("\npub fn {name}(")).expect("the macro is a function");
    let documentation =
        &source[source[..at].rfind("\n\n").expect("the documentation begins after a blank line")..at];
    let lines = documentation.lines().filter_map(|line| line.strip_prefix("///"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    let mut code =
        lines.skip_while(|line| !line.starts_with("```")).skip(1).take_while(|line| *line != "```");
    // The lines that only the compiler is shown.
    let mut shown = String::new();
    for line in code.by_ref().filter(|line| *line != "#" && !line.starts_with("# ")) {
        shown.push_str(line);
        shown.push('\n');
    }
    assert!(!shown.is_empty(), "`{name}` has an example");
    shown
}

/// The items of an example, which may have statements beside them.
fn items(example: &str) -> impl Iterator<Item = Item> {
    let statements = Block::parse_within.parse2(tokens(example)).expect("the example is well-formed");
    statements.into_iter().filter_map(|statement| match statement {
        Stmt::Item(item) => Some(item),
        _ => None,
    })
}

/// Takes the attribute of this name from an item.
fn take(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let is_named =
        |attribute: &Attribute| attribute.path().segments.last().is_some_and(|last| last.ident == name);
    attributes.iter().position(is_named).map(|at| attributes.remove(at))
}

/// The expansion as the documentation shows it.
fn shown(expansion: TokenStream) -> String {
    pretty(expansion).replace("::sentry::__private", "__private")
}

#[test]
fn the_expansions_of_the_examples_are_shown() {
    let file = |name: &str| expect_file![Path::new("../expansions").join(name).with_extension("rs")];
    for (name, expand) in ATTRIBUTES {
        let example = example(name);
        called::stands_in(&example);
        let expansion = items(&example).find_map(|item| match item {
            Item::Fn(mut function) => match take(&mut function.attrs, name)?.meta {
                Meta::List(list) => Some(expand(list.tokens, function.into_token_stream())),
                _ => Some(expand(TokenStream::new(), function.into_token_stream())),
            },
            _ => None,
        });
        let expansion = expansion.unwrap_or_else(|| panic!("the example of `{name}` shows the attribute"));
        file(name).assert_eq(&shown(expansion));
    }
    let error = items(&example("report")).find_map(|item| match item {
        Item::Enum(mut error) => take(&mut error.attrs, "derive").map(|_| error.into_token_stream()),
        _ => None,
    });
    let error = error.expect("the example of `Report` derives it");
    file("report").assert_eq(&shown(crate::expand::report::expand(error)));
}
