//! Work and the context that goes with it: bound to futures, streams and closures, scopes of its own, and hubs.

mod bind;
mod hub;
mod isolation;

pub use bind::{Bind, Bound, FutureExt, bind, bind_closure, bind_future};
pub use hub::{Hub, HubSwitchGuard, ScopeGuard, SentryFuture, SentryFutureExt, with_integration};
pub use isolation::{IsolationScope, new_isolation_scope, with_isolation_scope};
