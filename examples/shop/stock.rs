//! The job that looks after the stock.

use std::time::Duration;

use sentry::{cron, monitored, transaction};
use sqlx::SqlitePool;
use tokio::time::{MissedTickBehavior, interval};

use crate::error::Result;

const EVERY: Duration = Duration::from_mins(10);
const SCARCE: &str = "SELECT name, stock FROM products WHERE stock <= 3";

/// Takes stock at once, and then every ten minutes.
pub async fn look_after(database: SqlitePool) {
    let mut times = interval(EVERY);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        // What fails is reported; the next time may be better.
        drop(take(&database).await);
    }
}

#[cron(slug = "stock-taking", schedule = "every 10 minutes", max_runtime = 1)]
#[transaction(op = "task", name = "stock-taking")]
pub async fn take(database: &SqlitePool) -> Result<()> {
    for (product, stock) in scarce(database).await? {
        // A structured log, as by `sentry::warn!`, and a breadcrumb.
        tracing::warn!(product, stock, "nearly sold out");
    }
    Ok(())
}

#[monitored(db(system = "sqlite", text = SCARCE))]
async fn scarce(database: &SqlitePool) -> Result<Vec<(String, i64)>> {
    Ok(sqlx::query_as(SCARCE).fetch_all(database).await?)
}
