//! Work and the context that goes with it: bound to futures, streams and closures, and scopes of its own.

mod bind;
mod isolation;

pub use bind::{Bind, Bound, FutureExt, bind, bind_closure, bind_future};
pub use isolation::{IsolationScope, new_isolation_scope, with_isolation_scope};
