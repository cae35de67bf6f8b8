//! Orders with stock under faults and crashes: units are taken once, given back once, and held by nobody without an order.

use http::Method;
use mongodb::bson::{DateTime, doc};
use orders_tests::{AwsError, Fault, Reply, Shop, fresh_key};
use serde_json::json;

const TAKE: &str = "TransactWriteItems";

#[tokio::test]
async fn an_order_whose_insert_failed_is_stored_by_a_retry_with_the_stock_that_it_holds() {
    let shop = Shop::open().await;
    let (sku, key) = (shop.product_with(5).await, fresh_key());
    shop.mongo.fail_all_of("insert", Fault::Refuse);
    let _ = shop.buy(&key, &sku).await.problem(503, "unavailable");
    shop.mongo.clear_faults();
    assert_eq!(
        (shop.units(&sku).await, shop.orders().await),
        ([3, 2, 0], 0),
        "the units belong to the order"
    );
    let placed = shop.buy(&key, &sku).await;
    assert_eq!((placed.status, placed.header("idempotent-replayed")), (201, Some("true")), "{}", placed.body);
    assert_eq!((shop.units(&sku).await, shop.orders().await), ([3, 2, 0], 1));
    shop.assert_settled().await;
}

#[tokio::test]
async fn the_sweeper_stores_the_order_of_a_request_that_nobody_repeats() {
    let shop = Shop::open().await;
    let (sku, key) = (shop.product_with(5).await, fresh_key());
    shop.mongo.fail_all_of("insert", Fault::Refuse);
    let _ = shop.buy(&key, &sku).await.problem(503, "unavailable");
    let first = shop.claims.claim_of(&key).await.expect("a claim");
    let failed = shop.sweep_without_database().await;
    assert_eq!((&failed["completed"], &failed["failed"]), (&json!(0), &json!(1)), "{failed}");
    assert!(failed["oldest_reservation_s"].is_i64(), "{failed}");
    let again = shop.system.function("sweep-orders").invoke(json!({})).await.expect("a report");
    assert_eq!(again["failed"], 0, "it waits behind the others: {again}");
    let prolonged = shop.claims.claim_of(&key).await.expect("a claim");
    let end = |claim: &std::collections::HashMap<_, aws_sdk_dynamodb::types::AttributeValue>| {
        claim["expires_at"].as_n().expect("a number").parse::<i64>().expect("a number")
    };
    assert!(end(&prolonged) > end(&first) + 1800, "the claim outlives the outage");
    shop.mongo.clear_faults();

    let report = shop.sweep().await;
    assert_eq!((&report["completed"], &report["failed"]), (&json!(1), &json!(0)), "{report}");
    assert_eq!((shop.units(&sku).await, shop.orders().await), ([3, 2, 0], 1));
    let replayed = shop.buy(&key, &sku).await;
    assert_eq!((replayed.status, replayed.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(shop.api.order(&replayed.order_id()).await.body, replayed.body);
    assert_eq!(shop.sweep().await["completed"], 0, "once");
    shop.assert_settled().await;
}

#[tokio::test]
async fn a_reservation_whose_order_nobody_has_is_set_aside() {
    let shop = Shop::open().await;
    let (sku, key) = (shop.product_with(5).await, fresh_key());
    shop.mongo.fail_all_of("insert", Fault::Refuse);
    let _ = shop.buy(&key, &sku).await.problem(503, "unavailable");
    shop.mongo.clear_faults();
    shop.claims.delete_claim(&key).await;
    let report = shop.sweep().await;
    assert_eq!((&report["lost"], &report["failed"]), (&json!(1), &json!(0)), "{report}");
    let report = shop.sweep().await;
    assert_eq!((&report["lost"], &report["oldest_reservation_s"]), (&json!(0), &json!(0)), "{report}");
    assert_eq!(
        (shop.units(&sku).await, shop.orders().await),
        ([3, 2, 0], 0),
        "only a document gives it back"
    );
}

#[tokio::test]
async fn the_reservation_of_a_stored_order_is_closed_although_its_claim_is_gone() {
    let shop = Shop::open().await;
    let (sku, key) = (shop.product_with(5).await, fresh_key());
    assert_eq!(shop.buy(&key, &sku).await.status, 201);
    shop.wait_until_done().await;
    shop.claims.delete_claim(&key).await;
    shop.catalog.open_all().await;
    let report = shop.sweep().await;
    assert_eq!((&report["completed"], &report["lost"]), (&json!(1), &json!(0)), "{report}");
    shop.assert_settled().await;
}

#[tokio::test]
async fn a_transaction_whose_response_was_lost_takes_the_stock_once() {
    let shop = Shop::open().await;
    let sku = shop.product_with(9).await;
    for (count, lost) in (1..).zip([1, 3]) {
        let key = fresh_key();
        shop.aws.fail_next(TAKE, Fault::LoseResponse, lost);
        let first = shop.buy(&key, &sku).await;
        if lost == 1 {
            assert_eq!((first.status, first.header("idempotent-replayed")), (201, None), "{}", first.body);
        } else {
            let _ = first.problem(503, "unavailable");
        }
        let again = shop.buy(&key, &sku).await;
        assert_eq!(
            (again.status, again.header("idempotent-replayed")),
            (201, Some("true")),
            "{}",
            again.body
        );
        assert_eq!(shop.units(&sku).await, [9 - 2 * count, 2 * count, 0]);
    }
    shop.assert_settled().await;
}

#[tokio::test]
async fn a_conflict_is_repeated_and_one_that_lasts_holds_nothing() {
    let shop = Shop::open().await;
    let sku = shop.product_with(50).await;
    let transient = [
        AwsError::TransactionCanceled(&["None", "None", "TransactionConflict"]),
        // The first attempt commits at this moment.
        AwsError::TransactionCanceled(&["TransactionConflict", "None", "ConditionalCheckFailed"]),
        AwsError::TransactionCanceled(&["None", "None", "ThrottlingError"]),
        AwsError::TransactionInProgress,
    ];
    for (count, error) in (1..).zip(transient) {
        shop.aws.fail_next(TAKE, Fault::Respond(error), 1);
        let order = shop.buy(&fresh_key(), &sku).await;
        assert_eq!(order.status, 201, "{error:?}: {}", order.body);
        assert_eq!(shop.units(&sku).await[1], 2 * count, "{error:?}");
    }
    let held = shop.units(&sku).await;
    for error in transient {
        let key = fresh_key();
        shop.aws.fail_all_of(TAKE, Fault::Respond(error));
        let refused = shop.buy(&key, &sku).await;
        let _ = refused.problem(503, "stock-contention");
        assert_eq!(refused.header("retry-after"), Some("1"), "{error:?}");
        shop.aws.clear_faults();
        assert_eq!(shop.units(&sku).await, held, "{error:?}");
    }
    shop.assert_settled().await;
}

#[tokio::test]
async fn a_cancellation_is_answered_although_its_stock_can_not_be_given_back_yet() {
    let shop = Shop::open().await;
    let sku = shop.product_with(50).await;
    for fault in [
        Fault::Refuse,
        Fault::Respond(AwsError::TransactionCanceled(&["None", "TransactionConflict"])),
        Fault::LoseResponse,
    ] {
        let order = shop.buy(&fresh_key(), &sku).await;
        shop.aws.fail_all_of(TAKE, fault);
        let cancelled = shop.cancel(&order).await;
        assert_eq!(cancelled.status, 200, "{fault:?}: {}", cancelled.body);
        shop.aws.clear_faults();
        let report = shop.sweep().await;
        assert_eq!((&report["settled"], &report["failed"]), (&json!(1), &json!(0)), "{fault:?}: {report}");
        assert_eq!(shop.units(&sku).await, [50, 0, 0], "{fault:?}: once");
        assert_eq!(shop.sweep().await["settled"], 0, "{fault:?}");
    }
    shop.assert_settled().await;
}

#[tokio::test]
async fn orders_that_nobody_pays_give_their_stock_back() {
    let shop = Shop::open().await;
    let sku = shop.product_with(500).await;
    let (unpaid, paid) = (shop.buy(&fresh_key(), &sku).await, shop.buy(&fresh_key(), &sku).await);
    let mut never = Shop::cart(&sku);
    never["payment_due_in"] = 0.into();
    let never = shop.post("/orders", &fresh_key(), &never).await;
    assert_eq!(shop.api.change(&paid.order_id(), 1, "PAID", &[]).await.status, 200);
    assert_eq!(shop.sweep().await["expired"], 0, "nothing is due");

    let due = doc! { "$set": { "stock_held.due_at": DateTime::now() } };
    let unpaid_id = doc! { "_id": unpaid.order_id() };
    shop.system.orders().await.update_one(unpaid_id, due).await.expect("a response");
    let report = shop.sweep().await;
    assert_eq!((&report["expired"], &report["settled"]), (&json!(1), &json!(1)), "{report}");
    let expired = shop.api.order(&unpaid.order_id()).await.json();
    assert_eq!((&expired["status"], &expired["cancel_reason"]), (&json!("CANCELLED"), &json!("expired")));
    for order in [&paid, &never] {
        assert_ne!(shop.api.order(&order.order_id()).await.json()["status"], "CANCELLED");
    }
    assert_eq!(shop.units(&sku).await, [496, 4, 0]);
    let _ = shop.cancel(&unpaid).await.problem(409, "version-conflict");
    shop.assert_settled().await;
}

#[tokio::test]
async fn many_unpaid_orders_of_one_product_expire_in_few_transactions() {
    let shop = Shop::open().await;
    let sku = shop.product_with(1_000).await;
    for _ in 0..120 {
        assert_eq!(shop.buy(&fresh_key(), &sku).await.status, 201);
    }
    assert_eq!(shop.units(&sku).await, [760, 240, 0]);
    let due = doc! { "$set": { "stock_held.due_at": DateTime::now() } };
    shop.system.orders().await.update_many(doc! {}, due).await.expect("a response");
    shop.aws.clear_recorded();
    let report = shop.sweep().await;
    assert_eq!((&report["expired"], &report["settled"]), (&json!(120), &json!(120)), "{report}");
    assert_eq!(shop.aws.count(TAKE), 2, "99 orders and one product in a transaction");
    assert_eq!(shop.units(&sku).await, [1_000, 0, 0]);
    shop.assert_settled().await;
}

#[tokio::test]
async fn an_order_whose_external_id_is_taken_gives_its_stock_back() {
    let shop = Shop::open().await;
    let (sku, key) = (shop.product_with(5).await, fresh_key());
    let mut body = Shop::cart(&sku);
    body["external_id"] = "cart-7".into();
    let first = shop.post("/orders", &fresh_key(), &body).await;
    assert_eq!(first.status, 201, "{}", first.body);
    for _ in 0..2 {
        let _ = shop.post("/orders", &key, &body).await.problem(409, "external-id-taken");
    }
    let report = shop.sweep().await;
    assert_eq!((&report["settled"], &report["failed"]), (&json!(1), &json!(0)), "{report}");
    assert_eq!(shop.units(&sku).await, [3, 2, 0], "only the first holds stock");
    let _ = shop.post("/orders", &key, &body).await.problem(409, "external-id-taken");
    let listed = shop.api.get("/orders?status=CANCELLED").await.json()["items"].clone();
    assert_eq!((&listed[0]["cancel_reason"], listed[0].get("external_id")), (&json!("rejected"), None));
    shop.assert_settled().await;
}

#[tokio::test]
async fn a_stock_that_was_changed_by_hand_is_reported() {
    let shop = Shop::open().await;
    let (sold, received) = (shop.product_with(5).await, shop.product_with(7).await);
    assert_eq!(shop.buy(&fresh_key(), &sold).await.status, 201);
    assert_eq!(shop.reconcile().await, json!({ "stocks": 2, "drift": [], "undecided": 0 }));
    shop.catalog.tamper(&sold, "reserved", -1).await;
    shop.catalog.tamper(&received, "sellable", 2).await;
    let report = shop.reconcile().await;
    let of =
        |sku: &str| report["drift"].as_array().expect("a list").iter().find(|it| it["sku"] == sku).cloned();
    let drift = |sku: &str, available: i64, reserved: i64, adjusted: i64, held: i64| {
        json!({ "tenant": "default", "sku": sku, "available": available, "reserved": reserved, "committed": 0,
            "adjusted": adjusted, "held": held })
    };
    assert_eq!(of(&sold), Some(drift(&sold, 3, 1, 5, 2)));
    assert_eq!(of(&received), Some(drift(&received, 9, 0, 7, 0)));
    // A release that finds fewer reserved units than it gives back settles nothing, and keeps no other one.
    let order = shop.api.get("/orders?status=CREATED").await.json()["items"][0]["order_id"].clone();
    let id = order.as_str().expect("an id");
    assert_eq!(shop.api.change(id, 1, "CANCELLED", &[]).await.status, 200);
    let unpaid = shop.buy(&fresh_key(), &received).await;
    assert_eq!(unpaid.status, 201, "{}", unpaid.body);
    let due = doc! { "$set": { "stock_held.due_at": DateTime::now() } };
    let orders = shop.system.orders().await;
    orders.update_one(doc! { "_id": unpaid.order_id() }, due).await.expect("a response");
    let report = shop.sweep().await;
    let counts = [&report["expired"], &report["settled"], &report["failed"]];
    assert_eq!(counts, [&json!(1), &json!(1), &json!(1)], "{report}");
    assert_eq!(shop.units(&received).await, [9, 0, 0]);
    assert!(report["oldest_settlement_s"].as_i64() >= Some(3_600), "{report}");
    shop.catalog.tamper(&sold, "reserved", 1).await;
    assert_eq!(shop.sweep().await["settled"], 1);
    assert_eq!(shop.units(&sold).await, [5, 0, 0]);
}

#[tokio::test]
async fn a_sweeper_that_can_not_read_reports_no_age() {
    let shop = Shop::open().await;
    let sweep = async || shop.system.function("sweep-orders").invoke(json!({})).await.expect("a report");
    shop.aws.fail_all(Fault::Refuse);
    let report = sweep().await;
    assert_eq!((&report["failed"], &report["oldest_reservation_s"]), (&json!(2), &json!(null)), "{report}");
    shop.aws.clear_faults();
    let report = sweep().await;
    assert_eq!((&report["failed"], &report["oldest_reservation_s"]), (&json!(0), &json!(0)), "{report}");
}

/// Requests to the stores before the response.
async fn round_trips(shop: &Shop, request: impl Future<Output = Reply>) -> Vec<String> {
    shop.mongo.clear_recorded();
    shop.aws.clear_recorded();
    let reply = request.await;
    let responded_at = shop.system.last_response_at();
    assert!(reply.status < 500, "{}", reply.body);
    let mut all = [shop.mongo.recorded(), shop.aws.recorded()].concat();
    all.sort_by_key(|request| request.at);
    let before = all.into_iter().filter(|request| request.at < responded_at);
    // One order in ten leases a block of numbers.
    let names = before.map(|request| request.operation);
    names.collect()
}

#[tokio::test]
async fn orders_with_stock_take_the_designed_number_of_round_trips() {
    let shop = Shop::open().await;
    let (sku, other) = (shop.product_with(50).await, shop.product_with(0).await);
    let key = fresh_key();

    assert_eq!(round_trips(&shop, shop.buy(&key, &sku)).await, ["BatchGetItem", TAKE, "insert"], "cold: 3");
    shop.wait_until_done().await;
    assert_eq!(round_trips(&shop, shop.buy(&key, &sku)).await, [TAKE, "find"], "replay: 2");
    let mut expecting = Shop::cart(&sku);
    expecting["items"][0]["expected_price"] = "5.00".into();
    let key = fresh_key();
    let buy = shop.post("/orders", &key, &expecting);
    assert_eq!(round_trips(&shop, buy).await, [TAKE, "insert"], "expected_price, known: 2");
    shop.wait_until_done().await;
    let order = shop.buy(&key, &sku).await;
    let _ = order.problem(409, "idempotency-key-reused");
    let order = shop.post("/orders", &key, &expecting).await;
    assert_eq!(round_trips(&shop, shop.cancel(&order)).await, ["findAndModify", TAKE], "cancellation: 2");
    shop.wait_until_done().await;
    expecting["items"][0]["expected_price"] = "4.00".into();
    let key = fresh_key();
    let buy = shop.post("/orders", &key, &expecting);
    assert_eq!(round_trips(&shop, buy).await, ["BatchGetItem", "GetItem"], "another price: 2");
    assert_eq!(
        round_trips(&shop, shop.buy(&fresh_key(), &other)).await,
        ["BatchGetItem", TAKE],
        "sold out, new: 2"
    );
    assert_eq!(round_trips(&shop, shop.buy(&fresh_key(), &other)).await, [TAKE], "sold out: 1");
    let edit = json!({ "price": "6.00" }).to_string();
    let headers = [("content-type", "application/json"), ("if-match", "1")];
    let edited = shop.api.send(Method::PATCH, &format!("/products/{sku}"), &headers, edit).await;
    assert_eq!(edited.status, 200, "{}", edited.body);
    let repriced = round_trips(&shop, shop.buy(&fresh_key(), &sku)).await;
    assert_eq!(repriced, [TAKE, TAKE, "insert"], "repriced since: 3");
    shop.wait_until_done().await;
    shop.assert_settled().await;
}

#[tokio::test]
async fn the_largest_order_takes_98_products_in_one_transaction() {
    let shop = Shop::open().await;
    let skus = futures::future::join_all((0..98).map(|_| shop.product_with(3))).await;
    let item = |sku: &String| json!({ "sku": sku, "qty": 1 });
    let items: Vec<_> = skus.iter().chain(&skus[..2]).map(item).collect();
    let body = json!({ "customer_id": "c-1", "currency": "EUR", "items": items });
    let order = shop.post("/orders", &fresh_key(), &body).await;
    assert_eq!((order.status, &order.json()["amount_total"]), (201, &json!("500.00")), "{}", order.body);
    assert_eq!((shop.units(&skus[0]).await, shop.units(&skus[97]).await), ([1, 2, 0], [2, 1, 0]));
    assert_eq!(shop.cancel(&order).await.status, 200);
    assert_eq!((shop.units(&skus[0]).await, shop.units(&skus[97]).await), ([3, 0, 0], [3, 0, 0]));
    shop.assert_settled().await;
}

/// Every function is killed again and again while many buy the same few units, in overlapping carts.
#[tokio::test]
async fn killed_functions_oversell_nothing_and_leak_nothing() {
    let shop = Shop::with_instances(4).await;
    let skus = [shop.product_with(60).await, shop.product_with(60).await, shop.product_with(60).await];
    let report = shop.rush(&skus, 120, 20).await;
    println!("{report:?}");
    assert!(report.kills == 20 && report.sold > 0, "{report:?}");
}
