//! The short form of `make chaos`.

use mongodb::bson::{Document, doc};
use orders_tests::{Chaos, Subscriber, System};

#[tokio::test(flavor = "multi_thread")]
async fn kills_freezes_and_a_bad_network_lose_nothing_and_double_nothing() {
    Subscriber::shared();
    let report = Chaos { kills: 40, clients: 6, seed: 7 }.run().await;
    println!("{report:#?}");
    assert!(report.has_no_violations(), "{report:#?}");
    assert!(report.orders > 0 && report.unanswered > 0 && report.freezes > 0, "{report:#?}");
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
    let report = Chaos { kills: 1, clients: 3, seed: 8 }.run_with(tamper).await;
    assert_eq!((report.lost.len(), report.duplicated.len()), (1, 1), "{report:#?}");
    assert!(!report.has_no_violations());
}
