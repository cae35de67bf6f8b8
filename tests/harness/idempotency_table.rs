//! Idempotency claims as they are stored in DynamoDB.

use crate::TestServers;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::HashMap;

/// Client of the table of claims.
pub struct IdempotencyTable {
    client: Client,
}

impl IdempotencyTable {
    /// Connects to the table of the shared servers.
    #[must_use]
    pub fn connect() -> Self {
        Self { client: Client::new(&TestServers::shared().sdk_config()) }
    }

    /// Returns the item of a key of the default tenant; `None` when no claim is stored.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn claim_of(&self, key: &str) -> Option<HashMap<String, AttributeValue>> {
        self.claim_with_key(&format!("default#{key}")).await
    }

    /// Returns the item with a partition key; `None` when no claim is stored.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn claim_with_key(&self, key: &str) -> Option<HashMap<String, AttributeValue>> {
        let get = self.client.get_item().table_name(&TestServers::shared().idempotency_table);
        let get = get.key("pk", AttributeValue::S(key.to_owned()));
        get.send().await.expect("a response of DynamoDB").item
    }
}
