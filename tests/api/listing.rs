//! `GET /orders`.

use http::Method;
use orders_tests::{Api, GOOD_ORDER, Reply, System, fresh_key};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A system of its own, with indexes, so that nobody else's orders are listed.
async fn system() -> System {
    let system = System::builder().start();
    system.migrate().await;
    system
}

async fn order_of(api: &Api, customer: &str) -> Value {
    let mut order = GOOD_ORDER.clone();
    order["customer_id"] = customer.into();
    let reply = api.create(&fresh_key(), &order).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()
}

fn ids(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let items = reply.json()["items"].as_array().expect("items").clone();
    items.iter().map(|order| order["order_id"].as_str().expect("an id").to_owned()).collect()
}

/// Every page from a path on, by its `Link`.
async fn pages(api: &Api, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut path) = (Vec::new(), path.to_owned());
    loop {
        let reply = api.get(&path).await;
        pages.push(ids(&reply));
        let Some(link) = reply.header("link") else {
            assert_eq!(reply.json().get("next_cursor"), None, "no cursor on the last page");
            return pages;
        };
        let cursor = reply.json()["next_cursor"].as_str().expect("a cursor").to_owned();
        let query = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).expect(link);
        assert!(query.contains(&cursor), "{link}");
        path = format!("/orders{query}");
    }
}

#[tokio::test]
async fn orders_are_listed_newest_first_as_they_are_read_one_by_one() {
    let system = system().await;
    let api = system.api();
    assert_eq!(api.get("/orders").await.json(), json!({ "items": [] }));
    let mut created = Vec::new();
    for _ in 0..3 {
        created.push(order_of(&api, "c-1").await);
    }
    created.reverse();
    let listed = api.get("/orders").await;
    assert_eq!(listed.json(), json!({ "items": created }));
    assert_eq!(listed.header("content-type"), Some("application/json"));
    let id = created[0]["order_id"].as_str().expect("an id");
    assert_eq!(listed.json()["items"][0], api.order(id).await.json());
}

#[tokio::test]
async fn pages_have_every_order_once_however_large_they_are() {
    let system = system().await;
    let api = system.api();
    let mut created = Vec::new();
    for _ in 0..7 {
        created.push(order_of(&api, "c-1").await["order_id"].as_str().expect("an id").to_owned());
    }
    created.reverse();
    for (limit, sizes) in [(1, vec![1; 7]), (3, vec![3, 3, 1]), (7, vec![7]), (100, vec![7])] {
        let pages = pages(&api, &format!("/orders?limit={limit}")).await;
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "limit {limit}");
        assert_eq!(pages.concat(), created);
    }
}

#[tokio::test]
async fn pages_stay_what_they_are_while_orders_are_being_created() {
    let system = system().await;
    let api = system.api();
    let mut before = BTreeSet::new();
    for _ in 0..6 {
        before.insert(order_of(&api, "c-1").await["order_id"].as_str().expect("an id").to_owned());
    }
    let mut path = "/orders?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let reply = api.get(&path).await;
        seen.extend(ids(&reply));
        order_of(&api, "c-1").await;
        let Some(cursor) = reply.json()["next_cursor"].as_str().map(str::to_owned) else { break };
        path = format!("/orders?limit=2&cursor={cursor}");
    }
    assert_eq!(seen.len(), 6, "none twice, none that came later");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), before);
}

#[tokio::test]
async fn filters_hold_by_themselves_and_together() {
    let system = system().await;
    let api = system.api();
    let (a, b, a2) = (order_of(&api, "a").await, order_of(&api, "b").await, order_of(&api, "a").await);
    let id = |order: &Value| order["order_id"].as_str().expect("an id").to_owned();
    assert_eq!(api.change(&id(&a), 1, "PAID", &[]).await.status, 200);
    assert_eq!(api.change(&id(&b), 1, "PAID", &[]).await.status, 200);
    let listed = async |query: &str| ids(&api.get(&format!("/orders?{query}")).await);
    assert_eq!(listed("customer_id=a").await, [id(&a2), id(&a)]);
    assert_eq!(listed("status=PAID").await, [id(&b), id(&a)]);
    assert_eq!(listed("customer_id=a&status=PAID").await, [id(&a)]);
    assert_eq!(listed("customer_id=nobody").await, [""; 0]);

    let created_at = |order: &Value| order["created_at"].as_str().expect("a time").to_owned();
    let (first, last) = (created_at(&a), created_at(&a2));
    assert!(!listed(&format!("created_after={first}")).await.contains(&id(&a)), "not at the moment itself");
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

#[tokio::test]
async fn a_cursor_belongs_to_its_filters_and_bears_no_change() {
    let system = system().await;
    let api = system.api();
    for _ in 0..3 {
        order_of(&api, "a").await;
    }
    let first = api.get("/orders?customer_id=a&limit=1").await;
    let cursor = first.json()["next_cursor"].as_str().expect("a cursor").to_owned();
    assert_eq!(ids(&api.get(&format!("/orders?customer_id=a&limit=2&cursor={cursor}")).await).len(), 2);
    let swapped = if cursor.ends_with('A') { "B" } else { "A" };
    let tampered = format!("{}{swapped}", &cursor[..cursor.len() - 1]);
    for query in [
        format!("cursor={cursor}"),
        format!("customer_id=b&cursor={cursor}"),
        format!("customer_id=a&status=CREATED&cursor={cursor}"),
        format!("customer_id=a&cursor={tampered}"),
        "cursor=".to_owned(),
        "cursor=x".to_owned(),
    ] {
        let problem = api.get(&format!("/orders?{query}")).await.problem(400, "invalid-parameters");
        assert_eq!(problem["errors"][0]["parameter"], "cursor", "{query}: {problem}");
    }
}

#[tokio::test]
async fn bad_parameters_are_named_every_one() {
    let api = System::shared().api();
    let query = "limit=0&status=paid&created_after=now&created_before=2026-01-01&customer_id=&page=1&limit=2";
    let problem = api.get(&format!("/orders?{query}")).await.problem(400, "invalid-parameters");
    let named: Vec<_> = problem["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|fault| fault["parameter"].clone())
        .collect();
    assert_eq!(named, ["customer_id", "status", "created_after", "created_before", "limit", "page"]);
}

#[tokio::test]
async fn both_payload_formats_carry_the_query() {
    let system = System::shared_v1();
    system.migrate().await;
    let api = system.api();
    let customer = fresh_key();
    let mine = order_of(&api, &customer).await;
    let listed = api.send(Method::GET, &format!("/orders?limit=1&customer_id={customer}"), &[], "").await;
    assert_eq!(ids(&listed), [mine["order_id"].as_str().expect("an id")]);
    let problem = api.get("/orders?limit=1&limit=2").await.problem(400, "invalid-parameters");
    assert_eq!(problem["errors"], json!([{ "parameter": "limit", "detail": "must be given once" }]));
}
