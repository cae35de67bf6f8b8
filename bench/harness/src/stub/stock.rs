//! Stock of the stub of DynamoDB: transactions conflict as in DynamoDB, where an item is busy for the length of a call. Their
//! conditions are those of reservations and of stocks; a key is always free.

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
    /// Keys of the reservations.
    reservations: HashSet<String>,
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

    /// Returns the products with the keys of a read.
    pub(crate) fn products(&self, keys: &Value) -> Vec<Value> {
        let keys = keys["Keys"].as_array().into_iter().flatten();
        keys.filter(|key| key["sk"].is_object()).map(|key| self.items().stock(key)).collect()
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
            let code = |busy: &bool| if *busy { "TransactionConflict" } else { "None" };
            return Err(cancelled(busy.iter().map(|busy| json!({ "Code": code(busy) }))));
        }
        let mut items = self.items();
        for key in &keys {
            items.busy.remove(key);
        }
        let failed: Vec<_> = actions.iter().zip(&keys).map(|(it, key)| items.is_refused(it, key)).collect();
        if failed.contains(&true) {
            let reason = |(action, failed): (&&Value, bool)| {
                if failed { items.refusal_of(action) } else { json!({ "Code": "None" }) }
            };
            return Err(cancelled(actions.iter().zip(failed).map(reason)));
        }
        for (action, key) in actions.iter().zip(keys) {
            if is_reservation(action) {
                items.reservations.insert(key);
            } else if let Some((product, units)) = sale_of(action) {
                *items.sellable.entry(product).or_insert(UNITS) -= units;
            }
        }
        Ok(json!({}))
    }

    fn items(&self) -> std::sync::MutexGuard<'_, Items> {
        self.items.lock().expect("no panic while the items are locked")
    }
}

impl Items {
    /// Returns `true` when the condition of an action fails.
    fn is_refused(&self, action: &Value, key: &str) -> bool {
        if is_reservation(action) {
            return self.reservations.contains(key);
        }
        sale_of(action).is_some_and(|(product, units)| self.left(&product) < units)
    }

    /// Returns the reason for which an action is refused, with the item as it is if the action asks for it.
    fn refusal_of(&self, action: &Value) -> Value {
        let mut reason = json!({ "Code": "ConditionalCheckFailed" });
        let update = &action["Update"];
        if update["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" {
            reason["Item"] = self.stock(&update["Key"]);
        }
        reason
    }

    /// Returns the units of a product that can be sold.
    fn left(&self, product: &str) -> i64 {
        self.sellable.get(product).copied().unwrap_or(UNITS)
    }

    /// Returns the stock item with a key.
    fn stock(&self, key: &Value) -> Value {
        let number = |number: i64| json!({ "N": number.to_string() });
        json!({
            "pk": key["pk"], "sk": key["sk"], "name": { "S": "Tea" }, "price": { "N": "9.99" },
            "currency": { "S": "USD" }, "version": number(1), "is_for_sale": { "BOOL": true },
            "sellable": number(self.left(key["pk"]["S"].as_str().unwrap_or_default())),
        })
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

/// Returns `true` for the put of a reservation.
fn is_reservation(action: &Value) -> bool {
    action["Put"]["Item"]["sk"]["S"] == "reservation"
}

/// Returns the product and the units that an action takes; `None` for another one.
fn sale_of(action: &Value) -> Option<(String, i64)> {
    let update = action.get("Update")?;
    let units = update["ExpressionAttributeValues"][":units"]["N"].as_str()?.parse().ok()?;
    Some((update["Key"]["pk"]["S"].as_str()?.to_owned(), units))
}

fn cancelled(reasons: impl Iterator<Item = Value>) -> Value {
    let reasons: Vec<_> = reasons.collect();
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

    /// Transaction of some orders that take all units of a product together.
    fn batch(orders: &[&str], units: i64) -> Value {
        let put = |order: &&str| {
            let item = json!({ "pk": { "S": order }, "sk": { "S": "reservation" } });
            json!({ "Put": { "TableName": "catalog", "Item": item } })
        };
        let mut items: Vec<_> = orders.iter().map(put).collect();
        items.push(json!({ "Update": {
            "TableName": "catalog", "Key": { "pk": { "S": "tea" }, "sk": { "S": "stock#0" } },
            "ExpressionAttributeValues": { ":units": { "N": units.to_string() } },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        } }));
        json!({ "TransactItems": items })
    }

    #[tokio::test]
    async fn a_batch_learns_which_orders_have_a_reservation_and_what_is_left() {
        let stock = Stock::default();
        assert!(stock.transact(&batch(&["a", "b"], 2), Duration::ZERO).await.is_ok());
        let refused = stock.transact(&batch(&["c", "b"], UNITS), Duration::ZERO).await;
        let refused = refused.expect_err("taken, and too few units");
        assert_eq!(codes(&refused), ["None", "ConditionalCheckFailed", "ConditionalCheckFailed"]);
        assert_eq!(refused["CancellationReasons"][2]["Item"]["sellable"]["N"], (UNITS - 2).to_string());
        assert!(stock.transact(&batch(&["c"], 1), Duration::ZERO).await.is_ok());
        assert_eq!((stock.conflicts(), stock.sold()), (0, 3));
    }
}
