//! An afternoon in the shop: who comes in, and what they want.

use reqwest::{Client, RequestBuilder};
use serde_json::json;

/// Lets each customer do one request, and says how it went.
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
    let response = request.send().await?;
    println!("{what:<40} {}", response.status());
    Ok(())
}
