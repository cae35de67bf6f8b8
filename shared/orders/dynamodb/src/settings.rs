//! Settings of the claims, and of the stock that orders take with them.

use catalog_dynamodb::CatalogTable;
use platform_settings::{Environment, InvalidSetting};
use std::time::Duration;

/// Settings of the idempotency claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSettings {
    /// Name of the table.
    pub table: String,
    /// Lifetime of a claim.
    pub ttl: Duration,
}

impl ClaimSettings {
    /// Reads the settings:
    ///
    /// - `IDEMPOTENCY_TABLE`: name of the DynamoDB table. Required.
    /// - `IDEMPOTENCY_TTL_S`: lifetime of a claim ([`Environment::idempotency_ttl`]).
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the table is missing or malformed, or the lifetime is not a positive whole
    /// number that fits 32 bits.
    pub fn from_environment(env: &Environment) -> Result<Self, InvalidSetting> {
        Ok(Self { table: Self::table(env)?, ttl: env.idempotency_ttl()? })
    }

    /// Reads the name of the table alone.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or malformed.
    pub fn table(env: &Environment) -> Result<String, InvalidSetting> {
        env.table_name("IDEMPOTENCY_TABLE")
    }
}

/// Settings of the stock that orders take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockSettings {
    /// Name of the table of the catalog.
    pub catalog: String,
    /// `true` when an item of an order may be a product of the catalog.
    pub has_products: bool,
    /// Time within which an order with products has to be paid; `None` for any.
    pub payment_window: Option<Duration>,
}

impl StockSettings {
    /// Usual number of seconds in which an order has to be paid.
    const DEFAULT_PAYMENT_WINDOW_S: u32 = 1_800;

    /// Reads the settings:
    ///
    /// - `CATALOG_TABLE`: name of the DynamoDB table. Required.
    /// - `ORDER_PRODUCTS`: `on` or `off`. Default `on`. A form is on in the deployment after the first one that reads it.
    /// - `PAYMENT_WINDOW_S`: time to pay in seconds, 0 for any. Default 1800.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the table is missing or malformed, or for any other value.
    pub fn from_environment(env: &Environment) -> Result<Self, InvalidSetting> {
        let window = env.whole_number("PAYMENT_WINDOW_S", Self::DEFAULT_PAYMENT_WINDOW_S)?;
        Ok(Self {
            catalog: CatalogTable::table(env)?,
            has_products: env.is_on("ORDER_PRODUCTS", true)?,
            payment_window: (window > 0).then(|| Duration::from_secs(window.into())),
        })
    }
}
