//! `GET /orders?sort=updated`: a system that follows all changes. The tests move the times of update into the past.

use mongodb::bson::{DateTime, doc};
use orders_tests::{Api, System};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// Sets the time of update of an order to a number of seconds ago.
async fn age(system: &System, id: &str, seconds: u64) {
    let time = SystemTime::now() - Duration::from_secs(seconds);
    let set = doc! { "$set": { "updated_at": DateTime::from(time) } };
    let updated = system.orders().await.update_one(doc! { "_id": id }, set).await.expect("a response");
    assert_eq!(updated.matched_count, 1);
}

async fn list(api: &Api, query: &str) -> Value {
    let reply = api.get(&format!("/orders?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items.iter().map(|order| order["order_id"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn a_reader_who_follows_the_changes_sees_each_order_at_its_latest_version() {
    let system = System::builder().start();
    system.migrate().await;
    let api = system.api();
    let mut created = Vec::new();
    for seconds in [500, 400, 300, 200, 30] {
        let id = api.new_order().await.order_id();
        age(&system, &id, seconds).await;
        created.push(id);
    }
    let page = list(&api, "sort=updated").await;
    assert_eq!(ids(&page), &created[..4], "all but the one that is too recent");
    assert_eq!(page.get("next_cursor"), None);

    // While the reader turns the pages, the first order changes, and moves to the end.
    let page = list(&api, "sort=updated&limit=2").await;
    assert_eq!(ids(&page), &created[..2]);
    assert_eq!(api.change(&created[0], 1, "PAID", &[]).await.status, 200);
    let cursor = page["next_cursor"].as_str().expect("a cursor").to_owned();
    let page = list(&api, &format!("sort=updated&limit=2&cursor={cursor}")).await;
    assert_eq!((ids(&page), page.get("next_cursor")), (vec![&*created[2], &created[3]], None));

    // A minute later, the next round begins after the last order of the previous one.
    age(&system, &created[4], 90).await;
    age(&system, &created[0], 61).await;
    let bookmark = page["items"][1]["updated_at"].as_str().expect("a time").to_owned();
    let page = list(&api, &format!("updated_after={bookmark}")).await;
    assert_eq!(ids(&page), [&created[4], &created[0]]);
    assert_eq!((&page["items"][1]["version"], &page["items"][1]["status"]), (&json!(2), &json!("PAID")));
    let last = page["items"][1]["updated_at"].as_str().expect("a time");
    let page = list(&api, &format!("updated_after={bookmark}&updated_before={last}")).await;
    assert_eq!(ids(&page), [&created[4]]);
}

#[tokio::test]
async fn a_document_whose_id_is_not_that_of_an_order_hides_no_other() {
    let system = System::builder().start();
    system.migrate().await;
    let (api, orders) = (system.api(), system.orders().await);
    let mut created = Vec::new();
    for seconds in [500, 400, 300] {
        let id = api.new_order().await.order_id();
        age(&system, &id, seconds).await;
        created.push(id);
    }
    let order = orders.find_one(doc! { "_id": &created[1] }).await.expect("a response").expect("the order");
    for suffix in ["a", "b", "c"] {
        let mut nameless = order.clone();
        nameless.insert("_id", format!("{}{suffix}", created[1]));
        nameless.remove("number_key");
        orders.insert_one(nameless).await.expect("inserted");
    }
    let mut unreadable = order;
    unreadable.insert("_id", "01990000-0000-7000-8000-000000000000");
    unreadable.insert("items", "none");
    unreadable.remove("number_key");
    orders.insert_one(unreadable).await.expect("inserted");
    let (mut seen, mut left_out, mut path) = (Vec::new(), Vec::new(), "sort=updated&limit=1".to_owned());
    loop {
        let page = list(&api, &path).await;
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        left_out.extend(page["unreadable"].as_array().cloned().unwrap_or_default());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("sort=updated&limit=1&cursor={cursor}");
    }
    assert_eq!(seen, created);
    assert_eq!(left_out, ["01990000-0000-7000-8000-000000000000"]);
}
