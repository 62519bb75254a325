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

/// The attributes that are on functions of their own kind look at the file, too.
#[test]
fn jobs_and_tests_see_a_change() {
    let krate = Krate::new("rebuilds-others", &[]);
    for (name, code) in [
        ("cron", "#[sentry::cron(slug = \"job\")]\npub fn f() {}\n"),
        ("async cron", "#[sentry::cron(slug = \"job\")]\npub async fn f() {}\n"),
        ("test", "#[sentry::test]\nfn f() {}\n"),
    ] {
        krate.write("src/lib.rs", code);
        for valid in ["", "debug = true\n"] {
            krate.write("sentry.toml", valid);
            assert_eq!(krate.check_all(), "", "{name}");
            krate.write("sentry.toml", "debgu = true\n");
            let said = krate.check_all();
            assert!(said.contains("sentry.toml:1:1: unknown key `debgu`"), "{name}: {said}");
        }
    }
}

/// The options of the file are those of the program, in the order of strength, and the next commit is a new release.
#[test]
fn what_the_file_says_is_on_events() {
    let krate = Krate::new("program", &[]);
    krate.write(
        "src/main.rs",
        "#[sentry::main(dist = \"code\", before_send = |event| {
    let dist = event.dist.as_deref();
    println!(\"{:?} {:?} {:?}\", event.release.as_deref(), event.environment.as_deref(), dist);
    None
})]
fn main() {
    sentry::capture_message(\"hello\", sentry::Level::Info);
}
",
    );
    krate.write(
        "sentry.toml",
        "release = \"git\"\nenvironment = \"file\"\ndist = \"file\"\n[profile.dev]\nenvironment = \"dev\"\n",
    );
    krate.write(".git/HEAD", "ref: refs/heads/main\n");
    for digit in ["a", "b"] {
        let commit = digit.repeat(40);
        krate.write(".git/refs/heads/main", &commit);
        let output = krate.cargo("run", &[]);
        let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        assert_eq!(stdout, format!("Some({commit:?}) Some(\"dev\") Some(\"code\")\n"), "{stderr}");
    }
}
