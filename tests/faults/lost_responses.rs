//! Requests that a store carries out, but whose responses are lost.

use crate::proxied_system;
use mongodb::bson::doc;
use orders_tests::{Fault, GOOD_ORDER, Subscriber, fresh_key};

#[tokio::test]
async fn a_claim_whose_response_was_lost_is_recognised_as_the_same_request() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let key = fresh_key();
    aws.fail_next("PutItem", Fault::LoseResponse, 1);
    let created = api.create(&key, &GOOD_ORDER).await;
    assert_eq!((created.status, created.header("idempotent-replayed")), (201, None));
    let puts = aws.recorded().iter().filter(|request| request.operation == "PutItem").count();
    assert_eq!(puts, 2, "the SDK retries");
    assert_eq!(api.create(&key, &GOOD_ORDER).await.body, created.body);
}

#[tokio::test]
async fn a_claim_whose_responses_were_all_lost_is_completed_by_a_retry() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let key = fresh_key();
    aws.fail_next("PutItem", Fault::LoseResponse, 3);
    let _ = api.create(&key, &GOOD_ORDER).await.problem(503, "unavailable");
    let created = api.create(&key, &GOOD_ORDER).await;
    assert_eq!((created.status, created.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(system.orders().await.count_documents(doc! {}).await.expect("a count"), 1);
    assert_eq!(api.order(&created.order_id()).await.body, created.body);
}

#[tokio::test]
async fn an_insert_whose_response_was_lost_is_repeated_without_a_second_order() {
    let (mongo, _aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    for lost in [1, 2] {
        let key = fresh_key();
        mongo.fail_next("insert", Fault::LoseResponse, lost);
        let first = api.create(&key, &GOOD_ORDER).await;
        if lost == 1 {
            assert_eq!(first.status, 201, "repeated at once: {}", first.body);
            Subscriber::shared().wait_for(&first.order_id(), 1).await;
        } else {
            let _ = first.problem(503, "unavailable");
        }
        let again = api.create(&key, &GOOD_ORDER).await;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
        assert_eq!(api.order(&again.order_id()).await.body, again.body);
        let stored = system.orders().await.count_documents(doc! {}).await.expect("a count");
        assert_eq!(stored, lost as u64, "one order for each key");
    }
}

#[tokio::test]
async fn a_change_whose_response_was_lost_is_recognised_even_without_a_key() {
    let (mongo, _aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let id = api.new_order().await.order_id();
    assert_eq!(api.change(&id, 9, "PAID", &[]).await.status, 409, "the function is connected");
    mongo.fail_next("findAndModify", Fault::LoseResponse, 1);
    let changed = api.change(&id, 1, "PAID", &[]).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.header("idempotent-replayed"), None);
    assert_eq!(api.order(&id).await.body, changed.body);
}

#[tokio::test]
async fn a_change_whose_responses_were_all_lost_is_completed_by_a_retry_with_its_key() {
    let (mongo, _aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let id = api.new_order().await.order_id();
    let key = fresh_key();
    let headers = [("idempotency-key", key.as_str())];
    assert_eq!(api.change(&id, 9, "PAID", &[]).await.status, 409, "the function is connected");
    mongo.fail_next("findAndModify", Fault::LoseResponse, 2);
    let _ = api.change(&id, 1, "PAID", &headers).await.problem(503, "unavailable");
    let changed = api.change(&id, 1, "PAID", &headers).await;
    assert_eq!((changed.status, changed.header("idempotent-replayed")), (200, Some("true")));
    assert_eq!(api.order(&id).await.body, changed.body);
    let events = Subscriber::shared().wait_for(&id, 2).await;
    assert!(events.iter().any(|event| event["detail"]["type"] == "OrderUpdated"), "published by the replay");
    let order =
        system.orders().await.find_one(doc! { "_id": &id }).await.expect("a response").expect("the order");
    assert_eq!(order.get_array("history").expect("a history").len(), 2, "one change");
}
