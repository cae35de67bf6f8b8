//! The short form of `make chaos`.

use mongodb::bson::{Document, doc};
use orders_tests::{Chaos, Subscriber, System};

#[tokio::test(flavor = "multi_thread")]
async fn kills_freezes_and_a_bad_network_lose_nothing_and_double_nothing() {
    Subscriber::shared();
    let aftermath = Chaos { kills: 40, clients: 6, seed: 7 }.run().await;
    println!("{aftermath:#?}");
    assert!(aftermath.is_harmless(), "{aftermath:#?}");
    assert!(aftermath.orders > 0 && aftermath.unanswered > 0 && aftermath.freezes > 0, "{aftermath:#?}");
}

/// Somebody tampers with two orders before the audit.
async fn tamper(system: &System) {
    let orders = system.orders().await;
    let mut some = Vec::<Document>::new();
    let mut all = orders.find(doc! {}).limit(2).await.expect("orders");
    while all.advance().await.expect("an answer") {
        some.push(all.deserialize_current().expect("an order"));
    }
    let [gone, doubled] = &mut some[..] else { panic!("two orders") };
    orders.delete_one(doc! { "_id": gone.get_str("_id").expect("an id") }).await.expect("deleted");
    doubled.insert("_id", "a second one");
    orders.insert_one(&*doubled).await.expect("inserted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_would_notice_a_lost_and_a_doubled_order() {
    Subscriber::shared();
    let aftermath = Chaos { kills: 1, clients: 3, seed: 8 }.run_and(tamper).await;
    assert_eq!((aftermath.lost.len(), aftermath.doubled.len()), (1, 1), "{aftermath:#?}");
    assert!(!aftermath.is_harmless());
}
