#[sentry::main(
    dsn = 5,
    sample_rate = "0.5",
    release = true,
    environment,
    debug = ,
    flavor = "multi-thread",
    worker_threads = 0,
    options("x"),
    crate = "sentry"
)]
fn main() {
    // The runtime's own types judge what is not a literal.
    let _: () = ();
}
