//! Idempotency claims as they are stored in DynamoDB.

use crate::TestServers;
use crate::own_table::own_table;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use std::collections::HashMap;

/// Client of a table of claims.
pub struct IdempotencyTable {
    client: Client,
    table: String,
}

impl IdempotencyTable {
    /// Connects to the table of the shared servers.
    #[must_use]
    pub fn connect() -> Self {
        let servers = TestServers::shared();
        Self { client: Client::new(&servers.sdk_config()), table: servers.idempotency_table.clone() }
    }

    /// Creates a table that no other system uses: a sweep looks at all open claims of its table.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn create() -> Self {
        let (client, table) = own_table("IdempotencyTable").await;
        Self { client, table }
    }

    /// Returns the name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns the number of accepted orders that are not decided.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn open(&self) -> usize {
        self.open_keys().await.len()
    }

    /// Makes all accepted orders of the default tenant due to be sent again.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn make_all_due(&self) {
        for key in self.open_keys().await {
            self.make_due(key.strip_prefix("default#").expect("the tenant")).await;
        }
    }

    async fn open_keys(&self) -> Vec<String> {
        let pages = self.client.scan().table_name(&self.table).consistent_read(true).into_paginator();
        let claims = pages.items().send().collect::<Result<Vec<_>, _>>().await;
        let claims = claims.expect("a response of DynamoDB").into_iter();
        let open = claims.filter(|claim| claim.contains_key("open"));
        open.map(|claim| claim["pk"].as_s().expect("a key").clone()).collect()
    }

    /// Returns the item of a key of the default tenant; `None` when no claim is stored.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn claim_of(&self, key: &str) -> Option<HashMap<String, AttributeValue>> {
        self.claim_with_key(&format!("default#{key}")).await
    }

    /// Stores a claim of the default tenant, as a release has written it, which never ends.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn put_claim(&self, key: &str, fingerprint: &str, order: &str) {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .item("pk", text(&format!("default#{key}")))
            .item("fingerprint", text(fingerprint))
            .item("order", text(order))
            .item("created_at", text("2026-01-31T09:30:00.000Z"))
            .item("expires_at", AttributeValue::N("4102444800".to_owned()));
        put.send().await.expect("a response of DynamoDB");
    }

    /// Stores the claim of an accepted order of the default tenant, as a release has written it.
    ///
    /// # Panics
    ///
    /// When `DynamoDB` does not respond.
    pub async fn put_accepted(&self, key: &str, claim: &Value) {
        let attribute = |value: &Value| match value {
            Value::Number(number) => AttributeValue::N(number.to_string()),
            other => AttributeValue::S(other.as_str().expect("a text or a number").to_owned()),
        };
        let attributes = claim.as_object().expect("an object").iter();
        let item = attributes.map(|(name, value)| (name.clone(), attribute(value))).collect();
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.item("pk", AttributeValue::S(format!("default#{key}"))).send().await.expect("a response");
    }

    /// Makes an accepted order of the default tenant due to be sent again. Returns `false` for one that is decided.
    pub async fn make_due(&self, key: &str) -> bool {
        let update = self.client.update_item().table_name(&self.table);
        let updated = update
            .key("pk", AttributeValue::S(format!("default#{key}")))
            .update_expression("SET resend_at = :past")
            .condition_expression("attribute_exists(resend_at)")
            .expression_attribute_values(":past", AttributeValue::N("1".to_owned()))
            .send()
            .await;
        updated.is_ok()
    }

    /// Deletes the claim of a key of the default tenant, as TTL does.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn delete_claim(&self, key: &str) {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("pk", AttributeValue::S(format!("default#{key}")));
        delete.send().await.expect("a response of DynamoDB");
    }

    /// Returns the item with a partition key; `None` when no claim is stored.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn claim_with_key(&self, key: &str) -> Option<HashMap<String, AttributeValue>> {
        let get = self.client.get_item().table_name(&self.table);
        let get = get.key("pk", AttributeValue::S(key.to_owned()));
        get.send().await.expect("a response of DynamoDB").item
    }
}
