//! Who comes into the shop, and what they want.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

/// An afternoon: each customer does a few things, and it says how they went.
pub async fn visit(url: &str) -> reqwest::Result<()> {
    let http = Client::new();
    let get = |path: &str| http.get(format!("{url}{path}"));
    let order = |product: i64, quantity: u32, card: &str| {
        let basket = json!({ "product": product, "quantity": quantity, "card": card });
        http.post(format!("{url}/orders")).json(&basket)
    };

    ask("Ada looks through the window", get("/")).await?;
    ask("Ada picks up a teapot", get("/products/1")).await?;
    ask("Ada buys two teapots", order(1, 2, "gold")).await?;
    ask("Ada wants an invoice", get("/orders/1/invoice")).await?;
    ask("Ben follows an old link", get("/products/77")).await?;
    ask("Ben buys six cups", order(2, 6, "gold")).await?;
    ask("Cleo wants the samovar", order(4, 1, "gold")).await?;
    ask("Cleo wants four saucers, two are left", order(3, 4, "gold")).await?;
    ask("Dan pays from an empty account", order(2, 1, "empty")).await?;
    ask("Eve's bank takes its time", order(6, 1, "slow")).await?;
    ask("Eve tries another card", order(6, 1, "gold")).await?;
    ask("Finn picks up a tea strainer", get("/products/5")).await?;
    ask("Gus looks through the window", get("/")).await?;
    Ok(())
}

async fn ask(what: &str, request: RequestBuilder) -> reqwest::Result<()> {
    let customer = what.split([' ', '\'']).next().unwrap_or_default().to_lowercase();
    let response = request.header("x-customer", customer).send().await?;
    println!("{what:<40} {}", response.status());
    Ok(())
}

/// A rush: as many requests as it says, by 20 customers at a time; how many were answered well.
pub async fn rush(url: &str, requests: u32) -> Result<u32, tokio::task::JoinError> {
    const CUSTOMERS: u32 = 20;

    let left = Arc::new(AtomicU32::new(requests));
    let http = Client::new();
    let mut customers = JoinSet::new();
    for customer in 0..CUSTOMERS {
        let (left, http, url) = (Arc::clone(&left), http.clone(), url.to_owned());
        customers.spawn(async move {
            let mut answered = 0;
            let next = |left| u32::checked_sub(left, 1);
            while let Ok(number) = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
                // One of ten asks for what is not there.
                let request = http.get(format!("{url}/products/{}", if number % 10 == 0 { 77 } else { 1 }));
                let response = request.header("x-customer", format!("customer {customer}")).send().await;
                answered += u32::from(response.is_ok_and(|response| response.status() == StatusCode::OK));
            }
            answered
        });
    }
    let mut answered = 0;
    while let Some(customer) = customers.join_next().await {
        answered += customer?;
    }
    Ok(answered)
}
