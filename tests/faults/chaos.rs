//! Short form of `make chaos`.

use mongodb::bson::{Document, doc};
use orders_tests::{Chaos, Subscriber, System};

#[tokio::test(flavor = "multi_thread")]
async fn kills_freezes_and_network_faults_lose_and_duplicate_nothing() {
    Subscriber::shared();
    let report = Chaos { kills: 40, clients: 6, seed: 7 }.run().await;
    println!("{report:#?}");
    assert!(report.has_no_violations(), "{report:#?}");
    assert!(report.orders > 0 && report.unanswered > 0 && report.freezes > 0, "{report:#?}");
}

/// Deletes one order and duplicates another one, before the audit.
async fn tamper(system: &System) {
    let orders = system.orders().await;
    let mut tampered = Vec::<Document>::new();
    let mut cursor = orders.find(doc! {}).limit(2).await.expect("orders");
    while cursor.advance().await.expect("a response") {
        tampered.push(cursor.deserialize_current().expect("an order"));
    }
    let [deleted, duplicated] = &mut tampered[..] else { panic!("two orders") };
    orders.delete_one(doc! { "_id": deleted.get_str("_id").expect("an id") }).await.expect("deleted");
    duplicated.insert("_id", "a duplicate");
    orders.insert_one(&*duplicated).await.expect("inserted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_detects_a_lost_and_a_duplicated_order() {
    Subscriber::shared();
    let report = Chaos { kills: 1, clients: 3, seed: 8 }.run_with(tamper).await;
    assert_eq!((report.lost.len(), report.duplicated.len()), (1, 1), "{report:#?}");
    assert!(!report.has_no_violations());
}
