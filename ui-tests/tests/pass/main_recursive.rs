use std::sync::atomic::{AtomicU8, Ordering};

static CALLS: AtomicU8 = AtomicU8::new(0);

#[sentry::main]
fn main() {
    if CALLS.fetch_add(1, Ordering::Relaxed) == 0 {
        main();
        assert_eq!(CALLS.load(Ordering::Relaxed), 2);
    }
}
