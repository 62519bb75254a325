//! What rustc and clippy say of an attributed function is what they say of the plain one, at the same place.

mod comparison;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use comparison::{Diagnostic, Package};

/// Typical mistakes, each a program of its own: type errors hide what the borrow checker and the lints would say.
#[test]
fn locus() {
    let source = read("locus/mistakes.rs");
    let cases: Vec<_> = source.split("//# ").skip(1).filter_map(|case| case.split_once('\n')).collect();
    assert_eq!(cases.len(), 26);
    let package = |attributed: bool| {
        let mut package = Package::new(if attributed { "locus-attributed" } else { "locus-plain" });
        for (name, body) in &cases {
            package.binary(&format!("sync_{name}"), &program(body, attributed));
            let asynchronous = body.replacen("\nfn case", "\nasync fn case", 1);
            package.binary(&format!("async_{name}"), &program(&asynchronous, attributed));
        }
        package.run("check")
    };
    let (plain, attributed) = (package(false), package(true));
    for (name, diagnostics) in &attributed {
        assert!(
            diagnostics.iter().all(|diagnostic| !diagnostic.is_at_line(ATTRIBUTE)),
            "{name}: {diagnostics:#?}"
        );
    }
    let differences = differences(&plain, &attributed);
    let known = [
        // What a closure or an async block assigns is no argument but a variable that it captured.
        "async_assigns_argument",
        // An async block has no place for its value but its type's.
        "async_empty_body",
        "sync_assigns_argument",
        // A closure's braces are blamed for what they lack, a function's return type.
        "sync_empty_body",
        "sync_extra_semicolon",
    ];
    assert_eq!(differences.keys().collect::<Vec<_>>(), known, "{differences:#?}");
}

/// The line of the attribute in a program.
const ATTRIBUTE: u64 = 3;

fn program(body: &str, attributed: bool) -> String {
    // It stands on a line of its own, which stays.
    let body = if attributed { body.to_owned() } else { body.replace("#[monitored]", "") };
    let import = if attributed { "use sentry::monitored;" } else { "" };
    format!("#![allow(dead_code)]\n{import}\n{body}\nfn main() {{}}\n")
}

/// Every form of function, with the lints that are off by default and all of clippy's but its restrictions.
#[test]
fn lints() {
    let package = |attributed: bool| {
        let package = Package::new(if attributed { "lints-attributed" } else { "lints-plain" });
        let forms = Path::new(env!("CARGO_MANIFEST_DIR")).join("lints");
        for form in fs::read_dir(&forms).expect("the forms are there") {
            let form = form.expect("the forms can be listed").path();
            let name = form.file_name().and_then(|name| name.to_str()).expect("a file's name");
            let mut text = fs::read_to_string(&form).expect("the forms can be read");
            if !attributed {
                text = comparison::without_attributes(&text);
            }
            if name == "mod.rs" {
                text = text.replace("#![deny(", "#![warn(").replace("#![allow(", "#![warn(");
            }
            package.file(&format!("src/forms/{name}"), &text);
        }
        package.file(
            "src/lib.rs",
            "//! The forms.\nmod forms;\n/// Runs them.\npub async fn run() { forms::run().await; }\n",
        );
        package.run("clippy")
    };
    let differences = differences(&package(false), &package(true));
    let (missing, extra): (Vec<_>, Vec<_>) = differences.into_values().unzip();
    assert_eq!(extra.concat(), []);
    let missing: BTreeSet<_> = missing.concat().into_iter().map(|diagnostic| diagnostic.code).collect();
    // What is not said of a function whose body is partly ours. Nothing else may be lost.
    let known = [
        "clippy::elidable_lifetime_names",
        "clippy::manual_async_fn",
        "clippy::missing_const_for_fn",
        "clippy::redundant_pub_crate",
        "clippy::unnecessary_wraps",
        "clippy::unused_async",
        "unsafe_code",
    ];
    assert_eq!(missing, known.map(str::to_owned).into());
}

/// In words that depend on whether the sources of the standard library are installed; only the place is compared.
#[test]
fn a_cause_that_is_no_error_is_told_at_its_field() {
    let text = "#[derive(Debug, sentry::Report)]
struct Failed {
    #[report(causes)]
    causes: Vec<u8>,
}
impl std::fmt::Display for Failed {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) }
}
impl std::error::Error for Failed {}
fn main() { let _ = Failed { causes: Vec::new() }.causes; }
";
    let mut package = Package::new("causes");
    package.binary("causes", text);
    let told: Vec<_> = package.run("check").into_values().flatten().collect();
    assert!(matches!(&told[..], [one] if one.code == "E0599" && one.is_at_line(4)), "{told:#?}");
}

/// What one side says and the other does not, by target.
fn differences(
    plain: &BTreeMap<String, Vec<Diagnostic>>,
    attributed: &BTreeMap<String, Vec<Diagnostic>>,
) -> BTreeMap<String, (Vec<Diagnostic>, Vec<Diagnostic>)> {
    let none = Vec::new();
    let targets = plain.keys().chain(attributed.keys());
    let compared = targets.map(|target| {
        let (plain, attributed) =
            (plain.get(target).unwrap_or(&none), attributed.get(target).unwrap_or(&none));
        let lacks = |of: &[Diagnostic], other: &[Diagnostic]| {
            of.iter().filter(|diagnostic| !other.contains(diagnostic)).cloned().collect::<Vec<_>>()
        };
        (target.clone(), (lacks(plain, attributed), lacks(attributed, plain)))
    });
    compared.filter(|(_, (missing, extra))| !missing.is_empty() || !extra.is_empty()).collect()
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
