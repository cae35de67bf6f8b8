//! Number of store round trips before the response, counted on the wire.

use crate::proxied_system;
use http::Method;
use orders_tests::{
    FaultProxy, GOOD_ORDER, PaymentEndpoint, RecordedRequest, Reply, System, eventually, fresh_key,
};

/// Returns the requests to the stores before the response, and after it.
async fn round_trips(
    (mongo, aws, system): (&FaultProxy, &FaultProxy, &System),
    request: impl Future<Output = Reply>,
) -> (Vec<String>, Vec<String>) {
    mongo.clear_recorded();
    aws.clear_recorded();
    let reply = request.await;
    assert!(reply.status < 300, "{}", reply.body);
    let responded_at = system.last_response_at();
    let all = || {
        let mut all: Vec<RecordedRequest> = [mongo.recorded(), aws.recorded()].concat();
        all.sort_by_key(|request| request.at);
        all
    };
    let is_new = reply.status == 201 && reply.header("idempotent-replayed").is_none();
    if is_new && reply.header("location").is_some() {
        eventually("the event is published and acknowledged", async || {
            (all().last()?.operation == "update").then_some(())
        })
        .await;
    }
    let (before, after): (Vec<_>, Vec<_>) = all().into_iter().partition(|request| request.at < responded_at);
    let names =
        |requests: Vec<RecordedRequest>| requests.into_iter().map(|request| request.operation).collect();
    (names(before), names(after))
}

#[tokio::test]
async fn requests_take_the_designed_number_of_round_trips() {
    let (mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let observed = (&mongo, &aws, &system);
    // All functions are started and connected.
    let id = api.new_order().await.order_id();
    eventually("the event is acknowledged", async || {
        (mongo.recorded().last()?.operation == "update").then_some(())
    })
    .await;
    assert_eq!(api.order(&id).await.status, 200);
    assert_eq!(api.change(&id, 9, "PAID", &[]).await.status, 409);
    assert_eq!(api.get("/health").await.status, 200);

    let mut leases = Vec::new();
    for _ in 0..20 {
        let (before, _) = round_trips(observed, api.create(&fresh_key(), &GOOD_ORDER)).await;
        leases.extend(before.into_iter().filter(|operation| operation == "findAndModify"));
    }
    assert_eq!(leases.len(), 2, "order numbers: 1 for every 10 orders");

    let key = fresh_key();
    let (before, after) = round_trips(observed, api.create(&key, &GOOD_ORDER)).await;
    assert_eq!(before, ["PutItem", "insert"], "POST: 2");
    assert_eq!(after, ["PutEvents", "update"], "published after the response");

    let (before, after) = round_trips(observed, api.create(&key, &GOOD_ORDER)).await;
    assert_eq!(before, ["PutItem", "find"], "replay: 2");
    assert_eq!(after, [""; 0]);

    let (before, _) = round_trips(observed, api.order(&id)).await;
    assert_eq!(before, ["find"], "GET: 1");

    let (before, _) = round_trips(observed, api.change(&id, 1, "PAID", &[])).await;
    assert_eq!(before, ["findAndModify"], "PATCH: 1");

    eventually("the change is published and acknowledged", async || {
        (mongo.recorded().last()?.operation == "update").then_some(())
    })
    .await;
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let (other, pay) = (api.new_order().await.order_id(), fresh_key());
    // Reads the endpoint.
    let failed = endpoint.about_payment("failed", &pay, &other, 1998).to_string();
    assert_eq!(endpoint.send(&api, failed).await.status, 204);
    eventually("the event of the fact is acknowledged", async || {
        (mongo.recorded().last()?.operation == "update").then_some(())
    })
    .await;
    let captured = endpoint.about_payment("captured", &pay, &other, 1998).to_string();
    let (before, _) = round_trips(observed, endpoint.send(&api, captured.as_str())).await;
    assert_eq!(before, ["find", "findAndModify"], "webhook: 2");
    eventually("the payment is published and acknowledged", async || {
        (mongo.recorded().last()?.operation == "update").then_some(())
    })
    .await;
    let (before, _) = round_trips(observed, endpoint.send(&api, captured.as_str())).await;
    assert_eq!(before, ["find"], "the same again: 1");

    let refunds = format!("/orders/{other}/refunds");
    assert_eq!(api.get(&refunds).await.status, 200);
    let (before, _) = round_trips(observed, api.get(&refunds)).await;
    assert_eq!(before, ["find"], "list of refunds: 1");
    let key = fresh_key();
    let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
    let refund = || api.send(Method::POST, &refunds, &headers, r#"{"reason":"late","amount":"5"}"#);
    let (before, _) = round_trips(observed, refund()).await;
    assert_eq!(before, ["find", "findAndModify"], "refund: 2");
    eventually("the refund is sent, published and acknowledged", async || {
        let after: Vec<_> = [mongo.recorded(), aws.recorded()].concat();
        let count = |name: &str| after.iter().filter(|request| request.operation == name).count();
        // One for the time at which the request is sent again, one for the event.
        (count("SendMessage") == 1 && count("PutEvents") == 1 && count("update") == 2).then_some(())
    })
    .await;
    let (before, _) = round_trips(observed, refund()).await;
    assert_eq!(before, ["find"], "the same again: 1");

    let (mut before, _) = round_trips(observed, api.get("/health")).await;
    before.sort();
    assert_eq!(before, ["GetItem", "ping"], "health: 1 each, concurrently");
}

#[tokio::test]
async fn an_order_that_is_processed_later_takes_the_designed_number_of_round_trips() {
    let (mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let observed = (&mongo, &aws, &system);
    let send = async |key: &str| api.order_later(key, &GOOD_ORDER).await;
    // All functions are started and connected.
    let status_url = |reply: &Reply| reply.json()["status_url"].as_str().expect("a reference").to_owned();
    let url = status_url(&send(&fresh_key()).await);
    assert_eq!(api.get(&url).await.json()["status"], "PENDING");

    let key = fresh_key();
    let (before, after) = round_trips(observed, send(&key)).await;
    assert_eq!((before, after), (vec!["PutItem".to_owned(), "SendMessage".to_owned()], vec![]), "202: 2");
    let (before, _) = round_trips(observed, send(&key)).await;
    assert_eq!(before, ["PutItem"], "the same again: 1");
    let (before, _) = round_trips(observed, api.get(&url)).await;
    assert_eq!(before, ["GetItem"], "status: 1");
}
