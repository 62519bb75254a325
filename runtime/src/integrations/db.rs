//! Databases: what of a statement may be shown.
//!
//! Drivers such as sqlx 0.9 have no hook for what they ask, only events of `tracing` afterwards. So the function that asks
//! says what it asks, which also tells the error of a question with the line by which it was asked:
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
