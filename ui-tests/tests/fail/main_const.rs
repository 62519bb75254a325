#[sentry::main]
const fn main() {}
