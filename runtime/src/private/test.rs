//! What `#[sentry::test]` does around the user's test.

use super::main::Package;
use crate::client::{self, BoundClient};
use crate::{ClientOptions, test};

/// The test is running; its client is closed when this is dropped.
#[derive(Debug)]
#[must_use = "the client is closed when it is dropped"]
pub struct Testing {
    _client: BoundClient,
}

/// Gives the test on this thread a client of its own.
pub fn start(package: Package, configure: impl FnOnce(ClientOptions) -> ClientOptions) -> Testing {
    let package = client::Package {
        release: Some(package.release),
        defaults: package.defaults,
        debug_assertions: package.debug_assertions,
        modules: package.modules,
        reports: false,
    };
    Testing { _client: test::start(configure(ClientOptions::new()), &package) }
}
