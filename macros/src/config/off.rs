//! `off = ["crate::hot::*"]`: functions that are left as they are.
//!
//! The compiler does not tell a macro which module it is in. The path of a function is found as a reader would: from
//! the file's place in the package, and from the `mod`, `impl`, `trait` and `fn` that stand round it in the file.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use toml::de::{DeTable, DeValue};

use super::find::real;
use crate::outline;

/// A path, or with `::*` at its end everything below it.
#[derive(Debug, PartialEq)]
pub(super) struct Pattern {
    segments: Vec<String>,
    below: bool,
}

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let usage = "`\"crate::hot::*\"` is everything below a module, `\"crate::hot::decode\"` one function";
        let (path, below) = match text.strip_suffix("::*") {
            Some(path) => (path, true),
            None => (text, false),
        };
        let segments: Vec<_> = path.split("::").map(str::to_owned).collect();
        let is_name = |segment: &String| {
            let mut chars = segment.chars();
            chars.next().is_some_and(|first| first.is_alphabetic() || first == '_')
                && chars.all(|c| c.is_alphanumeric() || c == '_')
        };
        if !segments.iter().all(is_name) {
            return Err(format!("`{text}` is not a path: {usage}"));
        }
        if segments[0] != "crate" {
            return Err(format!("`{text}` has to begin with `crate::`: {usage}"));
        }
        if segments.len() == 1 && !below {
            return Err(format!("`{text}` is no function: {usage}"));
        }
        Ok(Self { segments, below })
    }

    /// Whether it means the function of this path, `crate` left out.
    pub(super) fn matches(&self, path: &[String]) -> bool {
        let segments = &self.segments[1..];
        if self.below { path.starts_with(segments) } else { path == segments }
    }
}

/// The path of the function, `crate` left out: modules, the type of a method, its name.
pub(super) fn path(item: &TokenStream, package: &Path) -> Vec<String> {
    let (span, name) = subject(item);
    let mut path = Vec::new();
    if let Some(file) = span.local_file() {
        // Relative to the folder that the compiler runs in.
        let file = std::path::absolute(&file).unwrap_or(file);
        path = module(package, &file).unwrap_or_default();
        if let Ok(text) = fs::read_to_string(&file) {
            let start = span.start();
            path.extend(outline::enclosing(&text, start.line, start.column));
        }
    }
    path.extend(name);
    path
}

/// The name of the function and where it is; of another item where it begins.
fn subject(item: &TokenStream) -> (Span, Option<String>) {
    let mut tokens = item.clone().into_iter().peekable();
    let first = tokens.peek().map_or_else(Span::call_site, TokenTree::span);
    while let Some(token) = tokens.next() {
        if let (TokenTree::Ident(keyword), Some(TokenTree::Ident(name))) = (&token, tokens.peek())
            && keyword == "fn"
        {
            let text = name.to_string();
            return (name.span(), Some(text.strip_prefix("r#").unwrap_or(&text).to_owned()));
        }
    }
    (first, None)
}

/// The module that a file is, by where it lies in the package; `None` if it lies elsewhere.
fn module(package: &Path, file: &Path) -> Option<Vec<String>> {
    // One of them may be told by way of a link, as the folder of `cargo --manifest-path link/Cargo.toml`.
    let linked;
    let file = if let Ok(file) = file.strip_prefix(package) {
        file
    } else {
        linked = real(file);
        linked.strip_prefix(real(package)).ok()?
    };
    let parts: Vec<_> = file.iter().filter_map(|part| part.to_str()).collect();
    let is_root = |parts: &[&str]| matches!(parts, ["lib.rs" | "main.rs" | "build.rs"]);
    // Targets that the manifest puts elsewhere come first.
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap_or_default();
    let targets = targets(&manifest);
    if targets.iter().any(|target| target == file) {
        return Some(Vec::new());
    }
    let folder = targets.iter().filter_map(|target| target.parent()).filter(|it| file.starts_with(it));
    let below = match folder.max_by_key(|folder| folder.iter().count()) {
        Some(folder) => &parts[folder.iter().count()..],
        None => match &parts[..] {
            ["src", "bin", rest @ ..] => own(&package.join("src/bin"), rest),
            [folder @ ("tests" | "examples" | "benches"), rest @ ..] => own(&package.join(folder), rest),
            ["src", rest @ ..] | rest => rest,
        },
    };
    if is_root(below) {
        return Some(Vec::new());
    }
    let mut module: Vec<_> = below.iter().map(|part| part.trim_end_matches(".rs").to_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    Some(module)
}

/// The path of a file below the target it belongs to, in a folder in which each file is a target of its own, each folder
/// with a `main.rs` is one, and another folder is a module that several of them share.
fn own<'a>(folder: &Path, parts: &'a [&'a str]) -> &'a [&'a str] {
    match parts {
        [_] => &["main.rs"],
        [name, below @ ..] if folder.join(name).join("main.rs").is_file() => below,
        _ => parts,
    }
}

/// The files that a manifest names as targets.
fn targets(manifest: &str) -> Vec<PathBuf> {
    let (manifest, _) = DeTable::parse_recoverable(manifest);
    let manifest = manifest.get_ref();
    let mut tables = Vec::new();
    for key in ["lib", "bin", "test", "example", "bench"] {
        match manifest.get(key).map(toml::Spanned::get_ref) {
            Some(DeValue::Table(table)) => tables.push(table),
            Some(DeValue::Array(list)) => tables.extend(list.iter().filter_map(|it| it.get_ref().as_table())),
            _ => {}
        }
    }
    let path = |table: &&DeTable<'_>| Some(PathBuf::from(table.get("path")?.get_ref().as_str()?));
    tables.iter().filter_map(path).collect()
}

/// The function with nothing but `track` at the head of its body, where it changes no instruction.
///
/// Input: `fn decode() { #![inner] users }`
///
/// Output: `fn decode() { #![inner] const _: &[u8] = …; users }`
pub(super) fn unchanged(item: &TokenStream, track: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let is_function = subject(item).1.is_some();
    if let Some(TokenTree::Group(body)) = tokens.last_mut()
        && body.delimiter() == Delimiter::Brace
        && is_function
    {
        let parser = |input: ParseStream<'_>| {
            let attributes = input.call(syn::Attribute::parse_inner)?;
            Ok((attributes, input.parse::<TokenStream>()?))
        };
        if let Ok((attributes, users)) = parser.parse2(body.stream()) {
            let mut stream: TokenStream = attributes.iter().map(quote::ToTokens::to_token_stream).collect();
            track.to_tokens(&mut stream);
            stream.extend(users);
            let mut with = Group::new(Delimiter::Brace, stream);
            with.set_span(body.span());
            *body = with;
        }
    }
    tokens.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Pattern, module, unchanged};

    #[test]
    fn patterns() {
        let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
        for (pattern, function, matches) in [
            ("crate::*", "main", true),
            ("crate::hot::*", "hot::decode", true),
            ("crate::hot::*", "hot::Store::decode", true),
            ("crate::hot::*", "hotter::decode", false),
            ("crate::hot::*", "cold::hot::decode", false),
            ("crate::hot::decode", "hot::decode", true),
            ("crate::hot::decode", "hot::decode::inner", false),
            ("crate::hot::decode", "decode", false),
        ] {
            let pattern = Pattern::parse(pattern).unwrap();
            assert_eq!(pattern.matches(&path(function)), matches, "{pattern:?} {function}");
        }
        for wrong in
            ["", "hot", "hot::*", "crate", "crate::", "crate::*::a", "crate::a*", "::crate::a", "crate::1a"]
        {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn modules() {
        for (file, expected) in [
            ("src/lib.rs", Some("")),
            ("src/main.rs", Some("")),
            ("src/hot.rs", Some("hot")),
            ("src/hot/mod.rs", Some("hot")),
            ("src/hot/store.rs", Some("hot::store")),
            ("src/bin/shop.rs", Some("")),
            ("tests/shop.rs", Some("")),
            ("tests/common/mod.rs", Some("common")),
            ("build.rs", Some("")),
            ("../elsewhere/src/a.rs", None),
        ] {
            let package = Path::new("/nowhere/shop");
            let found = module(package, &package.join(file));
            let found = if file.starts_with("..") { None } else { found };
            assert_eq!(found.map(|module| module.join("::")).as_deref(), expected, "{file}");
        }
        assert_eq!(module(Path::new("/nowhere/shop"), Path::new("/nowhere/other/src/a.rs")), None);
    }

    #[cfg(unix)]
    #[test]
    fn modules_of_a_linked_package() {
        let top = std::env::temp_dir().join(format!("monitored-modules-{}", std::process::id()));
        std::fs::create_dir_all(top.join("shop/src")).unwrap();
        std::fs::write(top.join("shop/src/hot.rs"), "").unwrap();
        std::os::unix::fs::symlink(top.join("shop"), top.join("link")).unwrap();
        let found = module(&top.join("link"), &top.join("shop/src/hot.rs"));
        std::fs::remove_dir_all(top).unwrap();
        assert_eq!(found, Some(vec!["hot".to_owned()]));
    }

    #[test]
    fn a_function_keeps_its_tokens() {
        let track = quote::quote!(
            const _: () = ();
        );
        for (item, expected) in [
            (
                "pub fn f() -> [u8; 2] { #![allow(x)] g() }",
                "pub fn f() -> [u8; 2] { #![allow(x)] const _: () = (); g() }",
            ),
            ("impl A { fn f() {} }", "impl A { fn f() {} }"),
            ("fn f();", "fn f();"),
        ] {
            let [item, expected] =
                [item, expected].map(|text| text.parse::<proc_macro2::TokenStream>().unwrap());
            assert_eq!(unchanged(&item, &track).to_string().replace("# !", "#!"), expected.to_string());
        }
    }
}
