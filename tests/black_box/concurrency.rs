//! Concurrent callers and many processes.

use crate::scaled_api;
use futures::future::join_all;
use orders_tests::{Api, GOOD_ORDER, Reply, fresh_key};
use std::collections::HashSet;

const CALLERS: usize = 32;

/// Returns an API with a running instance for each caller. The callers thus compete with each other, not
/// with starting instances.
async fn warm_api() -> Api {
    let api = scaled_api().await;
    let warm_up = async || {
        let id = with_retries(async || api.create(&fresh_key(), &GOOD_ORDER).await).await.order_id();
        with_retries(async || api.change(&id, 1, "PAID", &[]).await).await;
    };
    join_all((0..CALLERS).map(|_| warm_up())).await;
    api
}

/// Retries a request after a 503 response, like a client.
async fn with_retries(send: impl AsyncFn() -> Reply) -> Reply {
    for _ in 0..10 {
        let reply = send().await;
        if reply.status != 503 {
            return reply;
        }
    }
    panic!("ten responses with 503");
}

#[tokio::test]
async fn concurrent_creations_with_one_key_make_one_order_and_get_the_same_bytes() {
    let api = warm_api().await;
    let mut order = GOOD_ORDER.clone();
    order["customer_id"] = fresh_key().into();
    let list = format!("/orders?customer_id={}", order["customer_id"].as_str().expect("an id"));
    for round in 1..=5 {
        let key = fresh_key();
        let replies = join_all((0..CALLERS).map(|_| api.create(&key, &order))).await;
        assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
        let bodies: HashSet<_> = replies.iter().map(|reply| &reply.body).collect();
        assert_eq!(bodies.len(), 1, "one order for all callers");
        let first = replies.iter().filter(|reply| reply.header("idempotent-replayed").is_none()).count();
        assert_eq!(first, 1, "one response is not a replay");
        let stored = api.get(&list).await.json()["items"].as_array().expect("items").len();
        assert_eq!(stored, round, "one stored order for each round");
    }
}

#[tokio::test]
async fn one_of_many_concurrent_changes_of_a_version_wins() {
    let api = warm_api().await;
    for _ in 0..5 {
        let id = api.new_order().await.order_id();
        let writers =
            (0..CALLERS).map(|n| api.change(&id, 1, if n % 2 == 0 { "PAID" } else { "CANCELLED" }, &[]));
        let replies = join_all(writers).await;
        let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
        assert_eq!((won.len(), lost.len()), (1, CALLERS - 1));
        for reply in lost {
            let problem = reply.problem(409, "version-conflict");
            assert_eq!(problem["current_version"], 2);
        }
        let stored = api.order(&id).await;
        assert_eq!(stored.body, won[0].body);
    }
}

#[tokio::test]
async fn concurrent_retries_of_a_change_get_the_same_response() {
    let api = warm_api().await;
    let id = api.new_order().await.order_id();
    let key = fresh_key();
    let headers = [("idempotency-key", key.as_str())];
    let replies = join_all((0..CALLERS).map(|_| api.change(&id, 1, "PAID", &headers))).await;
    let bodies: HashSet<_> = replies.iter().map(|reply| (reply.status, &reply.body)).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(api.order(&id).await.json()["version"], 2);
}
