//! `GET /orders` on a database with the orders of one test.

use orders_tests::{RotatingSecret, System, eventually};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A separate system, with indexes.
async fn system() -> System {
    let system = System::builder().start();
    system.migrate().await;
    system
}

#[tokio::test]
async fn orders_are_listed_newest_first_and_equal_the_single_orders() {
    let system = system().await;
    let api = system.api();
    assert_eq!(api.get("/orders").await.json(), json!({ "items": [] }));
    let mut created = Vec::new();
    for _ in 0..3 {
        created.push(api.new_order_of("c-1").await);
    }
    created.reverse();
    let listed = api.get("/orders").await;
    assert_eq!(listed.json(), json!({ "items": created }));
    assert_eq!(listed.header("content-type"), Some("application/json"));
    let id = created[0]["order_id"].as_str().expect("an id");
    assert_eq!(listed.json()["items"][0], api.order(id).await.json());
}

#[tokio::test]
async fn pages_are_stable_while_orders_are_created() {
    let system = system().await;
    let api = system.api();
    let mut before = BTreeSet::new();
    for _ in 0..6 {
        before.insert(api.new_order_of("c-1").await["order_id"].as_str().expect("an id").to_owned());
    }
    let mut path = "/orders?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let reply = api.get(&path).await;
        seen.extend(reply.order_ids());
        api.new_order_of("c-1").await;
        let Some(cursor) = reply.json()["next_cursor"].as_str().map(str::to_owned) else { break };
        path = format!("/orders?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 6, "no duplicates, no later orders");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), before);
}

#[tokio::test]
async fn a_new_key_of_the_cursors_reaches_running_instances_and_keeps_cursors_valid() {
    let key = RotatingSecret::create(&json!("the first key of the cursors")).await;
    let start = async || {
        let system = System::builder().env("CURSOR_KEY_ARN", &key.arn).start();
        for _ in 0..2 {
            system.api().new_order_of("c-1").await;
        }
        system
    };
    let cursor_of = async |system: &System| {
        let page = system.api().get("/orders?limit=1").await;
        page.json()["next_cursor"].as_str().expect("a cursor").to_owned()
    };
    let accepts = async |system: &System, cursor: &str| {
        system.api().get(&format!("/orders?limit=1&cursor={cursor}")).await.status == 200
    };
    let before = start().await;
    let old = cursor_of(&before).await;
    key.replace("the second key of the cursors").await;
    let after = start().await;
    let new = cursor_of(&after).await;
    assert!(accepts(&after, &old).await, "a cursor in use");
    // The running instance reads the secret again, but not for each unknown cursor.
    eventually("the new key is accepted", async || accepts(&before, &new).await.then_some(())).await;
    assert!(accepts(&before, &old).await && accepts(&after, &cursor_of(&before).await).await);
}

#[tokio::test]
async fn filters_apply_alone_and_combined() {
    let system = system().await;
    let api = system.api();
    let (a, b, a2) = (api.new_order_of("a").await, api.new_order_of("b").await, api.new_order_of("a").await);
    let id = |order: &Value| order["order_id"].as_str().expect("an id").to_owned();
    assert_eq!(api.change(&id(&a), 1, "PAID", &[]).await.status, 200);
    assert_eq!(api.change(&id(&b), 1, "PAID", &[]).await.status, 200);
    let listed = async |query: &str| api.get(&format!("/orders?{query}")).await.order_ids();
    assert_eq!(listed("customer_id=a").await, [id(&a2), id(&a)]);
    assert_eq!(listed("status=PAID").await, [id(&b), id(&a)]);
    assert_eq!(listed("customer_id=a&status=PAID").await, [id(&a)]);
    assert_eq!(listed("customer_id=nobody").await, [""; 0]);

    let created_at = |order: &Value| order["created_at"].as_str().expect("a time").to_owned();
    let (first, last) = (created_at(&a), created_at(&a2));
    assert!(!listed(&format!("created_after={first}")).await.contains(&id(&a)), "the bound is exclusive");
    assert!(!listed(&format!("created_before={last}")).await.contains(&id(&a2)));
    assert_eq!(listed(&format!("created_before={first}")).await, [""; 0]);
    assert_eq!(
        listed("created_after=2000-01-01T00:00:00Z&created_before=2001-01-01T00:00:00Z").await,
        [""; 0]
    );
    let wide = "created_after=2000-01-01T00:00:00Z&created_before=2999-01-01T00:00:00%2B02:00";
    assert_eq!(listed(wide).await.len(), 3);
    assert_eq!(listed(&format!("{wide}&customer_id=a&status=PAID&limit=1")).await, [id(&a)]);
}
