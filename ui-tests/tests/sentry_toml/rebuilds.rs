//! A change of the file is noticed by the next build.

use crate::krate::Krate;

#[test]
fn a_change_and_the_removal_of_the_file_are_seen() {
    let krate = Krate::new("rebuilds", &[]);
    // In an `impl`, where there is no place for items but in a body.
    krate.write(
        "src/lib.rs",
        "pub struct S;\nimpl S {\n    #[sentry::monitored(op = \"custom\")]\n    pub fn f(&self) {}\n}\n",
    );
    krate.write("sentry.toml", "ops = \"any\"\n");
    assert_eq!(krate.check(), "");
    krate.write("sentry.toml", "ops = \"strict\"\n");
    assert!(krate.check().contains("`custom` is not an operation"));
    // Switched off it is watched too.
    krate.write("sentry.toml", "off = [\"crate::S::f\"]\n");
    assert_eq!(krate.check(), "");
    krate.write("sentry.toml", "debgu = true\n");
    assert!(krate.check().contains("sentry.toml:1:1: unknown key `debgu`, did you mean `debug`?"));
    krate.write("sentry.toml", "");
    assert_eq!(krate.check(), "");
    krate.remove("sentry.toml");
    assert_eq!(krate.check(), "");
}
