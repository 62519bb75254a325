//! Prices, as the supplier writes them and as the shop counts them.

use std::{fmt, num::ParseIntError, str::FromStr};

use serde::{Serialize, Serializer};

#[derive(Clone, Copy)]
pub struct Price {
    pub cents: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no price")]
pub struct NoPrice {
    text: String,
    source: ParseIntError,
}

impl FromStr for Price {
    type Err = NoPrice;

    fn from_str(text: &str) -> Result<Self, NoPrice> {
        let cents = text.replacen('.', "", 1).parse();
        let cents = cents.map_err(|source| NoPrice { text: text.to_owned(), source })?;
        Ok(Self { cents })
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.cents / 100, self.cents % 100)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
