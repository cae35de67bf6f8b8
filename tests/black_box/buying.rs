//! Orders of products of the catalog, and the stock that they take.

use super::products::{adjust, archive, create, edit, fresh_sku, post, tea};
use crate::apis;
use futures::future::join_all;
use http::Method;
use orders_tests::{Api, Reply, fresh_key};
use serde_json::{Value, json};

/// Creates a product for 6.90 EUR with this many units; returns its sku.
pub(crate) async fn product_with(api: &Api, units: i64) -> String {
    let sku = fresh_sku();
    create(api, &tea(&sku)).await;
    receive(api, &sku, units).await;
    sku
}

pub(crate) async fn receive(api: &Api, sku: &str, units: i64) {
    let received = adjust(api, sku, &fresh_key(), &json!({ "delta": units, "reason": "received" })).await;
    assert_eq!(received.status, 201, "{}", received.body);
}

fn order_of(items: &Value) -> Value {
    json!({ "customer_id": "c-buyer", "currency": "EUR", "items": items })
}

pub(crate) async fn buy(api: &Api, items: &Value) -> Reply {
    post(api, "/orders", &fresh_key(), &order_of(items)).await
}

/// Returns the available, reserved and committed units of a product.
pub(crate) async fn units(api: &Api, sku: &str) -> [i64; 3] {
    let stock = api.get(&format!("/products/{sku}/stock")).await.json()["stock"].clone();
    ["available", "reserved", "committed"].map(|name| stock[name].as_i64().expect("a number"))
}

pub(crate) async fn change(api: &Api, order: &Reply, version: &str, status: &str) -> Reply {
    let headers = [("content-type", "application/json"), ("if-match", version)];
    let path = format!("/orders/{}", order.order_id());
    api.send(Method::PATCH, &path, &headers, json!({ "status": status }).to_string()).await
}

#[tokio::test]
async fn an_order_takes_stock_at_the_present_price_and_a_cancellation_gives_it_back() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let order = buy(&api, &json!([{ "sku": sku, "qty": 2 }, { "sku": sku, "qty": 1 }])).await;
        assert_eq!(order.status, 201, "{}", order.body);
        let placed = order.json();
        assert_eq!(placed["amount_total"], "20.70");
        let item =
            json!({ "sku": sku, "qty": 2, "price": "6.90", "name": "Earl Grey", "product_version": 1 });
        assert_eq!(placed["items"][0], item);
        assert!(placed["payment_due_at"].is_string(), "{placed}");
        assert_eq!(units(&api, &sku).await, [2, 3, 0]);

        let cancelled = change(&api, &order, "1", "CANCELLED").await;
        assert_eq!((cancelled.status, &cancelled.json()["cancel_reason"]), (200, &json!("requested")));
        assert_eq!(units(&api, &sku).await, [5, 0, 0], "who cancels sees the stock");
        let _ = change(&api, &order, "1", "CANCELLED").await.problem(409, "version-conflict");
        assert_eq!(units(&api, &sku).await, [5, 0, 0], "given back once");
        let read = api.get(&format!("/orders/{}", order.order_id())).await.json();
        assert_eq!(read, cancelled.json());
    }
}

#[tokio::test]
async fn a_cancellation_that_is_repeated_gives_the_stock_back_once() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let order = buy(&api, &json!([{ "sku": sku, "qty": 2 }])).await;
        let (path, key) = (format!("/orders/{}", order.order_id()), fresh_key());
        let headers = [("content-type", "application/json"), ("if-match", "1"), ("idempotency-key", &key)];
        let cancel =
            || api.send(Method::PATCH, &path, &headers, json!({ "status": "CANCELLED" }).to_string());
        let replies = join_all((0..6).map(|_| cancel())).await;
        assert!(
            replies.iter().all(|reply| reply.status == 200 && reply.body == replies[0].body),
            "{replies:?}"
        );
        assert_eq!(units(&api, &sku).await, [5, 0, 0]);
    }
}

#[tokio::test]
async fn what_does_not_come_back_from_a_cancelled_order_can_not_be_sold() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let order = buy(&api, &json!([{ "sku": sku, "qty": 2 }])).await;
        let (path, key) = (format!("/orders/{}", order.order_id()), fresh_key());
        let cancel = async |body: &Value| {
            let headers =
                [("content-type", "application/json"), ("if-match", "1"), ("idempotency-key", &key)];
            api.send(Method::PATCH, &path, &headers, body.to_string()).await
        };
        for body in [json!({ "status": "PAID", "restock": false }), json!({ "restock": false })] {
            let _ = cancel(&body).await.problem(400, "invalid-body");
        }
        let lost = json!({ "status": "CANCELLED", "restock": false });
        let cancelled = cancel(&lost).await;
        assert_eq!((cancelled.status, &cancelled.json()["cancel_reason"]), (200, &json!("requested")));
        assert_eq!(units(&api, &sku).await, [3, 0, 2]);
        assert_eq!(cancel(&lost).await.body, cancelled.body, "a replay");
        let _ = cancel(&json!({ "status": "CANCELLED" })).await.problem(409, "idempotency-key-reused");
        assert_eq!(units(&api, &sku).await, [3, 0, 2], "once");

        let order = buy(&api, &json!([{ "sku": sku, "qty": 1, "price": "6.90" }])).await;
        let headers = [("content-type", "application/json"), ("if-match", "1")];
        let path = format!("/orders/{}", order.order_id());
        assert_eq!(api.send(Method::PATCH, &path, &headers, lost.to_string()).await.status, 200);
    }
}

#[tokio::test]
async fn what_a_fulfilled_order_held_is_sold() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let order = buy(&api, &json!([{ "sku": sku, "qty": 2 }])).await;
        assert_eq!(change(&api, &order, "1", "PAID").await.status, 200);
        assert_eq!(units(&api, &sku).await, [3, 2, 0], "a paid order holds its stock");
        assert_eq!(change(&api, &order, "2", "FULFILLED").await.status, 200);
        // The stock is settled after the response.
        let settled = async || (units(&api, &sku).await == [3, 0, 2]).then_some(());
        orders_tests::eventually("the stock is sold", settled).await;
        let cancelled = buy(&api, &json!([{ "sku": sku, "qty": 1 }])).await;
        assert_eq!(change(&api, &cancelled, "1", "PAID").await.status, 200);
        assert_eq!(change(&api, &cancelled, "2", "CANCELLED").await.status, 200);
        assert_eq!(units(&api, &sku).await, [3, 0, 2], "a paid order gives its stock back, too");
    }
}

#[tokio::test]
async fn a_price_that_the_buyer_has_not_seen_is_refused() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let items = |price: &str| json!([{ "sku": sku, "qty": 1, "expected_price": price }]);
        assert_eq!(buy(&api, &items("6.9")).await.status, 201);
        assert_eq!(edit(&api, &sku, "1", &json!({ "price": "7.50" })).await.status, 200);
        let key = fresh_key();
        let refused = post(&api, "/orders", &key, &order_of(&items("6.90"))).await;
        let problem = refused.problem(409, "price-changed");
        let expected =
            json!({ "pointer": "/items/0", "sku": sku, "expected_price": "6.90", "price": "7.50" });
        assert_eq!(problem["items"], json!([expected]));
        assert_eq!(units(&api, &sku).await, [4, 1, 0], "nothing is held");
        // The key is free.
        let order = post(&api, "/orders", &key, &order_of(&items("7.5"))).await;
        assert_eq!((order.status, &order.json()["amount_total"]), (201, &json!("7.50")), "{}", order.body);
        let present = buy(&api, &json!([{ "sku": sku, "qty": 1 }])).await.json();
        assert_eq!(
            (&present["amount_total"], &present["items"][0]["product_version"]),
            (&json!("7.50"), &json!(2))
        );
    }
}

#[tokio::test]
async fn all_products_without_enough_units_are_named_and_nothing_is_held() {
    for api in apis().await {
        let (some, none, plenty) = (product_with(&api, 2).await, fresh_sku(), product_with(&api, 100).await);
        create(&api, &tea(&none)).await;
        let items = json!([
            { "sku": plenty, "qty": 1 }, { "sku": some, "qty": 2 }, { "sku": none, "qty": 1 },
            { "sku": "A1", "qty": 1, "price": "1" }, { "sku": some, "qty": 1 },
        ]);
        let key = fresh_key();
        let problem = post(&api, "/orders", &key, &order_of(&items)).await.problem(409, "insufficient-stock");
        let item = |index: usize, sku: &str, requested: i64, available: i64| json!({ "pointer": format!("/items/{index}"), "sku": sku, "requested": requested, "available": available });
        assert_eq!(
            problem["items"],
            json!([item(1, &some, 3, 2), item(2, &none, 1, 0), item(4, &some, 3, 2)])
        );
        for sku in [&some, &none, &plenty] {
            assert_eq!(units(&api, sku).await[1], 0, "nothing is held");
        }
        receive(&api, &some, 1).await;
        receive(&api, &none, 1).await;
        let order = post(&api, "/orders", &key, &order_of(&items)).await;
        assert_eq!((order.status, order.header("idempotent-replayed")), (201, None), "{}", order.body);
        assert_eq!(order.json()["items"][3], json!({ "sku": "A1", "qty": 1, "price": "1.00" }), "as before");
        assert_eq!((units(&api, &some).await, units(&api, &none).await), ([0, 3, 0], [0, 1, 0]));
    }
}

#[tokio::test]
async fn products_that_can_not_be_ordered_are_refused() {
    for api in apis().await {
        let (archived, inactive) = (product_with(&api, 5).await, product_with(&api, 5).await);
        let unknown = fresh_sku();
        assert_eq!(archive(&api, &archived, "1").await.status, 204);
        assert_eq!(edit(&api, &inactive, "1", &json!({ "active": false })).await.status, 200);
        let items = json!([
            { "sku": archived, "qty": 1 }, { "sku": unknown, "qty": 1 }, { "sku": inactive, "qty": 1 },
            { "sku": "no sku / of a product", "qty": 1 },
        ]);
        let problem = buy(&api, &items).await.problem(422, "unknown-product");
        let item = |index: usize, sku: &str| json!({ "pointer": format!("/items/{index}"), "sku": sku });
        assert_eq!(problem["items"], json!([item(1, &unknown), item(3, "no sku / of a product")]));
        let items = json!([{ "sku": archived, "qty": 1 }, { "sku": inactive, "qty": 1 }]);
        let problem = buy(&api, &items).await.problem(422, "inactive-product");
        assert_eq!(problem["items"], json!([item(0, &archived), item(1, &inactive)]));

        let sku = product_with(&api, 5).await;
        let mut body = order_of(&json!([{ "sku": sku, "qty": 1 }]));
        body["currency"] = "USD".into();
        let problem = post(&api, "/orders", &fresh_key(), &body).await.problem(422, "currency-mismatch");
        assert_eq!(problem["items"], json!([{ "pointer": "/items/0", "sku": sku, "currency": "EUR" }]));
        assert_eq!(units(&api, &sku).await, [5, 0, 0]);
    }
}

#[tokio::test]
async fn a_retry_is_a_replay_whatever_has_become_of_the_product() {
    for api in apis().await {
        let sku = product_with(&api, 1).await;
        for expected in [None, Some("6.90")] {
            let mut item = json!({ "sku": sku, "qty": 1 });
            if let Some(price) = expected {
                item["expected_price"] = price.into();
                receive(&api, &sku, 1).await;
                assert_eq!(edit(&api, &sku, "2", &json!({ "price": "6.90" })).await.status, 200);
            }
            let (key, body) = (fresh_key(), order_of(&json!([item])));
            let placed = post(&api, "/orders", &key, &body).await;
            assert_eq!(placed.status, 201, "{}", placed.body);
            let replayed = post(&api, "/orders", &key, &body).await;
            assert_eq!((replayed.status, &replayed.body), (201, &placed.body), "although it is sold out");
            assert_eq!(replayed.header("idempotent-replayed"), Some("true"));
            let version = if expected.is_some() { "3" } else { "1" };
            assert_eq!(edit(&api, &sku, version, &json!({ "price": "9.99" })).await.status, 200);
            assert_eq!(post(&api, "/orders", &key, &body).await.body, placed.body, "although it is repriced");
            let mut other = body.clone();
            other["items"][0]["qty"] = 2.into();
            let _ = post(&api, "/orders", &key, &other).await.problem(409, "idempotency-key-reused");
            if expected.is_some() {
                assert_eq!(archive(&api, &sku, "4").await.status, 204);
                let again = post(&api, "/orders", &key, &body).await;
                assert_eq!(again.body, placed.body, "although it is archived");
                let _ = buy(&api, &json!([{ "sku": sku, "qty": 1 }])).await.problem(422, "inactive-product");
            }
        }
    }
}

#[tokio::test]
async fn of_many_buyers_only_as_many_as_there_are_units_get_one() {
    for api in apis().await {
        let (sku, key) = (product_with(&api, 4).await, fresh_key());
        let items = json!([{ "sku": sku, "qty": 1 }]);
        let body = order_of(&items);
        let buyers = (0..12).map(|_| buy(&api, &items));
        let same_key = (0..4).map(|_| post(&api, "/orders", &key, &body));
        let (buyers, same_key) = (buyers.collect::<Vec<_>>(), same_key.collect::<Vec<_>>());
        let (replies, repeated) = futures::join!(join_all(buyers), join_all(same_key));
        let mut orders: Vec<_> = replies.iter().chain(&repeated).filter(|it| it.status == 201).collect();
        orders.sort_by_key(|reply| reply.order_id());
        orders.dedup_by_key(|reply| reply.order_id());
        let [available, reserved, _] = units(&api, &sku).await;
        assert_eq!((available + reserved, reserved), (4, i64::try_from(orders.len()).expect("a few")));
        for reply in replies.iter().chain(&repeated).filter(|it| it.status != 201) {
            let code = if reply.status == 503 { "stock-contention" } else { "insufficient-stock" };
            let _ = reply.problem(reply.status, code);
        }
        if !repeated.iter().any(|reply| reply.status == 201) {
            let again = post(&api, "/orders", &key, &order_of(&items)).await;
            assert_eq!(again.status == 201, available > 0, "the key is free: {}", again.body);
        }
    }
}

#[tokio::test]
async fn a_discount_larger_than_the_present_price_is_refused_and_holds_nothing() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let (key, mut body) = (fresh_key(), order_of(&json!([{ "sku": sku, "qty": 1 }])));
        body["lines"] = json!([{ "kind": "discount", "label": "spring", "amount": "-7.00" }]);
        let problem = post(&api, "/orders", &key, &body).await.problem(400, "invalid-body");
        assert_eq!(problem["errors"][0]["pointer"], "/lines", "{problem}");
        assert_eq!(units(&api, &sku).await, [5, 0, 0]);
        assert_eq!(edit(&api, &sku, "1", &json!({ "price": "8.00" })).await.status, 200);
        let order = post(&api, "/orders", &key, &body).await;
        assert_eq!((order.status, &order.json()["amount_total"]), (201, &json!("1.00")), "{}", order.body);
        assert_eq!(edit(&api, &sku, "2", &json!({ "price": "5.00" })).await.status, 200);
        assert_eq!(post(&api, "/orders", &key, &body).await.body, order.body, "a replay");
    }
}

#[tokio::test]
async fn a_client_chooses_how_long_an_order_holds_its_stock() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let mut body = order_of(&json!([{ "sku": sku, "qty": 1 }]));
        body["payment_due_in"] = 0.into();
        let never = post(&api, "/orders", &fresh_key(), &body).await.json();
        assert_eq!(never.get("payment_due_at"), None, "{never}");
        body["payment_due_in"] = 3600.into();
        let order = post(&api, "/orders", &fresh_key(), &body).await.json();
        let time =
            |name: &str| order[name].as_str().expect("a time").parse::<kernel::Timestamp>().expect("a time");
        assert_eq!(time("payment_due_at").unix_seconds() - time("created_at").unix_seconds(), 3600);
    }
}

#[tokio::test]
async fn a_key_may_equal_the_sku_of_the_product() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let body = order_of(&json!([{ "sku": sku, "qty": 1 }]));
        let order = post(&api, "/orders", &sku, &body).await;
        assert_eq!(order.status, 201, "{}", order.body);
        assert_eq!(post(&api, "/orders", &sku, &body).await.body, order.body);
        // An instance that has not seen the products reads them together with the claim.
        let unknown = order_of(&json!([{ "sku": sku, "qty": 1 }, { "sku": fresh_sku(), "qty": 1 }]));
        let _ = post(&api, "/orders", &sku, &unknown).await.problem(409, "idempotency-key-reused");
        let _ = post(&api, "/orders", &fresh_key(), &unknown).await.problem(422, "unknown-product");
    }
}
