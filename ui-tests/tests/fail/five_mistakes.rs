use sentry::transaction;

#[transaction(op = 5, nmae = "x", name, crate = "s")]
const fn f() {}

fn main() {
    f();
}
