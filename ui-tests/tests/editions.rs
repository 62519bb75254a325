//! Every form of function that the attributes take, compiled without a warning and run, in each edition.

#[path = "../lints/mod.rs"]
mod forms;

fn in_a_runtime(forms: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime starts").block_on(forms);
}

#[test]
fn edition_2018() {
    in_a_runtime(forms_2018::run());
}

#[test]
fn edition_2021() {
    in_a_runtime(forms_2021::run());
}

#[test]
fn edition_2024() {
    in_a_runtime(forms::run());
}
