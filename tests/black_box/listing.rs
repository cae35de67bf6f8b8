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

#[tokio::test]
async fn malformed_percent_encoding_is_an_error_of_its_parameter() {
    // API Gateway decodes the query of format 1.0. What it can't decode is not known, except for U+FFFD.
    let [v1, v2] =
        [&["%FF", "%C3", "a%ED%A0%80"][..], &["%ZZ", "%", "%1", "a%2", "%FF", "%C3", "a%ED%A0%80"]];
    for (api, malformed) in apis().await.into_iter().zip([v2, v1]) {
        for value in malformed {
            for parameter in ["customer_id", "status", "limit", "created_after", "cursor"] {
                let reply = api.get(&format!("/orders?{parameter}={value}&page=1")).await;
                let problem = reply.problem(400, "invalid-parameters");
                let named = |index: usize| problem["errors"][index]["parameter"].clone();
                assert_eq!([named(0), named(1)], [parameter, "page"], "{value}");
                assert!(
                    problem["errors"][0]["detail"].as_str().is_some_and(|detail| detail.contains("encoding")),
                    "{problem}"
                );
            }
            let problem = api.get(&format!("/orders?{value}=1")).await.problem(400, "invalid-parameters");
            assert!(
                problem["errors"][0]["detail"].as_str().is_some_and(|it| it.contains("encoding")),
                "{problem}"
            );
        }
        // The character U+FFFD itself, and escapes of any kind of character.
        let customer = fresh_key();
        api.new_order_of(&format!("{customer}/&+%ü")).await;
        let listed = api.get(&format!("/orders?customer_id={customer}%2F%26%2b%25%C3%BC")).await;
        assert_eq!(listed.order_ids().len(), 1);
    }
}

#[tokio::test]
async fn a_plus_sign_that_was_not_escaped_is_named_as_the_cause() {
    for api in apis().await {
        for time in ["2026-01-31T09:30:00+00:00", "2026-01-31T09:30:00.123+02:00"] {
            for parameter in ["created_after", "created_before"] {
                let problem =
                    api.get(&format!("/orders?{parameter}={time}")).await.problem(400, "invalid-parameters");
                let detail = problem["errors"][0]["detail"].as_str().expect("a detail");
                assert!(detail.contains('+') && detail.contains("%2B"), "{detail}");
                let escaped = time.replace('+', "%2B");
                assert_eq!(api.get(&format!("/orders?{parameter}={escaped}")).await.status, 200);
            }
        }
        let problem = api.get("/orders?created_after=a+b").await.problem(400, "invalid-parameters");
        assert!(!problem["errors"][0]["detail"].as_str().expect("a detail").contains("%2B"), "{problem}");
    }
}

#[tokio::test]
async fn a_bound_between_two_milliseconds_cuts_nothing_off() {
    for api in apis().await {
        let customer = fresh_key();
        let created_at = api.new_order_of(&customer).await["created_at"].as_str().expect("a time").to_owned();
        let millisecond = created_at.trim_end_matches('Z');
        let listed = async |condition: String| {
            api.get(&format!("/orders?customer_id={customer}&{condition}")).await.order_ids().len()
        };
        for (condition, count) in [
            (format!("created_before={millisecond}999Z"), 1),
            (format!("created_before={millisecond}000001Z"), 1),
            (format!("created_before={millisecond}000000000001Z"), 1),
            (format!("created_before={millisecond}000Z"), 0),
            (format!("created_before={millisecond}Z"), 0),
            (format!("created_after={millisecond}999Z"), 0),
            (format!("created_after={millisecond}Z"), 0),
        ] {
            assert_eq!(listed(condition.clone()).await, count, "{condition}");
        }
    }
}
