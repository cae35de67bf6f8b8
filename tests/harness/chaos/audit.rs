//! The clients' logs against DocumentDB, DynamoDB and the events that arrived.

use super::{Aftermath, Log};
use crate::aws_call::{aws_call, http_client};
use crate::{Servers, Subscriber, System};
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// What a log says of an order: its versions, as they were answered.
#[derive(Default)]
struct Answered<'a> {
    key: &'a str,
    /// By version: the key of the request, and the order.
    versions: BTreeMap<u64, (&'a str, Value)>,
}

pub(crate) async fn audit(system: &System, logs: &[Log]) -> Aftermath {
    let mut aftermath = Aftermath::default();
    let mut orders = HashMap::<String, Answered<'_>>::new();
    for log in logs {
        aftermath.requests += log.requests;
        aftermath.unanswered += log.requests - log.answers.len();
        let Some((status, body)) = log.answers.first() else {
            aftermath.lost.push(format!("{log:?} was never answered"));
            continue;
        };
        if log.answers.iter().any(|answer| answer != &(*status, body.clone())) {
            aftermath.different.push(format!("{log:?}"));
        }
        let order: Value = serde_json::from_str(body).unwrap_or_default();
        let (expected, version) = log.change_of.as_ref().map_or((201, 1), |(_, version)| (200, *version));
        if *status != expected || order["version"] != version {
            aftermath.lost.push(format!("{log:?} was not answered with version {version}"));
            continue;
        }
        let id = order["order_id"].as_str().unwrap_or_default().to_owned();
        let answered = orders.entry(id).or_default();
        if version == 1 {
            answered.key = &log.key;
            aftermath.orders += 1;
        } else {
            aftermath.changes += 1;
        }
        answered.versions.insert(version, (&log.key, order));
    }
    stored(system, &orders, &mut aftermath).await;
    claimed(logs, &mut aftermath).await;
    announced(&orders, &mut aftermath).await;
    aftermath
}

/// What is stored is what was answered: one order for a key, one step in its history for a change.
async fn stored(system: &System, orders: &HashMap<String, Answered<'_>>, aftermath: &mut Aftermath) {
    let collection = system.orders().await;
    let count = collection.count_documents(doc! {}).await.expect("a count");
    if count != orders.len() as u64 {
        aftermath.doubled.push(format!("{count} orders are stored, {} were answered", orders.len()));
    }
    for (id, answered) in orders {
        let Some(order) = collection.find_one(doc! { "_id": id }).await.expect("an answer") else {
            aftermath.lost.push(format!("order {id} is not stored"));
            continue;
        };
        let of_key = collection.count_documents(doc! { "customer_id": answered.key }).await.expect("a count");
        if of_key != 1 {
            aftermath.doubled.push(format!("{of_key} orders of the key {}", answered.key));
        }
        let keys: Vec<_> = answered.versions.values().skip(1).map(|(key, _)| (*key).to_owned()).collect();
        if history_keys(&order) != keys {
            aftermath.lost.push(format!("{order}: its changes are not {keys:?}"));
        }
    }
}

/// The keys of the changes that were made, in order.
fn history_keys(order: &Document) -> Vec<String> {
    let history = order.get_array("history").expect("a history");
    let key =
        |step: &mongodb::bson::Bson| Some(step.as_document()?.get_str("idempotency_key").ok()?.to_owned());
    history.iter().skip(1).map(|step| key(step).expect("the key of a change")).collect()
}

/// The claim of each key holds the answer, byte for byte.
async fn claimed(logs: &[Log], aftermath: &mut Aftermath) {
    let client = http_client();
    for log in logs.iter().filter(|log| log.change_of.is_none()) {
        let item = json!({
            "TableName": Servers::shared().idempotency_table,
            "Key": { "pk": { "S": format!("default#{}", log.key) } },
        });
        let claim = aws_call(&client, "dynamodb", "DynamoDB_20120810.GetItem", item).await;
        let answer = log.answers.first().map(|(_, body)| body.as_str());
        if claim["Item"]["order"]["S"].as_str() != answer {
            aftermath.different.push(format!("{log:?}, but its claim is {claim}"));
        }
    }
}

/// Every version arrived, as it was answered, and nothing else did of these customers.
async fn announced(orders: &HashMap<String, Answered<'_>>, aftermath: &mut Aftermath) {
    let subscriber = Subscriber::shared();
    for (id, answered) in orders {
        let events = subscriber.wait_for(id, answered.versions.len()).await;
        aftermath.deliveries += events.len();
        for (version, (_, order)) in &answered.versions {
            let event_id = format!("{id}:{version}");
            let arrived: Vec<_> = events
                .iter()
                .map(|event| &event["detail"])
                .filter(|it| it["id"] == event_id.as_str())
                .collect();
            if arrived.is_empty() || arrived.iter().any(|event| event["data"]["order"] != *order) {
                aftermath.unannounced.push(format!("{event_id}: {arrived:?} instead of {order}"));
            }
        }
        let subjects = subscriber.orders_of(answered.key);
        if subjects.len() != 1 {
            aftermath.doubled.push(format!("events of {subjects:?} for the key {}", answered.key));
        }
    }
}
