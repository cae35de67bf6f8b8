//! Catalog of one system alone, as it is stored in DynamoDB.

use crate::own_table::own_table;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

type Item = HashMap<String, AttributeValue>;

/// Table of a catalog that no other system uses: a sweep looks at all reservations of its table.
pub struct OwnCatalog {
    client: Client,
    table: String,
}

impl OwnCatalog {
    /// Creates a table as in template.yaml.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn create() -> Self {
        let (client, table) = own_table("CatalogTable").await;
        Self { client, table }
    }

    /// Returns the name of the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Makes every open reservation older.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn age_open_reservations(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).expect("some minutes");
        for item in self.items().await.into_iter().filter(|item| item.contains_key("open")) {
            let since = number(&item, "open_since") - millis;
            let update = self.client.update_item().table_name(&self.table);
            let update = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
            let update = update.update_expression("SET open_since = :since");
            let update = update.expression_attribute_values(":since", AttributeValue::N(since.to_string()));
            update.send().await.expect("a response");
        }
    }

    /// Opens every reservation again, as after a restore.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn open_all(&self) {
        for item in self.items().await.into_iter().filter(|item| text(item, "sk") == "reservation") {
            let update = self.client.update_item().table_name(&self.table);
            let update = update.key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
            let update = update.update_expression("SET #open = :open, open_since = :since");
            let update = update.expression_attribute_names("#open", "open");
            let update = update.expression_attribute_values(":open", AttributeValue::S("open#0".to_owned()));
            let update = update.expression_attribute_values(":since", AttributeValue::N("0".to_owned()));
            update.send().await.expect("a response");
        }
    }

    /// Changes the counter of a stock by hand.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn tamper(&self, sku: &str, counter: &str, units: i64) {
        let update = self.client.update_item().table_name(&self.table);
        let update = update.key("pk", AttributeValue::S(format!("default#{sku}")));
        let update = update.key("sk", AttributeValue::S("stock#0".to_owned()));
        let update = update.update_expression("SET #counter = #counter + :units");
        let update = update.expression_attribute_names("#counter", counter);
        let units = AttributeValue::N(units.to_string());
        update.expression_attribute_values(":units", units).send().await.expect("a response");
    }

    /// Returns the number of open reservations.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn open_reservations(&self) -> usize {
        self.items().await.iter().filter(|item| item.contains_key("open")).count()
    }

    /// Returns the stocks that contradict their movements or their reservations: each unit that was ever counted is available,
    /// reserved or committed, and reservations hold exactly those that are reserved.
    ///
    /// # Panics
    ///
    /// When DynamoDB does not respond.
    pub async fn drift(&self) -> Vec<String> {
        let items = self.items().await;
        let mut held = BTreeMap::<String, i64>::new();
        for item in items.iter().filter(|item| text(item, "sk") == "reservation") {
            let tenant = text(item, "pk").split_once('#').expect("a tenant").0;
            for line in item["lines"].as_l().expect("a list") {
                let line = line.as_m().expect("a map");
                *held.entry(format!("{tenant}#{}", text(line, "sku"))).or_default() += number(line, "held");
            }
        }
        let mut received = BTreeMap::<String, i64>::new();
        for item in items.iter().filter(|item| text(item, "sk").starts_with("movement#")) {
            let movement: Value = serde_json::from_str(text(item, "movement")).expect("JSON");
            *received.entry(text(item, "pk").to_owned()).or_default() +=
                movement["delta"].as_i64().expect("a number");
        }
        let stocks = items.iter().filter(|item| text(item, "sk") == "stock#0");
        let drift = stocks.filter_map(|stock| {
            let (pk, reserved) = (text(stock, "pk"), number(stock, "reserved"));
            let all = number(stock, "sellable") - number(stock, "oversell_limit")
                + reserved
                + number(stock, "committed");
            let of = |units: &BTreeMap<String, i64>| units.get(pk).copied().unwrap_or(0);
            let is_right = all == of(&received) && reserved == of(&held) && number(stock, "sellable") >= 0;
            (!is_right).then(|| {
                format!("{pk}: {all} of {} units, {reserved} of {} reserved", of(&received), of(&held))
            })
        });
        drift.collect()
    }

    async fn items(&self) -> Vec<Item> {
        let pages = self.client.scan().table_name(&self.table).consistent_read(true).into_paginator();
        let items = pages.items().send().collect::<Result<_, _>>().await;
        items.expect("a response of DynamoDB")
    }
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().expect("a text")
}

fn number(item: &Item, name: &str) -> i64 {
    item[name].as_n().expect("a number").parse().expect("a whole number")
}
