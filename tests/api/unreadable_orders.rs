//! Stored orders from other releases, and documents that are no orders.

use mongodb::bson::{Bson, Document, doc};
use orders_tests::{Api, System, log_file};
use serde_json::Value;

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
        assert_eq!((page["items"].as_array().map(Vec::len), page.get("unreadable")), (Some(3), None));
        let changed = api.change(&ids[1], 1, "PAID", &[]).await;
        assert_eq!(changed.status, 200, "{changes}: {}", changed.body);
    }
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

        // Pages of any size reach every other order, also when the unreadable one is the last of a page.
        for limit in 1..=4 {
            let (mut path, mut seen, mut unreadable) = (format!("limit={limit}"), Vec::new(), 0);
            loop {
                let page = listed(&api, &path).await;
                let items = page["items"].as_array().expect("items");
                seen.extend(items.iter().map(|order| order["order_id"].as_str().expect("an id").to_owned()));
                unreadable += page["unreadable"].as_array().map_or(0, Vec::len);
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                path = format!("limit={limit}&cursor={cursor}");
            }
            assert_eq!(
                (seen, unreadable),
                (vec![ids[0].clone(), ids[2].clone(), ids[3].clone()], 1),
                "{changes}"
            );
        }
    }
}
