//! A bus that is unavailable: clients are not affected, and no event is lost.

use crate::proxied_system;
use mongodb::bson::{Document, doc};
use orders_tests::{Fault, Subscriber, System, eventually};

async fn stored_order(system: &System, id: &str) -> Document {
    system.orders().await.find_one(doc! { "_id": id }).await.expect("a response").expect("the order")
}

fn pending_versions(order: &Document) -> Vec<i64> {
    let Ok(outbox) = order.get_array("outbox") else {
        return Vec::new();
    };
    outbox
        .iter()
        .map(|event| event.as_document().expect("a document").get_i64("version").expect("a version"))
        .collect()
}

#[tokio::test]
async fn unpublished_events_stay_in_the_outbox_and_are_published_in_order() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let (api, subscriber) = (system.api(), Subscriber::shared());
    aws.fail_next("PutEvents", Fault::Refuse, 3);
    let created = api.new_order().await;
    let id = created.order_id();
    eventually("the SDK gives up", async || {
        let puts = aws.recorded().iter().filter(|request| request.operation == "PutEvents").count();
        (puts == 3).then_some(())
    })
    .await;
    let order = stored_order(&system, &id).await;
    assert_eq!(pending_versions(&order), [1]);
    let due = order.get_datetime("outbox_due_at").expect("a due time").timestamp_millis();
    let written = order.get_datetime("updated_at").expect("a time").timestamp_millis();
    assert!(due - written >= 10_000, "the relay waits for the grace period");

    assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 200);
    let events = subscriber.wait_for(&id, 2).await;
    let ids: Vec<_> = events.iter().map(|event| event["detail"]["id"].as_str().expect("an id")).collect();
    assert_eq!(ids, [format!("{id}:1"), format!("{id}:2")]);
    eventually("the outbox is empty", async || {
        let order = stored_order(&system, &id).await;
        (pending_versions(&order).is_empty() && !order.contains_key("outbox_due_at")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_hanging_bus_does_not_delay_the_response() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    aws.fail_next("PutEvents", Fault::Hang, 1);
    assert_eq!(system.api().new_order().await.status, 201);
    let responded_at = system.last_response_at();
    let called_at = eventually("the bus is called", async || {
        aws.recorded().iter().find(|request| request.operation == "PutEvents").map(|request| request.at)
    })
    .await;
    assert!(responded_at < called_at);
}

#[tokio::test]
async fn an_event_whose_response_was_lost_is_published_again_with_the_same_id() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let subscriber = Subscriber::shared();
    aws.fail_next("PutEvents", Fault::LoseResponse, 1);
    let id = system.api().new_order().await.order_id();
    let events = eventually("both deliveries", async || {
        Some(subscriber.events_of(&id)).filter(|events| events.len() == 2)
    })
    .await;
    assert_eq!(events[0]["detail"], events[1]["detail"]);
}
