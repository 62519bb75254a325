//! What is switched off is not there: the whole crate's assembly is, byte by byte, that of the crate without attributes.

use crate::krate::Krate;

/// Sync, async and a method.
const CODE: &str = "pub mod hot;
pub mod deep {
    pub mod inline {
        #[cfg_attr(attributes, sentry::monitored)]
        #[inline(never)]
        pub fn decode(text: &str) -> Result<u64, std::num::ParseIntError> {
            let number: u64 = text.trim().parse()?;
            Ok(number * 2)
        }
    }
}
";

const HOT: &str = "pub struct Store(pub Vec<u64>);

impl Store {
    #[cfg_attr(attributes, sentry::transaction(op = \"db.query\", tags(at = at)))]
    #[inline(never)]
    pub fn get(&self, at: usize) -> Option<u64> {
        self.0.get(at).copied()
    }
}

#[cfg_attr(attributes, sentry::monitored(tags(len = values.len())))]
#[inline(never)]
pub fn sum(values: &[u64]) -> Result<u64, String> {
    #![allow(clippy::all)]
    let mut sum = 0_u64;
    for value in values {
        sum = sum.checked_add(*value).ok_or(\"too much\")?;
    }
    Ok(sum)
}

#[cfg_attr(attributes, sentry::monitored)]
pub async fn later(values: Vec<u64>) -> Result<u64, String> {
    std::future::ready(()).await;
    sum(&values)
}

pub fn poll(values: Vec<u64>) -> impl Future<Output = Result<u64, String>> {
    Box::pin(later(values)) as std::pin::Pin<Box<dyn Future<Output = _>>>
}
";

fn krate(name: &'static str, features: &[&str]) -> Krate {
    let krate = Krate::new(name, features);
    krate.write("src/lib.rs", CODE);
    krate.write("src/hot.rs", HOT);
    krate
}

#[test]
fn by_the_feature() {
    let krate = krate("off-feature", &["off"]);
    let plain = krate.assembly(&[]);
    assert!(plain.contains("decode"), "the functions are there");
    assert!(plain == krate.assembly(&["--cfg=attributes"]), "the assembly differs");
}

#[test]
fn by_the_file() {
    let krate = krate("off-file", &[]);
    let plain = krate.assembly(&[]);
    assert!(plain != krate.assembly(&["--cfg=attributes"]), "without a word about it they are instrumented");
    for off in [
        "[\"crate::*\"]",
        "[\"crate::hot::*\", \"crate::deep::inline::decode\"]",
        "[\"crate::hot::sum\", \"crate::hot::later\", \"crate::hot::Store::*\", \"crate::deep::*\"]",
    ] {
        krate.write("sentry.toml", &format!("off = {off}\n"));
        assert!(plain == krate.assembly(&["--cfg=attributes"]), "the assembly differs with {off}");
    }
    krate.write("sentry.toml", "off = [\"crate::cold::*\", \"crate::hot::Store::*\", \"crate::deep::*\"]\n");
    assert!(plain != krate.assembly(&["--cfg=attributes"]), "a pattern that means less leaves the others");
}

/// A program with the feature has no client to start, but its `main` runs.
#[test]
fn a_program() {
    let krate = Krate::new("off-program", &["off", "multi-thread"]);
    krate.write(
        "src/main.rs",
        "#[sentry::main(debug = true, environment = \"test\")]\nasync fn main() -> Result<(), u8> {\n    \
         println!(\"{}\", sentry::capture_message(\"hello\", sentry::Level::Info).is_nil());\n    Err(3)\n}\n",
    );
    let output = krate.cargo("run", &[]);
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert_eq!((output.status.code(), &*stdout, &*stderr), (Some(1), "true\n", "Error: 3\n"));
}
