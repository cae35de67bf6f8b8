//! The table of the catalog.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use kernel::{PortError, Probe};
use platform_dynamodb::{string, unavailable};
use platform_settings::{Environment, InvalidSetting};

/// Table of products, stock and movements.
#[derive(Clone, Debug)]
pub struct CatalogTable {
    pub(crate) client: Client,
    pub(crate) table: String,
}

impl CatalogTable {
    /// Creates a client of `table`. Sends no request: [`Probe::probe`] opens the connection.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }

    /// Returns the name of the table.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.table
    }

    /// Reads `CATALOG_TABLE`, the name of the DynamoDB table. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or malformed.
    pub fn table(env: &Environment) -> Result<String, InvalidSetting> {
        env.table_name("CATALOG_TABLE")
    }
}

impl Probe for CatalogTable {
    async fn probe(&self) -> Result<(), PortError> {
        // No tenant has an empty name, so the query finds nothing, and costs half a unit.
        let query = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", string("#probe")).limit(1);
        Box::pin(query.send())
            .await
            .map(drop)
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))
    }
}
