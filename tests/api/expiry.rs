//! Expiry of idempotency keys.

use orders_tests::{GOOD_ORDER, System, fresh_key};

#[tokio::test]
async fn an_expired_key_can_be_used_again() {
    let system = System::builder().env("IDEMPOTENCY_TTL_S", "1").start();
    let api = system.api();
    let key = fresh_key();
    let first = api.create(&key, &GOOD_ORDER).await;
    let second = orders_tests::eventually("the key expires", async || {
        let reply = api.create(&key, &GOOD_ORDER).await;
        (reply.body != first.body).then_some(reply)
    })
    .await;
    assert_eq!(second.status, 201);
    assert_eq!(second.header("idempotent-replayed"), None);
}
