//! `GET /orders`: pages, cursors and invalid parameters.

use crate::apis;
use orders_tests::{Api, fresh_key};
use serde_json::json;

/// Returns all pages from a path on, by their `Link` headers.
async fn pages(api: &Api, path: &str) -> Vec<Vec<String>> {
    let (mut pages, mut path) = (Vec::new(), path.to_owned());
    loop {
        let reply = api.get(&path).await;
        pages.push(reply.order_ids());
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
async fn pages_of_any_size_contain_every_order_once() {
    for api in apis().await {
        let customer = fresh_key();
        let mut created = Vec::new();
        for _ in 0..7 {
            created.push(api.new_order_of(&customer).await["order_id"].as_str().expect("an id").to_owned());
        }
        created.reverse();
        for (limit, sizes) in [(1, vec![1; 7]), (3, vec![3, 3, 1]), (7, vec![7]), (100, vec![7])] {
            let pages = pages(&api, &format!("/orders?customer_id={customer}&limit={limit}")).await;
            assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "limit {limit}");
            assert_eq!(pages.concat(), created);
        }
    }
}

#[tokio::test]
async fn a_cursor_is_valid_only_unchanged_and_with_its_filters() {
    let customer = fresh_key();
    for api in apis().await {
        for _ in 0..3 {
            api.new_order_of(&customer).await;
        }
        let first = api.get(&format!("/orders?customer_id={customer}&limit=1")).await;
        let cursor = first.json()["next_cursor"].as_str().expect("a cursor").to_owned();
        assert_eq!(
            api.get(&format!("/orders?customer_id={customer}&limit=2&cursor={cursor}"))
                .await
                .order_ids()
                .len(),
            2
        );
        let swapped = if cursor.ends_with('A') { "B" } else { "A" };
        let tampered = format!("{}{swapped}", &cursor[..cursor.len() - 1]);
        for query in [
            format!("cursor={cursor}"),
            format!("customer_id=b&cursor={cursor}"),
            format!("customer_id={customer}&status=CREATED&cursor={cursor}"),
            format!("customer_id={customer}&cursor={tampered}"),
            "cursor=".to_owned(),
            "cursor=x".to_owned(),
        ] {
            let problem = api.get(&format!("/orders?{query}")).await.problem(400, "invalid-parameters");
            assert_eq!(problem["errors"][0]["parameter"], "cursor", "{query}: {problem}");
        }
    }
}

#[tokio::test]
async fn every_invalid_parameter_is_named() {
    for api in apis().await {
        let query =
            "limit=0&status=paid&created_after=now&created_before=2026-01-01&customer_id=&page=1&limit=2";
        let problem = api.get(&format!("/orders?{query}")).await.problem(400, "invalid-parameters");
        let named: Vec<_> = problem["errors"]
            .as_array()
            .expect("errors")
            .iter()
            .map(|error| error["parameter"].clone())
            .collect();
        assert_eq!(named, ["customer_id", "status", "created_after", "created_before", "limit", "page"]);
    }
}

#[tokio::test]
async fn a_query_reaches_the_function_unchanged() {
    for api in apis().await {
        let customer = fresh_key();
        let own = api.new_order_of(&customer).await;
        let listed = api.get(&format!("/orders?limit=1&customer_id={customer}")).await;
        assert_eq!(listed.order_ids(), [own["order_id"].as_str().expect("an id")]);
        let problem = api.get("/orders?limit=1&limit=2").await.problem(400, "invalid-parameters");
        assert_eq!(problem["errors"], json!([{ "parameter": "limit", "detail": "must not be repeated" }]));
    }
}
