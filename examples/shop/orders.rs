//! From a basket to a paid order.

use sentry::monitored;
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;

use crate::{
    Shop,
    catalogue::Product,
    error::{Result, ShopError},
    price::Price,
};

const ADD: &str = "INSERT INTO orders (product, quantity, receipt) VALUES (?, ?, ?)";
const FIND: &str = "SELECT product, quantity, receipt FROM orders WHERE id = ?";

/// What a customer asks for.
#[derive(Deserialize)]
pub struct Basket {
    product: i64,
    quantity: u32,
    card: String,
}

#[derive(Serialize)]
pub struct Order {
    pub id: i64,
    pub product: i64,
    pub quantity: u32,
    pub receipt: String,
}

/// Takes the goods from the shelf, the money from the card, and writes the order down.
#[monitored(tags(order.quantity = basket.quantity))]
pub async fn place(shop: &Shop, basket: Basket) -> Result<Order> {
    let product = shop.catalogue.find(basket.product).await?;
    shop.catalogue.reserve(&product, basket.quantity).await?;
    let receipt = pay(shop, &product, &basket).await;
    if receipt.is_err() {
        shop.catalogue.put_back(&product, basket.quantity).await?;
    }
    let order = shop.orders.add(&basket, receipt?).await?;
    sentry::info!(
        order.id = order.id,
        order.product = order.product,
        "sold {} x {}",
        order.quantity,
        product.name
    );
    Ok(order)
}

#[monitored]
async fn pay(shop: &Shop, product: &Product, basket: &Basket) -> Result<String> {
    let total = Price { cents: product.price.cents * u64::from(basket.quantity) };
    let receipt = shop.payments.charge(&basket.card, total).await?;
    Ok(receipt)
}

pub struct Orders {
    database: SqlitePool,
}

impl Orders {
    pub fn new(database: SqlitePool) -> Self {
        Self { database }
    }

    #[monitored(db(system = "sqlite", text = ADD))]
    async fn add(&self, basket: &Basket, receipt: String) -> Result<Order> {
        let Basket { product, quantity, .. } = *basket;
        let id = sqlx::query(ADD)
            .bind(product)
            .bind(quantity)
            .bind(&receipt)
            .execute(&self.database)
            .await?
            .last_insert_rowid();
        Ok(Order { id, product, quantity, receipt })
    }

    #[monitored(db(system = "sqlite", text = FIND), tags(order = id))]
    pub async fn find(&self, id: i64) -> Result<Order> {
        let row = sqlx::query_as(FIND).bind(id).fetch_optional(&self.database).await?;
        let (product, quantity, receipt) = row.ok_or(ShopError::UnknownOrder(id))?;
        Ok(Order { id, product, quantity, receipt })
    }
}

/// Writes the invoice: too slow for the threads that serve requests.
#[monitored(op = "template")]
pub fn invoice(order: &Order, product: &Product) -> String {
    let total = Price { cents: product.price.cents * u64::from(order.quantity) };
    format!(
        "Invoice {}\n{} x {} at {}: {total}\npaid, {}",
        order.id, order.quantity, product.name, product.price, order.receipt
    )
}
