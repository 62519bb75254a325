//! The payment service: a bank that knows three kinds of cards.

use std::time::Duration;

use axum::{Json, Router, routing::post};
use sentry::{integrations::tower::SentryLayer, monitored};
use tokio::time::sleep;

use crate::payments::{Answer, Charge};

pub fn routes() -> Router {
    Router::new().route("/charges", post(charge)).layer(SentryLayer::new())
}

#[monitored]
async fn charge(Json(charge): Json<Charge>) -> Json<Answer> {
    if covered(&charge).await {
        Json(Answer::Paid { receipt: format!("receipt {:06}", charge.cents) })
    } else {
        Json(Answer::Declined { reason: "insufficient funds".to_owned() })
    }
}

#[monitored(op = "function", name = "ask the core banking system")]
async fn covered(charge: &Charge) -> bool {
    let answers_after = match charge.card.as_str() {
        "slow" => Duration::from_secs(5),
        _ => Duration::from_millis(15),
    };
    sleep(answers_after).await;
    charge.card != "empty"
}
