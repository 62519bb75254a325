//! What can go wrong in the shop, and what a customer is told about it.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{payments::PaymentError, price::NoPrice};

pub type Result<T, E = ShopError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error, sentry::Report)]
pub enum ShopError {
    #[error("there is no product {0}")]
    #[report(level = "warning")]
    UnknownProduct(i64),
    #[error("there is no order {0}")]
    #[report(level = "warning")]
    UnknownOrder(i64),
    #[error("`{0}` is sold out")]
    #[report(level = "info", tags(product.name = _0))]
    SoldOut(String),
    #[error("product {id} is stored with a broken price")]
    BrokenPrice { id: i64, source: NoPrice },
    #[error("the payment failed")]
    Payment(#[from] PaymentError),
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the invoice was not written")]
    Invoice(#[from] tokio::task::JoinError),
    #[error("somebody asked for an error")]
    Test,
}

impl ShopError {
    fn status(&self) -> StatusCode {
        match self {
            Self::UnknownProduct(_) | Self::UnknownOrder(_) => StatusCode::NOT_FOUND,
            Self::SoldOut(_) => StatusCode::CONFLICT,
            Self::Payment(PaymentError::Declined(_)) => StatusCode::PAYMENT_REQUIRED,
            Self::Payment(PaymentError::Unreachable(_)) => StatusCode::GATEWAY_TIMEOUT,
            Self::BrokenPrice { .. } | Self::Database(_) | Self::Invoice(_) | Self::Test => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({ "error": self.to_string() }))).into_response()
    }
}
