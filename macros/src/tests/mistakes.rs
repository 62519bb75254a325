//! Mistakes: all of them in one compile, each where it is, and the function survives.

use proc_macro2::TokenStream;
use syn::parse::Parser as _;
use syn::{Ident, LitStr, Token};

use super::expand;
use super::{ATTRIBUTES, tokens};
use crate::config::Config;

/// The messages of the `compile_error!`s in an expansion.
fn messages(expansion: TokenStream) -> Vec<String> {
    let parser = |input: syn::parse::ParseStream<'_>| {
        let mut found = Vec::new();
        while input.peek(Token![::]) {
            input.parse::<Token![::]>()?;
            input.parse::<Ident>()?;
            input.parse::<Token![::]>()?;
            input.parse::<Ident>()?;
            input.parse::<Token![!]>()?;
            let content;
            syn::braced!(content in input);
            found.push(content.parse::<LitStr>()?.value());
        }
        input.parse::<TokenStream>()?;
        Ok(found)
    };
    parser.parse2(expansion).expect("errors come before the item")
}

#[test]
fn one_argument_each() {
    for (args, message) in [
        ("op", "`op` needs a value: `op = \"db.query\"`"),
        ("op = ", "`op =` is missing its value: `op = \"db.query\"`"),
        ("op = 5", "`op` takes a string literal: `op = \"db.query\"`"),
        ("op = concat!(\"a\")", "`op` takes a string literal: `op = \"db.query\"`"),
        ("op(\"a\")", "`op` takes one value: `op = \"db.query\"`"),
        ("op = \"\"", "`op` is empty: `op = \"db.query\"`"),
        ("name = 'a'", "`name` takes a string literal: `name = \"fetch-data\"`"),
        ("op = \"a\", op = \"b\"", "`op` is given twice"),
        ("db = 1", "`db` takes a list: `db(system = \"sqlite\", text = SQL)`"),
        ("db(text = SQL)", "`db` lacks the system: `db(system = \"sqlite\", text = SQL)`"),
        ("db(system = SYSTEM)", "`system` takes a string literal: `system = \"sqlite\"`"),
        (
            "db(system = \"a\", txt = SQL)",
            "unknown field `txt`, did you mean `text`? a database has `system`, `text`",
        ),
        ("db(system = \"a\", text)", "`text` needs a value: `text = SQL`"),
        ("db(system = \"a\", system = \"b\")", "`system` is given twice"),
        ("capture = 0", "`capture` takes `true` or `false`: `capture = false`"),
        ("crate = \"a\"", "`crate` takes a path without quotes: `crate = ::sentry`"),
        ("crate = a()", "`crate` takes a path without quotes: `crate = ::sentry`"),
        ("tags = 1", "`tags` takes a list: `tags(key = value)`"),
        ("tags(a.b)", "`a.b` needs a value: `a.b = value`"),
        ("tags(\"a\")", "`a` needs a value: `a = value`"),
        (
            "tags(a-b-c.d = 1)",
            "a key with a dash is written in quotes, `\"a-b-c.d\"`, or with a dot, `a.b.c.d`",
        ),
        ("\"x\"", "each argument has a name: `name = \"x\"`"),
        ("tags(a = 1, a = 2)", "tag `a` is given twice"),
        ("tags(a.b = 1, \"a.b\" = 2)", "tag `a.b` is given twice"),
        (
            "tags(\"a b\" = 1)",
            "a tag's key holds ASCII letters, digits, `_`, `.`, `:` and `-`, this one has ' '",
        ),
        ("5", "expected an argument's name"),
        (
            "level = \"wraning\"",
            "unknown level `wraning`, did you mean `warning`? it is one of `debug`, `info`, `warning`, `error`, `fatal`",
        ),
        ("level = WARNING", "`level` takes a string literal: `level = \"warning\"`"),
        (
            "source = \"route\"",
            "`source` is about the transaction that a function opens: it goes on `#[transaction]`",
        ),
        ("root", "`root` is about the transaction that a function opens: it goes on `#[transaction]`"),
        ("ignore", "`ignore` needs its list: `ignore(DbError::NotFound)`"),
        (
            "ignore(e)",
            "this ignores every error: write a pattern, a type, or a guard (`e if e.is_timeout()`)",
        ),
        (
            "ignore(_)",
            "this ignores every error: write a pattern, a type, or a guard (`e if e.is_timeout()`)",
        ),
        ("fingerprint = 1", "`fingerprint` takes a list: `fingerprint(\"{{ default }}\", key)`"),
        ("args(x)", "`x` is no argument of `f`"),
        ("args = x", "`args` takes a list: `args(argument)`"),
        ("args(self)", "`self` is no argument of `f`"),
        ("skip_all = 1", "`skip_all` takes `true` or `false`: `skip_all`"),
        ("data = 1", "`data` takes a list: `data(key = value)`"),
        ("data(a = 1, a = 2)", "`a` is given twice"),
        ("data(\"\" = 1)", "the key of a value is not empty"),
        ("user(nick = 1)", "unknown field `nick`; a user has `id`, `email`, `username`"),
        (
            "user(usrname = 1)",
            "unknown field `usrname`, did you mean `username`? a user has `id`, `email`, `username`",
        ),
        ("user(id = 1, id = 2)", "`id` is given twice"),
        (
            "name = \"GET {}\"",
            "braces in the name hold an argument of the function: `{argument}`, or `{{` for a brace",
        ),
        ("name = \"GET {route}\"", "`route` is no argument of `f`: write `{{route}}` for braces in the name"),
        ("op: 5", "expected `=` after `op`"),
    ] {
        assert_eq!(
            messages(expand::monitored::expand(tokens(args), tokens("fn f() {}"))),
            [message],
            "{args}"
        );
    }
}

#[test]
fn jobs() {
    for (args, found) in [
        ("", &["`#[cron]` needs the slug of the job's monitor: `slug = \"nightly-import\"`"][..]),
        ("slug = \"a\"", &[]),
        ("slug = \"a\", schedule = \"every day\", checkin_margin = 5, recovery_threshold = 2", &[]),
        ("slug = name()", &["`slug` takes a string literal: `slug = \"nightly-import\"`"]),
        (
            "slug = \"A\"",
            &["a monitor's slug holds lower-case ASCII letters, digits, `-` and `_`, this one has 'A'"],
        ),
        (
            "slug = \"a\", schedule = \"60 * * * *\", timezone = \"Europe/Viena\", max_runtime = 0",
            &[
                "the minute is from 0 to 59, this one is 60",
                "the tz database has no time zone `Europe/Viena`, did you mean `Europe/Vienna`?",
                "a time of a monitor is from 1 to 40320 minutes (28 days), this one is 0",
            ],
        ),
        (
            "slug = \"a\", schedule = \"every day\", max_runtime = \"1\", recovery_threshold = 721",
            &[
                "`max_runtime` takes a number of minutes: `max_runtime = 10`",
                "a threshold of a monitor is from 1 to 720, this one is 721",
            ],
        ),
        (
            "slug = \"a\", timezone = \"UTC\"",
            &["`timezone` is sent along with a schedule: add `schedule = \"every 10 minutes\"`"],
        ),
    ] {
        let expansion = expand::cron::expand(tokens(args), tokens("fn f() {}"));
        assert_eq!(messages(expansion), found, "{args}");
    }
}

#[test]
fn good_arguments() {
    for args in [
        "",
        "op = \"a\",",
        "tags()",
        "tags(a, r#type, b.c = 1), data(a, b)",
        "tags(type = 1, r#fn = 2, a.b.c = \"x\", \"x-y:z\" = y, closure = (|a, b| a)(1, 2), turbofish = f::<A, B>(),)",
        "crate = ::a::b",
        "crate = crate::a",
        "level = \"fatal\", data(a.b = 1, \"c d\" = x), user(id = 1, email = e, username = \"u\")",
        "name = \"{{a}} {CONSTANT}\"",
        "ignore(DbError::NotFound, DbError::Io(..) | DbError::Gone { .. }, io::Error, e if e.is_timeout(), NOT_FOUND, (5, _) if x)",
        "fingerprint(\"{{ default }}\", err.code(), f::<A, B>(),), skip_all",
        "name = r\"a\", op = \"b\", capture = true, propagate = false",
    ] {
        let found = messages(expand::monitored::expand(tokens(args), tokens("fn f() {}")));
        assert!(found.is_empty(), "{args}: {found:?}");
    }
}

#[test]
fn contradictions() {
    for (args, message) in [
        ("args(a), skip(a)", "`a` is in `args` and in `skip`: keep one of them"),
        ("args(a), redact(a)", "`a` is in `args` and in `redact`: keep one of them"),
        ("skip(a), redact(a)", "`a` is in `skip` and in `redact`: keep one of them"),
        ("skip_all, skip(a)", "`skip_all` leaves out `a` already"),
        ("args(a, a)", "`a` is given twice"),
        ("args(amuont)", "`amuont` is no argument of `f`, did you mean `amount`?"),
        ("args(a b, amount)", "expected `,`"),
    ] {
        let item = tokens("fn f(&self, a: u8, (amount, _): (u8, u8)) {}");
        assert_eq!(messages(expand::monitored::expand(tokens(args), item)), [message], "{args}");
    }
    let item = tokens("fn f(&self, a: u8, (amount, _): (u8, u8), r#type: T) {}");
    let args = tokens("args(self, amount, r#type), redact(a), skip_all");
    assert!(messages(expand::monitored::expand(args, item)).is_empty());
}

#[test]
fn many_arguments_at_once() {
    let expansion = expand::transaction::expand(
        tokens("op = 5, nmae = \"x\", name, tags(\"\" = 1, a b = 2), , capture = false propagate = 1"),
        tokens("const fn f() {}"),
    );
    assert_eq!(expansion.to_string().split("const fn f").count(), 2, "the function survives: {expansion}");
    let found = messages(expansion);
    assert_eq!(found.len(), 9, "{found:#?}");
    assert!(found.iter().any(|message| message.contains("did you mean `name`?")));
}

#[test]
fn a_list_of_many_arguments_is_broken_into_lines() {
    let found = messages(expand::monitored::expand(tokens("zzz"), tokens("fn f() {}")));
    assert_eq!(found.len(), 1);
    let lines: Vec<_> = found[0].lines().collect();
    assert_eq!(lines[0], "unknown argument `zzz`; `#[monitored]` takes");
    assert!(lines.len() > 2 && lines.iter().all(|line| line.len() <= 90), "{lines:#?}");
    assert!(lines[1].starts_with("`name`, `op`, ") && found[0].ends_with("`crate`"), "{lines:#?}");
}

#[test]
fn options_of_main() {
    for (args, message) in [
        ("dsn = \"x\"", "a DSN"),
        ("sample_rate = 2.0", "a sample rate"),
        ("traces_sample_rate = -0.5", "a sample rate"),
        ("sample_rate = 7", "a sample rate"),
        ("sample_rate = \"1\"", "`sample_rate` takes a number"),
        ("release = \"a/b\"", "a release"),
        ("environment = \"\"", "an environment"),
        ("dist = \"a b\"", "a dist"),
        ("dsn = 1", "`dsn` takes text"),
        ("max_spams = 1", "unknown argument `max_spams`, did you mean `max_spans`?"),
        ("flavor = \"x\"", "unknown flavor `x`"),
        ("flavor = \"current_thread\", worker_threads = 1", "`worker_threads` needs"),
        ("worker_threads = 00", "a multi-thread runtime has"),
    ] {
        let found = messages(expand::main::expand(tokens(args), tokens("async fn main() {}")));
        assert!(matches!(&*found, [only] if only.starts_with(message)), "{args}: {found:?}");
    }
    for args in [
        "dsn = \"\"",
        "dsn = DSN, release = env!(\"A\"), environment = env, dist = None",
        "sample_rate = 0, traces_sample_rate = 1.0",
        "sample_rate = rate(), traces_sample_rate = 0.5_f32",
        "worker_threads = threads()",
    ] {
        let found = messages(expand::main::expand(tokens(args), tokens("async fn main() {}")));
        assert!(found.is_empty(), "{args}: {found:?}");
    }
}

/// The runtime with many threads is a feature. One mistake is one error: what is expanded beside it compiles.
#[test]
fn threads_that_the_library_lacks() {
    let config = Config::of_one_thread();
    let expanded = |args| crate::expand::main::expand(&config, tokens(args), tokens("async fn main() {}"));
    for args in ["", "worker_threads = 2", "flavor = \"multi_thread\", worker_threads = 2"] {
        let expansion = expanded(args);
        assert!(expansion.to_string().contains("Runtime :: CurrentThread"), "{args}: {expansion}");
        let found = messages(expansion);
        assert!(matches!(&*found, [only] if only.contains("feature `multi-thread`")), "{args}: {found:?}");
    }
    assert!(messages(expanded("flavor = \"current_thread\"")).is_empty());
}

/// A plain `async fn main` would be a second error.
#[test]
fn main_is_expanded_beside_a_wrong_argument() {
    let expansion = expand::main::expand(tokens("x = 1"), tokens("async fn main() {}")).to_string();
    assert!(expansion.contains("block_on"), "{expansion}");
}

#[test]
fn other_items() {
    for item in [
        "pub(crate) struct A;",
        "trait A { fn f(); }",
        "mod a { fn f() {} }",
        "const A: u8 = 1;",
        "static A: u8 = 1;",
        "type A = B;",
        "use a::b;",
        "extern \"C\" { fn f(); }",
        "extern crate a;",
        "macro_rules! a { () => {} }",
        "union A { a: u8 }",
        "fn f();",
        "fn f() -> ;",
        "",
    ] {
        for (name, expand) in ATTRIBUTES {
            let expansion = expand(TokenStream::new(), tokens(item));
            assert!(
                expansion.to_string().ends_with(&tokens(item).to_string()),
                "the item survives: {expansion}"
            );
            assert_eq!(messages(expansion).len(), 1, "{name}: {item}");
        }
    }
}

/// A block's mistake is told once; a function's is told where it is.
#[test]
fn blocks() {
    let block =
        "impl A { #[monitored(nmae = 1)] fn f(&self) {} const fn g() {} #[transaction] const fn h() {} }";
    let expansion = expand::monitored::expand(tokens("op = 5"), tokens(block));
    assert!(expansion.to_string().ends_with(&tokens(block).to_string()), "the block survives: {expansion}");
    assert_eq!(messages(expansion), ["`op` takes a string literal: `op = \"db.query\"`"]);

    let expansion = expand::monitored::expand(tokens("op = \"db\""), tokens(block)).to_string();
    assert_eq!(expansion.matches("compile_error").count(), 2, "{expansion}");
    assert!(expansion.contains("const fn g () { }"), "{expansion}");
}

#[test]
fn a_report_says_what_it_takes() {
    for (item, message) in [
        ("#[report] struct E;", "`#[report]` says nothing by itself: `#[report(level = \"warning\")]`"),
        ("#[report = 1] struct E;", "`#[report]` says nothing by itself: `#[report(level = \"warning\")]`"),
        ("#[report(ignore)] #[report(redact)] struct E;", "`#[report]` is given twice: join the lists"),
        ("#[report(ignore = \"yes\")] struct E;", "`ignore` takes `true` or `false`: `ignore`"),
        (
            "#[report(level = \"warn\")] struct E;",
            "unknown level `warn`; it is one of `debug`, `info`, `warning`, `error`, `fatal`",
        ),
        (
            "#[report(fingerprint = 1)] struct E;",
            "`fingerprint` takes a list: `fingerprint(\"{{ default }}\", key)`",
        ),
        (
            "enum E { #[report(crate = sentry)] A }",
            "unknown argument `crate`; `#[report]` takes `level`, `fingerprint`, `ignore`, `tags`, `redact`",
        ),
        ("struct E(#[report(redact)] u8);", "unknown argument `redact`; `#[report]` takes `causes`"),
        ("union E { a: u8 }", "`#[derive(Report)]` goes on a struct or an enum"),
    ] {
        let expansion = crate::expand::report::expand(tokens(item));
        assert!(expansion.to_string().contains("impl"), "the implementation survives {item}");
        assert_eq!(messages(expansion), [message], "{item}");
    }
}
