//! Audit: compares the logs of the clients with DocumentDB, DynamoDB and the events that arrived.

use super::report::ChaosReport;
use super::workload_client::KeyLog;
use crate::{IdempotencyTable, Subscriber, System};
use mongodb::bson::{Document, doc};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// Versions of an order, as the API returned them.
#[derive(Default)]
struct OrderLog<'a> {
    /// Key of the request that created it.
    key: &'a str,
    /// Key of the request, and the order, by version.
    versions: BTreeMap<u64, (&'a str, Value)>,
}

/// Compares all data; returns the counts and the contradictions.
pub(crate) async fn audit(system: &System, logs: &[KeyLog]) -> ChaosReport {
    let mut report = ChaosReport::default();
    let mut orders = HashMap::<String, OrderLog<'_>>::new();
    for log in logs {
        report.requests += log.requests;
        report.unanswered += log.requests - log.responses.len();
        let Some((status, body)) = log.responses.first() else {
            report.lost.push(format!("{log:?} has no response"));
            continue;
        };
        if log.responses.iter().any(|response| response != &(*status, body.clone())) {
            report.inconsistent.push(format!("{log:?}"));
        }
        let order: Value = serde_json::from_str(body).unwrap_or_default();
        let (expected, version) = log.change_of.as_ref().map_or((201, 1), |(_, version)| (200, *version));
        if *status != expected || order["version"] != version {
            report.lost.push(format!("{log:?} has no response with version {version}"));
            continue;
        }
        let id = order["order_id"].as_str().unwrap_or_default().to_owned();
        let order_log = orders.entry(id).or_default();
        if version == 1 {
            order_log.key = &log.key;
            report.orders += 1;
        } else {
            report.changes += 1;
        }
        order_log.versions.insert(version, (&log.key, order));
    }
    check_orders(system, &orders, &mut report).await;
    check_claims(logs, &mut report).await;
    check_events(&orders, &mut report).await;
    report
}

/// Checks that the stored orders are those of the responses: one order for a key, one step in its
/// history for a change.
async fn check_orders(system: &System, orders: &HashMap<String, OrderLog<'_>>, report: &mut ChaosReport) {
    let collection = system.orders().await;
    let count = collection.count_documents(doc! {}).await.expect("a count");
    if count != orders.len() as u64 {
        report.duplicated.push(format!("{count} orders are stored, {} are in responses", orders.len()));
    }
    for (id, order_log) in orders {
        let Some(order) = collection.find_one(doc! { "_id": id }).await.expect("a response") else {
            report.lost.push(format!("order {id} is not stored"));
            continue;
        };
        let of_key =
            collection.count_documents(doc! { "customer_id": order_log.key }).await.expect("a count");
        if of_key != 1 {
            report.duplicated.push(format!("{of_key} orders of the key {}", order_log.key));
        }
        let keys: Vec<_> = order_log.versions.values().skip(1).map(|(key, _)| (*key).to_owned()).collect();
        if history_keys(&order) != keys {
            report.lost.push(format!("{order}: its changes are not {keys:?}"));
        }
    }
}

/// Returns the keys of the changes in the history of a stored order.
fn history_keys(order: &Document) -> Vec<String> {
    let history = order.get_array("history").expect("a history");
    let key =
        |step: &mongodb::bson::Bson| Some(step.as_document()?.get_str("idempotency_key").ok()?.to_owned());
    history.iter().skip(1).map(|step| key(step).expect("the key of a change")).collect()
}

/// Checks that the claim of each key contains the body of the response, byte for byte.
async fn check_claims(logs: &[KeyLog], report: &mut ChaosReport) {
    let table = IdempotencyTable::connect();
    for log in logs.iter().filter(|log| log.change_of.is_none()) {
        let claim = table.claim_of(&log.key).await.unwrap_or_default();
        let claimed = claim.get("order").and_then(|order| order.as_s().ok());
        let body = log.responses.first().map(|(_, body)| body);
        if claimed != body {
            report.inconsistent.push(format!("{log:?}, but its claim is {claim:?}"));
        }
    }
}

/// Checks that the event of every version arrived with the order of the response, and that no other event of
/// these customers arrived.
async fn check_events(orders: &HashMap<String, OrderLog<'_>>, report: &mut ChaosReport) {
    let subscriber = Subscriber::shared();
    for (id, order_log) in orders {
        let events = subscriber.wait_for(id, order_log.versions.len()).await;
        report.deliveries += events.len();
        for (version, (_, order)) in &order_log.versions {
            let event_id = format!("{id}:{version}");
            let arrived: Vec<_> = events
                .iter()
                .map(|event| &event["detail"])
                .filter(|it| it["id"] == event_id.as_str())
                .collect();
            if arrived.is_empty() || arrived.iter().any(|event| event["data"]["order"] != *order) {
                report.unannounced.push(format!("{event_id}: {arrived:?} instead of {order}"));
            }
        }
        let subjects = subscriber.orders_of(order_log.key);
        if subjects.len() != 1 {
            report.duplicated.push(format!("events of {subjects:?} for the key {}", order_log.key));
        }
    }
}
