//! Orders that are processed later, under kills of the processor and with messages that are delivered twice.

use orders_tests::Shop;

#[tokio::test]
async fn each_accepted_order_is_decided_once_although_processors_are_killed() {
    let report = Box::pin(Shop::with_screening(2).await.accept_at_once(200, 5, false)).await;
    println!("{report:?}");
    report.assert_decided_once();
    assert_eq!((report.orders >= 200, report.kills), (true, 5), "{report:?}");
    for outcome in ["CREATED", "CANCELLED", "on hold", "out_of_stock", "price_changed", "invalid", "fraud"] {
        assert!(report.outcomes.contains_key(outcome), "{outcome}: {report:?}");
    }
}
