//! Webhooks under faults and kills: the provider sends again what is not accepted, and every fact counts once.

use orders_tests::{Fault, PaymentEndpoint, Shop, fresh_key};

const TOTAL: u64 = 1998;

#[tokio::test]
async fn a_webhook_that_meets_a_fault_is_refused_and_counts_once_when_it_is_sent_again() {
    let shop = Shop::open().await;
    let endpoint = PaymentEndpoint::create("default", "stripe").await;
    for (command, fault) in
        [("find", Fault::Refuse), ("findAndModify", Fault::Refuse), ("findAndModify", Fault::LoseResponse)]
    {
        let id = shop.api.new_order().await.order_id();
        let body = endpoint.about_payment("captured", &fresh_key(), &id, TOTAL).to_string();
        shop.mongo.fail_all_of(command, fault);
        let refused = endpoint.send(&shop.api, body.as_str()).await;
        assert_eq!(refused.header("retry-after"), Some("1"), "{command} {fault:?}");
        let _ = refused.problem(503, "unavailable");
        shop.mongo.clear_faults();
        assert_eq!(endpoint.send(&shop.api, body.as_str()).await.status, 204);
        let order = shop.api.order(&id).await.json();
        let seen = (&order["status"], &order["version"], &order["payment"]["captured"]);
        assert_eq!(seen, (&"PAID".into(), &2.into(), &"19.98".into()), "{command} {fault:?}");
    }
}

#[tokio::test]
async fn an_endpoint_that_can_not_be_read_refuses_nothing_for_good() {
    let shop = Shop::open().await;
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let id = shop.api.new_order().await.order_id();
    let body = endpoint.about_payment("captured", &fresh_key(), &id, TOTAL).to_string();
    shop.aws.fail_all_of("GetSecretValue", Fault::Refuse);
    let _ = endpoint.send(&shop.api, body.as_str()).await.problem(503, "unavailable");
    shop.aws.clear_faults();
    assert_eq!(endpoint.send(&shop.api, body.as_str()).await.status, 204);
    // A notification without an order is not acknowledged before it is kept.
    let mut late = endpoint.about_payment("captured", &fresh_key(), "nobody", TOTAL);
    late["timestamp"] = "2026-01-31T09:31:00Z".into();
    shop.aws.fail_all_of("SendMessage", Fault::Refuse);
    let _ = endpoint.send(&shop.api, late.to_string()).await.problem(503, "unavailable");
    shop.aws.clear_faults();
    assert_eq!(endpoint.send(&shop.api, late.to_string()).await.status, 204);
}

#[tokio::test]
async fn payments_in_any_sequence_with_kills_and_cancellations_keep_no_money_that_nobody_owes() {
    let report = Shop::with_instances(2).await.pay_at_once(40, 12).await;
    println!("{report:?}");
    report.assert_settled();
    assert_eq!((report.orders >= 40, report.kills), (true, 12));
    assert!(report.paid > 0 && report.refunded > 0 && report.unpaid > 0, "{report:?}");
    assert!(report.shop_refunds > 0 && report.compensations > 0 && report.refused > 0, "{report:?}");
}
