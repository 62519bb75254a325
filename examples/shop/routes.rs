//! The shop's HTTP interface.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use sentry::transaction;
use serde::Serialize;

use crate::{
    Shop,
    catalogue::Product,
    error::Result,
    orders::{self, Basket, Order},
};

pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/", get(window))
        .route("/products/{id}", get(product))
        .route("/orders", post(order))
        .route("/orders/{id}/invoice", get(invoice))
        .with_state(Arc::new(shop))
}

#[derive(Serialize)]
struct Window {
    bestsellers: Vec<Product>,
    last_pieces: Vec<Product>,
}

#[transaction(op = "http.server", name = "GET /")]
async fn window(State(shop): State<Arc<Shop>>) -> Result<Json<Window>> {
    let (bestsellers, last_pieces) =
        tokio::try_join!(shop.catalogue.bestsellers(), shop.catalogue.last_pieces())?;
    Ok(Json(Window { bestsellers, last_pieces }))
}

#[transaction(op = "http.server", name = "GET /products/{{id}}", source = "route")]
async fn product(State(shop): State<Arc<Shop>>, Path(id): Path<i64>) -> Result<Json<Product>> {
    let product = shop.catalogue.find(id).await?;
    Ok(Json(product))
}

#[transaction(op = "http.server", name = "POST /orders")]
async fn order(
    State(shop): State<Arc<Shop>>,
    Json(basket): Json<Basket>,
) -> Result<(StatusCode, Json<Order>)> {
    let order = orders::place(&shop, basket).await?;
    Ok((StatusCode::CREATED, Json(order)))
}

#[transaction(op = "http.server", name = "GET /orders/{{id}}/invoice", source = "route")]
async fn invoice(State(shop): State<Arc<Shop>>, Path(id): Path<i64>) -> Result<String> {
    let order = shop.orders.find(id).await?;
    let product = shop.catalogue.find(order.product).await?;
    let invoice = tokio::task::spawn_blocking(move || orders::invoice(&order, &product)).await?;
    Ok(invoice)
}
