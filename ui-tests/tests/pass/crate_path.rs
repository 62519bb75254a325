//! The library under another name, behind a module, and from a macro of another crate's.

mod monitoring {
    pub use ::sentry as client;
}

/// Not the library.
#[allow(dead_code)]
mod sentry {}

macro_rules! watched {
    ($name:ident) => {
        #[::sentry::monitored(crate = $crate::monitoring::client)]
        fn $name() -> Result<(), String> {
            Err("watched")?
        }
    };
}

watched!(watched);

#[::sentry::transaction(crate = monitoring::client, tags(one = 1))]
fn work() -> Result<(), String> {
    watched()
}

#[::sentry::main(crate = crate::monitoring::client)]
fn main() {
    assert!(work().is_err());
}
