//! Stock of the stub of DynamoDB: transactions conflict as in DynamoDB, where an item is busy for the length of a call.

use crate::stub::delay::wait;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Units of each product at the start.
pub(crate) const UNITS: i64 = 1_000_000;

/// Products, of which every one that is asked for exists, and the counts of their transactions.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    items: Mutex<Items>,
    conflicts: AtomicUsize,
}

#[derive(Debug, Default)]
struct Items {
    /// Keys of the items that a transaction uses at this moment.
    busy: HashSet<String>,
    /// Units of each product that can still be sold, by its partition key.
    sellable: HashMap<String, i64>,
}

impl Stock {
    /// Returns the number of transactions that were cancelled, because others used their items.
    pub(crate) fn conflicts(&self) -> usize {
        self.conflicts.load(Ordering::Relaxed)
    }

    /// Returns the units of all products that were sold.
    pub(crate) fn sold(&self) -> i64 {
        self.items().sellable.values().map(|left| UNITS - left).sum()
    }

    /// Returns the items of a read that are products.
    pub(crate) fn read(&self, request: &Value) -> Value {
        let tables = request["RequestItems"].as_object().into_iter().flatten();
        let responses = tables.map(|(table, keys)| {
            let keys = keys["Keys"].as_array().into_iter().flatten();
            let stocks = keys.filter(|key| key["sk"].is_object()).map(|key| self.item(key));
            (table.clone(), stocks.collect())
        });
        json!({ "Responses": responses.collect::<serde_json::Map<_, Value>>(), "UnprocessedKeys": {} })
    }

    /// Carries out a transaction that takes `delay`. Returns the error when it is cancelled.
    pub(crate) async fn transact(&self, request: &Value, delay: Duration) -> Result<Value, Value> {
        let actions: Vec<_> = request["TransactItems"].as_array().into_iter().flatten().collect();
        let keys: Vec<_> = actions.iter().map(|action| key_of(action)).collect();
        let busy: Vec<_> = {
            let mut items = self.items();
            let busy: Vec<_> = keys.iter().map(|key| items.busy.contains(key)).collect();
            if !busy.contains(&true) {
                items.busy.extend(keys.iter().cloned());
            }
            busy
        };
        wait(delay).await;
        if busy.contains(&true) {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
            return Err(cancelled(
                busy.iter().map(|busy| if *busy { "TransactionConflict" } else { "None" }),
            ));
        }
        let mut items = self.items();
        for key in &keys {
            items.busy.remove(key);
        }
        let sales: Vec<_> = actions.iter().map(|action| sale_of(action)).collect();
        let is_enough = |sale: &Option<(String, i64)>| {
            sale.as_ref().is_none_or(|(product, units)| {
                items.sellable.get(product).copied().unwrap_or(UNITS) >= *units
            })
        };
        let enough: Vec<_> = sales.iter().map(is_enough).collect();
        if enough.contains(&false) {
            return Err(cancelled(
                enough.iter().map(|it| if *it { "None" } else { "ConditionalCheckFailed" }),
            ));
        }
        for (product, units) in sales.into_iter().flatten() {
            *items.sellable.entry(product).or_insert(UNITS) -= units;
        }
        Ok(json!({}))
    }

    /// Returns the stock item with a key.
    fn item(&self, key: &Value) -> Value {
        let product = key["pk"]["S"].as_str().unwrap_or_default();
        let sellable = self.items().sellable.get(product).copied().unwrap_or(UNITS);
        let number = |number: i64| json!({ "N": number.to_string() });
        json!({
            "pk": key["pk"], "sk": key["sk"], "name": { "S": "Tea" }, "price": { "N": "9.99" },
            "currency": { "S": "USD" }, "version": number(1), "is_for_sale": { "BOOL": true },
            "sellable": number(sellable),
        })
    }

    fn items(&self) -> std::sync::MutexGuard<'_, Items> {
        self.items.lock().expect("no panic while the items are locked")
    }
}

/// Returns the table and the key of the item that an action writes.
fn key_of(action: &Value) -> String {
    let (put, update) = (&action["Put"], &action["Update"]);
    let (table, key) = if put.is_object() {
        (&put["TableName"], &put["Item"])
    } else {
        (&update["TableName"], &update["Key"])
    };
    format!("{table} {} {}", key["pk"], key["sk"])
}

/// Returns the product and the units that an action takes; `None` for another one.
fn sale_of(action: &Value) -> Option<(String, i64)> {
    let update = action.get("Update")?;
    let units = update["ExpressionAttributeValues"][":units"]["N"].as_str()?.parse().ok()?;
    Some((update["Key"]["pk"]["S"].as_str()?.to_owned(), units))
}

fn cancelled<'a>(codes: impl Iterator<Item = &'a str>) -> Value {
    let reasons: Vec<_> = codes.map(|code| json!({ "Code": code })).collect();
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(key: &str, product: &str, units: i64) -> Value {
        json!({ "TransactItems": [
            { "Put": { "TableName": "keys", "Item": { "pk": { "S": key } } } },
            { "Update": {
                "TableName": "catalog", "Key": { "pk": { "S": product }, "sk": { "S": "stock#0" } },
                "ExpressionAttributeValues": { ":units": { "N": units.to_string() } },
            } },
        ] })
    }

    fn codes(error: &Value) -> Vec<&Value> {
        error["CancellationReasons"].as_array().into_iter().flatten().map(|reason| &reason["Code"]).collect()
    }

    #[tokio::test]
    async fn an_item_is_busy_for_the_length_of_a_call() {
        let (stock, delay) = (Stock::default(), Duration::from_millis(5));
        let orders = [order("a", "tea", 1), order("b", "tea", 1), order("c", "mug", 2)];
        let [first, second, other] = orders.each_ref().map(|order| stock.transact(order, delay));
        let (first, second, other) = tokio::join!(first, second, other);
        assert!(first.is_ok() && other.is_ok());
        assert_eq!(codes(&second.expect_err("a conflict")), ["None", "TransactionConflict"]);
        assert!(stock.transact(&order("b", "tea", 1), delay).await.is_ok());
        assert_eq!((stock.conflicts(), stock.sold()), (1, 4));
    }

    #[tokio::test]
    async fn nothing_is_oversold() {
        let stock = Stock::default();
        let refused = stock.transact(&order("a", "tea", UNITS + 1), Duration::ZERO).await;
        assert_eq!(codes(&refused.expect_err("too few units")), ["None", "ConditionalCheckFailed"]);
        assert_eq!(stock.sold(), 0);
    }
}
