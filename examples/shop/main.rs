//! A web shop: `cargo run --example shop`.
//!
//! The shop is an HTTP service over an embedded database, and a second service does its payments. Attributes on its
//! functions are all the instrumentation there is: look for `#[sentry::main]`, `#[transaction]` and `#[monitored]`.
//! Some scripted customers visit it, a few of them in vain, and the program ends.
//!
//! Without a `SENTRY_DSN` in the environment the reports are printed, with one they are sent.
//! `cargo run --example shop -- serve` keeps the shop open on port 8080 (or the port given) until ctrl-c.

#![allow(unreachable_pub, reason = "a program exports nothing, so `pub` means the whole program")]

mod bank;
mod catalogue;
mod customers;
mod error;
mod orders;
mod payments;
mod price;
mod routes;

use std::{env, io};

use anyhow::bail;
use tokio::{net::TcpListener, signal};

use crate::{catalogue::Catalogue, error::Result, orders::Orders, payments::Payments};

/// What the handlers work with.
struct Shop {
    catalogue: Catalogue,
    orders: Orders,
    payments: Payments,
}

#[sentry::main(traces_sample_rate = 1.0)]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = port_to_serve_on()?;

    let (bank, bank_url) = listen(0).await?;
    tokio::spawn(axum::serve(bank, bank::routes()).into_future());

    let shop = open(&bank_url).await?;
    let (door, url) = listen(port.unwrap_or(0)).await?;
    tokio::spawn(axum::serve(door, routes::routes(shop)).into_future());
    println!("the shop is open at {url}");

    if port.is_some() {
        signal::ctrl_c().await?;
    } else {
        customers::visit(&url).await?;
    }
    Ok(())
}

fn port_to_serve_on() -> anyhow::Result<Option<u16>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => Ok(None),
        ["serve"] => Ok(Some(8080)),
        ["serve", port] => Ok(Some(port.parse()?)),
        _ => bail!("usage: shop [serve [port]]"),
    }
}

async fn open(bank_url: &str) -> Result<Shop> {
    let database = catalogue::database().await?;
    Ok(Shop {
        catalogue: Catalogue::new(database.clone()),
        orders: Orders::new(database),
        payments: Payments::new(bank_url)?,
    })
}

async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
