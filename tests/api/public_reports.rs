//! Faults of other shops, as their users have reported them in public, played against this one.

use crate::apis;
use crate::black_box::buying::{buy, change, product_with, units};
use crate::black_box::products::{adjust, post};
use futures::future::join_all;
use http::Method;
use orders_tests::{Api, Reply, fresh_key};
use serde_json::{Value, json};

/// Buys some units of a product, and repeats the request while too many others buy it.
async fn buy_patiently(api: &Api, sku: &str, quantity: i64) -> Reply {
    let (key, items) = (fresh_key(), json!([{ "sku": sku, "qty": quantity }]));
    let body = json!({ "customer_id": "c-buyer", "currency": "EUR", "items": items });
    loop {
        let reply = post(api, "/orders", &key, &body).await;
        if reply.status != 503 {
            return reply;
        }
    }
}

fn statuses(replies: &[Reply]) -> Vec<u16> {
    let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    statuses
}

/// saleor 543, vendure 3508, magento/inventory 2722: both of two buyers got the last unit.
#[tokio::test]
async fn two_buyers_of_the_last_unit_do_not_both_get_it() {
    for api in apis().await {
        for _ in 0..2 {
            let sku = product_with(&api, 1).await;
            let replies = join_all((0..2).map(|_| buy_patiently(&api, &sku, 1))).await;
            assert_eq!(statuses(&replies), [201, 409]);
            assert_eq!(units(&api, &sku).await, [0, 1, 0]);
        }
    }
}

/// saleor 5334: once in a while an order was placed without its stock.
#[tokio::test]
async fn no_order_is_placed_without_its_stock() {
    for api in apis().await {
        let sku = product_with(&api, 100).await;
        let replies = join_all((0..8).map(|_| buy_patiently(&api, &sku, 3))).await;
        assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
        assert_eq!(units(&api, &sku).await, [76, 24, 0]);
    }
}

/// vendure 1738: who had filled the cart before could still buy what was sold out meanwhile.
#[tokio::test]
async fn what_was_in_stock_when_the_cart_was_filled_can_be_sold_out() {
    for api in apis().await {
        let sku = product_with(&api, 20).await;
        assert_eq!(api.get(&format!("/products/{sku}")).await.json()["availability"], "in_stock");
        assert_eq!(buy(&api, &json!([{ "sku": sku, "qty": 20 }])).await.status, 201);
        let late = buy(&api, &json!([{ "sku": sku, "qty": 5, "expected_price": "6.90" }])).await;
        assert_eq!(late.problem(409, "insufficient-stock")["items"][0]["available"], 0);
        assert_eq!(units(&api, &sku).await, [0, 20, 0]);
    }
}

/// medusa 16502: each of two items of one product was compared with the whole stock.
#[tokio::test]
async fn two_items_of_one_product_count_together() {
    for api in apis().await {
        let sku = product_with(&api, 3).await;
        let refused = buy(&api, &json!([{ "sku": sku, "qty": 2 }, { "sku": sku, "qty": 2 }])).await;
        let items = refused.problem(409, "insufficient-stock")["items"].clone();
        assert!(items.as_array().expect("items").iter().all(|item| item["available"] == 3), "{items}");
        assert_eq!(units(&api, &sku).await, [3, 0, 0]);
    }
}

/// nopCommerce 8085, medusa 16569: of concurrent changes of one counter, some were lost, and the reserved units differed from
/// those of the reservations.
#[tokio::test]
async fn no_concurrent_change_of_a_stock_is_lost() {
    for api in apis().await {
        let sku = product_with(&api, 100).await;
        let orders = join_all((0..8).map(|n| buy_patiently(&api, &sku, 1 + n % 4))).await;
        assert!(orders.iter().all(|order| order.status == 201), "{orders:?}");
        let (cancelled, kept) = orders.split_at(4);
        let received = json!({ "delta": 5, "reason": "received" });
        let keys: Vec<_> = (0..4).map(|_| fresh_key()).collect();
        let (cancelled, bought, adjusted) = futures::join!(
            join_all(cancelled.iter().map(|order| change(&api, order, "1", "CANCELLED"))),
            join_all((0..4).map(|_| buy_patiently(&api, &sku, 2))),
            join_all(keys.iter().map(|key| adjust(&api, &sku, key, &received))),
        );
        assert!(cancelled.iter().all(|reply| reply.status == 200), "{cancelled:?}");
        assert!(bought.iter().chain(&adjusted).all(|reply| reply.status == 201), "{bought:?} {adjusted:?}");
        let held = |order: &Reply| order.json()["items"][0]["qty"].as_i64().expect("a number");
        let reserved: i64 = kept.iter().chain(&bought).map(held).sum();
        assert_eq!(units(&api, &sku).await, [120 - reserved, reserved, 0]);
    }
}

/// medusa 12401: the reserved units became negative.
#[tokio::test]
async fn an_order_that_is_cancelled_by_several_at_once_gives_its_stock_back_once() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let order = buy(&api, &json!([{ "sku": sku, "qty": 2 }])).await;
        let replies = join_all((0..8).map(|_| change(&api, &order, "1", "CANCELLED"))).await;
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1, "{replies:?}");
        assert_eq!(units(&api, &sku).await, [5, 0, 0]);
    }
}

/// magento/inventory 1878: a shipped order that was cancelled gave its stock back a second time.
#[tokio::test]
async fn a_fulfilled_order_gives_nothing_back() {
    for api in apis().await {
        let sku = product_with(&api, 5).await;
        let order = buy(&api, &json!([{ "sku": sku, "qty": 2 }])).await;
        for (version, status) in [("1", "PAID"), ("2", "FULFILLED")] {
            assert_eq!(change(&api, &order, version, status).await.status, 200);
        }
        let _ = change(&api, &order, "3", "CANCELLED").await.problem(422, "invalid-transition");
        let settled = async || (units(&api, &sku).await == [3, 0, 2]).then_some(());
        orders_tests::eventually("the stock is sold", settled).await;
    }
}

/// vendure 1355: the merchant had counted the stock again before the order was placed.
#[tokio::test]
async fn stock_that_the_merchant_has_removed_is_not_sold() {
    for api in apis().await {
        let sku = product_with(&api, 2).await;
        let counted = json!({ "set": 0, "if_available": 2, "reason": "damaged" });
        assert_eq!(adjust(&api, &sku, &fresh_key(), &counted).await.status, 201);
        let refused = buy(&api, &json!([{ "sku": sku, "qty": 2 }])).await;
        let _ = refused.problem(409, "insufficient-stock");
        let path = format!("/products/{sku}/stock");
        let stock: Value = api.send(Method::GET, &path, &[], "").await.json();
        assert_eq!(stock["stock"]["available"], 0);
    }
}
