#[sentry::main(debug = 5, max_spans = "many")]
fn main() {}
