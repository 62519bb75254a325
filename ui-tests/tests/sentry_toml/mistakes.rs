//! What the compiler prints when the file is wrong. `UPDATE_EXPECT=1` writes the outputs anew.

use expect_test::{ExpectFile, expect_file};

use crate::krate::Krate;

const CODE: &str = "use sentry::{monitored, transaction};

#[monitored(op = \"db.qery\")]
pub fn first() -> Result<(), u8> {
    Ok(())
}

#[transaction(op = \"db.query\")]
pub fn second() {}
";

fn expect(file: Option<&str>, expected: &ExpectFile) {
    let krate = Krate::new("mistakes", &[]);
    krate.write("src/lib.rs", CODE);
    if let Some(text) = file {
        krate.write("sentry.toml", text);
    }
    // The last line counts the errors and is the compiler's own.
    let said = krate.check();
    let said = said.split("error: could not compile").next().unwrap_or_default();
    expected.assert_eq(&format!("{}\n", said.trim_end()));
}

#[test]
fn unknown_keys_wrong_types_wrong_values() {
    expect(
        Some(
            "enviroment = \"staging\"
sample_rate = 1.5
max_spans = \"many\"
before_send = \"scrub\"

[profile.dev]
release = \"a/b\"
ops = \"strict\"
",
        ),
        &expect_file!["cases/values.stderr"],
    );
}

#[test]
fn not_toml() {
    expect(Some("debug = true\nrelease = \n"), &expect_file!["cases/syntax.stderr"]);
}

#[test]
fn operations() {
    expect(Some("ops = \"strict\"\n"), &expect_file!["cases/operations.stderr"]);
}

#[test]
fn a_right_file_and_none() {
    for file in [None, Some("environment = \"staging\"\n[profile.release]\ndebug = false\n")] {
        expect(file, &expect_file!["cases/none.stderr"]);
    }
}
