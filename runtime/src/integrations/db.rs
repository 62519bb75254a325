//! Databases: what of a statement may be shown.
//!
//! Where a driver has no hook the function that asks says what it asks:
//!
//! ```
//! use sentry::monitored;
//!
//! const PRICE: &str = "SELECT price FROM products WHERE id = ? AND shop = 'Vienna'";
//!
//! // A span `SELECT price FROM products WHERE id = ? AND shop = ?`, of the operation `db.query`.
//! #[monitored(db(system = "sqlite", text = PRICE))]
//! async fn price(id: u32) -> Option<u32> {
//!     // sqlx::query_scalar(PRICE).bind(id).fetch_optional(pool)
//!     # (id == 7).then_some(450)
//! }
//! ```

pub use crate::privacy::scrub;
