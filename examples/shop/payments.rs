//! The shop's side of a payment: calls to the bank.

use std::time::Duration;

use sentry::{integrations::reqwest::SendMonitored as _, monitored};
use serde::{Deserialize, Serialize};

use crate::price::Price;

/// A customer waits no longer than this for the bank.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    #[error("the bank declined the card: {0}")]
    Declined(String),
    #[error("the bank cannot be reached")]
    Unreachable(#[from] reqwest::Error),
}

#[derive(Serialize, Deserialize)]
pub struct Charge {
    pub card: String,
    pub cents: u64,
}

/// The bank's answer: a receipt, or why there is none.
#[derive(Serialize, Deserialize)]
pub enum Answer {
    Paid { receipt: String },
    Declined { reason: String },
}

pub struct Payments {
    http: reqwest::Client,
    url: String,
}

impl Payments {
    pub fn new(bank_url: &str) -> Result<Self, PaymentError> {
        let http = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { http, url: format!("{bank_url}/charges") })
    }

    /// Charges a card and returns the receipt.
    #[monitored(tags(amount = amount))]
    pub async fn charge(&self, card: &str, amount: Price) -> Result<String, PaymentError> {
        let charge = Charge { card: card.to_owned(), cents: amount.cents };
        match self.send(&charge).await? {
            Answer::Paid { receipt } => Ok(receipt),
            Answer::Declined { reason } => Err(PaymentError::Declined(reason)),
        }
    }

    #[monitored]
    async fn send(&self, charge: &Charge) -> reqwest::Result<Answer> {
        // A span, and the bank's transaction belongs to the same trace.
        let response = self.http.post(&self.url).json(charge).send_monitored().await?;
        response.error_for_status()?.json().await
    }
}
