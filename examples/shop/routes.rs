//! The shop's HTTP interface.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use sentry::{User, integrations::tower::SentryLayer, monitored};
use serde::Serialize;

use crate::{
    Shop,
    catalogue::Product,
    error::{Result, ShopError},
    orders::{self, Basket, Order},
};

pub fn routes(shop: Shop) -> Router {
    Router::new()
        .route("/", get(window))
        .route("/products/{id}", get(product))
        .route("/orders", post(order))
        .route("/orders/{id}/invoice", get(invoice))
        .route("/test-error", get(test_error))
        .route("/test-panic", get(test_panic))
        .with_state(Arc::new(shop))
        .layer(middleware::from_fn(know_customer))
        // Each request has scopes of its own and is a transaction, named by its route.
        .layer(SentryLayer::new())
}

/// Whoever tells their name is the user of all that is captured while they are served.
async fn know_customer(request: Request, next: Next) -> Response {
    if let Some(name) = request.headers().get("x-customer").and_then(|name| name.to_str().ok()) {
        sentry::set_user(Some(User { id: Some(name.to_owned()), ..User::default() }));
    }
    next.run(request).await
}

#[derive(Serialize)]
struct Window {
    bestsellers: Vec<Product>,
    last_pieces: Vec<Product>,
}

#[monitored]
async fn window(State(shop): State<Arc<Shop>>) -> Result<Json<Window>> {
    let (bestsellers, last_pieces) =
        tokio::try_join!(shop.catalogue.bestsellers(), shop.catalogue.last_pieces())?;
    Ok(Json(Window { bestsellers, last_pieces }))
}

#[monitored]
async fn product(State(shop): State<Arc<Shop>>, Path(id): Path<i64>) -> Result<Json<Product>> {
    let product = shop.catalogue.find(id).await?;
    Ok(Json(product))
}

#[monitored]
async fn order(
    State(shop): State<Arc<Shop>>,
    Json(basket): Json<Basket>,
) -> Result<(StatusCode, Json<Order>)> {
    let order = orders::place(&shop, basket).await?;
    Ok((StatusCode::CREATED, Json(order)))
}

#[monitored]
async fn invoice(State(shop): State<Arc<Shop>>, Path(id): Path<i64>) -> Result<String> {
    let order = shop.orders.find(id).await?;
    let product = shop.catalogue.find(order.product).await?;
    let invoice = tokio::task::spawn_blocking(move || orders::invoice(&order, &product)).await?;
    Ok(invoice)
}

/// Fails, to show how that arrives.
#[monitored]
async fn test_error() -> Result<()> {
    Err(ShopError::Test)
}

/// Panics, to show how that arrives.
#[monitored]
async fn test_panic() {
    panic!("somebody asked for a panic");
}
