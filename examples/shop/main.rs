//! A web shop: `cargo run --example shop`.
//!
//! The shop is an HTTP service over an embedded database, a second service does its payments, and a job looks after its
//! stock. Attributes on its functions and a layer on its routes are all the instrumentation there is: look for
//! `#[sentry::main]`, `#[monitored]`, `#[cron]` and `SentryLayer`. Some scripted customers visit it, a few of them in vain,
//! and the program ends.
//!
//! Without a `SENTRY_DSN` in the environment, or in a file `.env`, the reports are printed, with one they are sent.
//! - `cargo run --example shop -- serve` keeps the shop open on port 8080 (or the port given) until ctrl-c. `/test-error` and
//!   `/test-panic` fail.
//!   With the address of another bank in `BANK_URL`, that one does the payments: it answers `POST /charges` as `bank.rs` does.
//! - `cargo run --release --example shop -- rush 10000` has 20 customers ask 10,000 times (or as often as given), and says
//!   how long it took and what was captured.

#![allow(unreachable_pub, reason = "a program exports nothing, so `pub` means the whole program")]

mod bank;
mod catalogue;
mod customers;
mod error;
mod orders;
mod payments;
mod price;
mod routes;
mod stock;

use std::{env, io, time::Instant};

use anyhow::bail;
use sentry::protocol::Category;
use tokio::{net::TcpListener, signal};
use tracing_subscriber::prelude::*;

use crate::{catalogue::Catalogue, error::Result, orders::Orders, payments::Payments};

/// What the handlers work with.
struct Shop {
    catalogue: Catalogue,
    orders: Orders,
    payments: Payments,
}

/// What is to happen today.
enum Day {
    Visit,
    Serve { port: u16 },
    Rush { requests: u32 },
}

#[sentry::main(
    dotenv,
    traces_sample_rate = 1.0,
    auto_session_tracking = true,
    session_mode = sentry::SessionMode::Request
)]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::registry().with(sentry::integrations::tracing::layer()).init();
    let day = day()?;

    let bank_url = if let Ok(url) = env::var("BANK_URL") {
        url
    } else {
        let (bank, url) = listen(0).await?;
        tokio::spawn(axum::serve(bank, bank::routes()).into_future());
        url
    };
    let shop = open(&bank_url).await?;
    let port = if let Day::Serve { port } = day { port } else { 0 };
    let (door, url) = listen(port).await?;
    tokio::spawn(axum::serve(door, routes::routes(shop)).into_future());
    println!("the shop is open at {url}");

    match day {
        Day::Visit => customers::visit(&url).await?,
        Day::Serve { .. } => signal::ctrl_c().await?,
        Day::Rush { requests } => rush(&url, requests).await?,
    }
    Ok(())
}

fn day() -> anyhow::Result<Day> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => Ok(Day::Visit),
        ["serve"] => Ok(Day::Serve { port: 8080 }),
        ["serve", port] => Ok(Day::Serve { port: port.parse()? }),
        ["rush"] => Ok(Day::Rush { requests: 10_000 }),
        ["rush", requests] => Ok(Day::Rush { requests: requests.parse()? }),
        _ => bail!("usage: shop [serve [port] | rush [requests]]"),
    }
}

async fn open(bank_url: &str) -> Result<Shop> {
    let database = catalogue::database().await?;
    tokio::spawn(stock::look_after(database.clone()));
    Ok(Shop {
        catalogue: Catalogue::new(database.clone()),
        orders: Orders::new(database),
        payments: Payments::new(bank_url)?,
    })
}

async fn rush(url: &str, requests: u32) -> anyhow::Result<()> {
    let start = Instant::now();
    let answered = customers::rush(url, requests).await?;
    println!("{answered} of {requests} requests answered well in {:.1?}", start.elapsed());
    sentry::flush_async(None).await;
    let stats = sentry::delivery_stats();
    for category in [Category::Error, Category::Transaction] {
        println!(
            "{category}s: {} captured, {} delivered, {} dropped",
            stats.captured(category),
            stats.delivered(category),
            stats.dropped(category)
        );
    }
    Ok(())
}

async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
