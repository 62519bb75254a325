//! What compiles, and what each mistake prints.

use std::collections::BTreeSet;

#[test]
fn pass() {
    trybuild::TestCases::new().pass("tests/pass/*.rs");
}

#[test]
fn fail() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}

/// `#[sentry::main]` takes an option exactly if there is a setter for it: `pass/main_every_option.rs` shows that each
/// argument is a setter, this that no setter is missing there.
#[test]
fn every_setter_is_an_argument() {
    let plain = include_str!("../../runtime/src/client/options.rs");
    let certificates = include_str!("../../runtime/src/client/certificate_options.rs");
    let compression = include_str!("../../runtime/src/client/compression_options.rs");
    let context_tags = include_str!("../../runtime/src/client/context_tags.rs");
    let filters = include_str!("../../runtime/src/client/filter_options.rs");
    let kept = include_str!("../../runtime/src/client/kept.rs");
    let recorded = include_str!("../../runtime/src/client/recorded.rs");
    let traces = include_str!("../../runtime/src/client/trace_options.rs");
    let integrations = include_str!("../../runtime/src/client/integration_options.rs");
    let streaming = include_str!("../../runtime/src/client/streaming.rs");
    let telemetry = include_str!("../../runtime/src/client/telemetry_options.rs");
    let setters: BTreeSet<_> = [
        plain,
        certificates,
        compression,
        context_tags,
        filters,
        kept,
        recorded,
        streaming,
        telemetry,
        traces,
        integrations,
    ]
    .into_iter()
    .flat_map(str::lines)
    .filter_map(|line| line.strip_prefix("    pub fn ")?.split_once('('))
    .filter(|(_, arguments)| {
        arguments.starts_with("self, ") || arguments.starts_with("mut self, ") || arguments.is_empty()
    })
    .map(|(name, _)| name.split('<').next().unwrap_or(name))
    // The twin of `release` that takes an `Option`.
    .filter(|name| *name != "maybe_release")
    .collect();
    let arguments: BTreeSet<_> = include_str!("pass/main_every_option.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(" = "))
        .map(|(key, _)| key)
        .filter(|key| !["options", "crate"].contains(key))
        .collect();
    assert_eq!(setters, arguments);
    let of_file: BTreeSet<_> = include_str!("../../macros/src/config/read.rs")
        .lines()
        .filter_map(|line| {
            let line = line.trim_start();
            line.strip_prefix("(\"").or(line.strip_prefix('"'))?.split_once('"')
        })
        .map(|(key, _)| key)
        .collect();
    let unknown: Vec<_> =
        setters.iter().filter(|key| **key != "release" && !of_file.contains(**key)).collect();
    assert_eq!(unknown, [&""; 0], "`sentry.toml` takes them, or says that they are code");
}
