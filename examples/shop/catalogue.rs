//! The products, in the database.

use sentry::{monitored, transaction};
use serde::Serialize;
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};

use crate::{
    error::{Result, ShopError},
    price::Price,
};

const FIND: &str = "SELECT id, name, price, stock FROM products WHERE id = ?";
const BESTSELLERS: &str = "SELECT products.id, name, price, stock FROM products JOIN orders ON product = products.id \
                           GROUP BY products.id ORDER BY sum(quantity) DESC LIMIT 3";
const LAST_PIECES: &str = "SELECT id, name, price, stock FROM products WHERE stock BETWEEN 1 AND 3";
const RESERVE: &str = "UPDATE products SET stock = stock - ?2 WHERE id = ?1 AND stock >= ?2";
const PUT_BACK: &str = "UPDATE products SET stock = stock + ?2 WHERE id = ?1";

#[derive(Serialize)]
pub struct Product {
    pub id: i64,
    pub name: String,
    pub price: Price,
    pub stock: i64,
}

/// A product as it is stored: the supplier's price list is kept as text.
type Row = (i64, String, String, i64);

pub struct Catalogue {
    database: SqlitePool,
}

impl Catalogue {
    pub fn new(database: SqlitePool) -> Self {
        Self { database }
    }

    #[monitored(db(system = "sqlite", text = FIND), tags(product = id))]
    pub async fn find(&self, id: i64) -> Result<Product> {
        let row: Option<Row> = sqlx::query_as(FIND).bind(id).fetch_optional(&self.database).await?;
        let row = row.ok_or(ShopError::UnknownProduct(id))?;
        decode(row)
    }

    #[monitored(db(system = "sqlite", text = BESTSELLERS))]
    pub async fn bestsellers(&self) -> Result<Vec<Product>> {
        let rows: Vec<Row> = sqlx::query_as(BESTSELLERS).fetch_all(&self.database).await?;
        rows.into_iter().map(decode).collect()
    }

    #[monitored(db(system = "sqlite", text = LAST_PIECES))]
    pub async fn last_pieces(&self) -> Result<Vec<Product>> {
        let rows: Vec<Row> = sqlx::query_as(LAST_PIECES).fetch_all(&self.database).await?;
        rows.into_iter().map(decode).collect()
    }

    #[monitored(db(system = "sqlite", text = RESERVE))]
    pub async fn reserve(&self, product: &Product, quantity: u32) -> Result<()> {
        let reserved = sqlx::query(RESERVE).bind(product.id).bind(quantity).execute(&self.database).await?;
        if reserved.rows_affected() == 0 {
            return Err(ShopError::SoldOut(product.name.clone()));
        }
        Ok(())
    }

    #[monitored(db(system = "sqlite", text = PUT_BACK))]
    pub async fn put_back(&self, product: &Product, quantity: u32) -> Result<()> {
        sqlx::query(PUT_BACK).bind(product.id).bind(quantity).execute(&self.database).await?;
        Ok(())
    }
}

#[monitored]
fn decode((id, name, price, stock): Row) -> Result<Product> {
    let price = price.parse().map_err(|source| ShopError::BrokenPrice { id, source })?;
    Ok(Product { id, name, price, stock })
}

/// Opens a database in memory and fills the shelves.
#[transaction(op = "db", name = "fill the shelves")]
pub async fn database() -> Result<SqlitePool> {
    // Each connection in memory is a database of its own: the pool keeps one for good.
    let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let database = options.connect("sqlite::memory:").await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&database).await?;
    Ok(database)
}
