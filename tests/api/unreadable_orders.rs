//! Stored orders from other releases, and documents that are no orders.

use mongodb::bson::{Bson, DateTime, Document, doc};
use orders_tests::{Api, System, log_file};
use serde_json::{Value, json};

/// Creates orders, and changes the document of the one with this index. Returns the ids, newest first.
async fn orders_with(system: &System, count: usize, index: usize, changes: Document) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.insert(0, system.api().new_order_of("c-1").await["order_id"].as_str().expect("an id").to_owned());
    }
    let filter = doc! { "_id": &ids[index] };
    let orders = system.orders().await;
    let updated = orders.update_one(filter, doc! { "$set": changes }).await.expect("a response");
    assert_eq!(updated.modified_count, 1);
    ids
}

async fn listed(api: &Api, query: &str) -> Value {
    let page = api.get(&format!("/orders?{query}")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page.json()
}

#[tokio::test]
async fn what_was_once_accepted_stays_readable() {
    for (changes, member, value) in [
        (doc! { "currency": "HRK" }, "/currency", "HRK"),
        (doc! { "currency": "XXQ" }, "/currency", "XXQ"),
        (doc! { "customer_id": " c\u{200b}1 " }, "/customer_id", " c\u{200b}1 "),
        (doc! { "items.0.sku": "\u{feff}A" }, "/items/0/sku", "\u{feff}A"),
        (doc! { "history.0.idempotency_key": "a,b" }, "/status", "CREATED"),
    ] {
        let system = System::builder().start();
        let api = system.api();
        let ids = orders_with(&system, 3, 1, changes.clone()).await;
        let order = api.order(&ids[1]).await;
        assert_eq!(order.status, 200, "{changes}: {}", order.body);
        assert_eq!(order.json().pointer(member), Some(&value.into()));
        assert_eq!(order.json()["amount_total"], "19.98");
        let page = listed(&api, "limit=5").await;
        assert_eq!(page["items"][1], order.json());
        let customer = order.json()["customer_id"].as_str().expect("a customer").to_owned();
        let customer: String = url::form_urlencoded::byte_serialize(customer.as_bytes()).collect();
        let of_customer = listed(&api, &format!("limit=5&customer_id={customer}")).await;
        let items = of_customer["items"].as_array().expect("items").clone();
        assert!(items.contains(&order.json()), "{of_customer}");
        assert_eq!((page["items"].as_array().map(Vec::len), page.get("unreadable")), (Some(3), None));
        let changed = api.change(&ids[1], 1, "PAID", &[]).await;
        assert_eq!(changed.status, 200, "{changes}: {}", changed.body);
    }
}

#[tokio::test]
async fn what_a_later_release_writes_is_carried_through() {
    let system = System::builder().start();
    let api = system.api();
    let step = doc! {
        "kind": "correction", "version": 2_i64, "status": "CREATED", "at": DateTime::now(), "actor": "someone",
    };
    let corrected = doc! { "version": 2_i64, "history.1": step, "parcels": [{ "carrier": "x" }] };
    let on_hold = doc! { "status": "ON_HOLD", "history.0.status": "ON_HOLD" };
    let held = orders_with(&system, 2, 1, on_hold).await.remove(1);
    let corrected = orders_with(&system, 1, 0, corrected).await.remove(0);
    let page = listed(&api, "limit=5").await;
    for (id, index, version, status) in [(&corrected, 0, 2, "CREATED"), (&held, 2, 1, "ON_HOLD")] {
        let order = api.order(id).await;
        assert_eq!((order.status, page["items"][index].clone()), (200, order.json()), "{}", order.body);
        assert_eq!((&order.json()["version"], &order.json()["status"]), (&json!(version), &json!(status)));
    }
    let refused = api.change(&held, 1, "PAID", &[]).await.problem(422, "invalid-transition");
    assert_eq!((&refused["current_status"], &refused["allowed_statuses"]), (&json!("ON_HOLD"), &json!([])));

    assert_eq!(api.change(&corrected, 2, "PAID", &[]).await.status, 200);
    let document = system.orders().await.find_one(doc! { "_id": &corrected }).await.expect("a response");
    let document = document.expect("an order");
    assert_eq!(document.get_array("parcels").expect("an array").len(), 1);
    let history = document.get_array("history").expect("an array");
    assert_eq!(history[1].as_document().expect("a step").get_str("actor").expect("an actor"), "someone");
    assert_eq!(history.len(), 3);
}

#[tokio::test]
async fn an_unreadable_order_hides_no_other_order_and_is_reported() {
    for changes in [
        doc! { "items": Bson::Null },
        doc! { "status": "LOST" },
        doc! { "history": [] },
        doc! { "amount_total": "19.98" },
        doc! { "version": 7_i64 },
        doc! { "created_at": "yesterday" },
    ] {
        let system = System::builder().start();
        let api = system.api();
        let ids = orders_with(&system, 4, 1, changes.clone()).await;
        let _ = api.order(&ids[1]).await.problem(500, "internal");
        let page = listed(&api, "limit=5").await;
        let found: Vec<_> =
            page["items"].as_array().expect("items").iter().map(|o| o["order_id"].clone()).collect();
        assert_eq!(found, [ids[0].as_str(), &ids[2], &ids[3]], "{changes}");
        assert_eq!(page["unreadable"], serde_json::json!([ids[1]]), "{changes}");
        let log = std::fs::read_to_string(log_file("list-orders")).expect("a log");
        let line = log.lines().find(|line| line.contains(&ids[1]) && line.contains("unreadable"));
        assert!(line.is_some_and(|line| line.contains("\"ERROR\"")), "{changes}: {line:?}");

        for limit in 1..=4 {
            let (seen, unreadable) = all_pages(&api, limit).await;
            assert_eq!(
                (seen, unreadable),
                (vec![ids[0].clone(), ids[2].clone(), ids[3].clone()], 1),
                "{changes}"
            );
        }
    }
}

/// Returns the orders on all pages of a size, and the number of those that can't be read.
async fn all_pages(api: &Api, limit: usize) -> (Vec<String>, usize) {
    let (mut path, mut seen, mut unreadable) = (format!("limit={limit}"), Vec::new(), 0);
    loop {
        let page = listed(api, &path).await;
        let items = page["items"].as_array().expect("items");
        seen.extend(items.iter().map(|order| order["order_id"].as_str().expect("an id").to_owned()));
        unreadable += page["unreadable"].as_array().map_or(0, Vec::len);
        let Some(cursor) = page["next_cursor"].as_str() else { return (seen, unreadable) };
        path = format!("limit={limit}&cursor={cursor}");
    }
}

#[tokio::test]
async fn a_document_whose_id_is_not_that_of_an_order_ends_no_listing() {
    let system = System::builder().start();
    let api = system.api();
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, api.new_order_of("c-1").await["order_id"].as_str().expect("an id").to_owned());
    }
    let orders = system.orders().await;
    let document = orders.find_one(doc! { "_id": &ids[1] }).await.expect("a response").expect("the order");
    // After, before and between the orders; in capitals; and of another type.
    let between = format!("{}z", &ids[1][..35]);
    let others = ["zzz".into(), "0".into(), between.into(), ids[1].to_uppercase().into()];
    for other in others.into_iter().chain([Bson::Int32(7)]) {
        let mut copy = document.clone();
        copy.insert("_id", other);
        orders.insert_one(copy).await.expect("a response");
    }
    for limit in 1..=4 {
        assert_eq!(all_pages(&api, limit).await.0, ids, "{limit}");
        let of_customer = listed(&api, &format!("customer_id=c-1&limit={limit}")).await;
        assert_eq!(of_customer["items"].as_array().map(Vec::len), Some(limit.min(3)));
    }
    let log = std::fs::read_to_string(log_file("list-orders")).expect("a log");
    assert!(log.lines().any(|line| line.contains("its id is not that of an order")), "reported");
}
