//! The document and the page. That every answer keeps to the document, the harness sees to.

use http::Method;
use orders_http::ROUTES;
use orders_tests::{System, fresh_key};
use serde_json::Value;
use std::collections::BTreeSet;

async fn document() -> Value {
    let reply = System::shared().api().get("/openapi.json").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    reply.json()
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_has_every_route_and_no_other() {
    let document = document().await;
    assert_eq!(document, orders_openapi::document());
    assert_eq!(document["openapi"], "3.1.0");
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().expect("methods").keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    assert_eq!(documented, ROUTES.iter().map(|r| (r.method.to_owned(), r.path.to_owned())).collect());
    let ids: Vec<_> = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .flat_map(|item| item.as_object().expect("methods").values())
        .map(|operation| operation["operationId"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "names for clients: {ids:?}");
}

#[tokio::test]
async fn the_examples_of_requests_work_and_those_of_answers_are_what_comes() {
    let document = document().await;
    let example = |path: &str, method: &str| {
        document["paths"][path][method]["requestBody"]["content"]["application/json"]["example"].clone()
    };
    let answer = |path: &str, method: &str, status: &str| {
        document["paths"][path][method]["responses"][status]["content"]["application/json"]["example"].clone()
    };
    // All that differs from one order to the next.
    let timeless = |mut order: Value| {
        for member in ["order_id", "created_at", "updated_at"] {
            order[member] = Value::Null;
        }
        order
    };
    let system = System::builder().start();
    system.migrate().await;
    let api = system.api();
    let created = api.create(&fresh_key(), &example("/orders", "post")).await;
    assert_eq!(timeless(created.json()), timeless(answer("/orders", "post", "201")));
    let id = created.order_id();
    assert_eq!(timeless(api.order(&id).await.json()), timeless(answer("/orders/{id}", "get", "200")));
    let listed = api.get("/orders").await.json();
    let page = answer("/orders", "get", "200");
    assert_eq!(timeless(listed["items"][0].clone()), timeless(page["items"][0].clone()));
    let headers = [("content-type", "application/json"), ("if-match", "1")];
    let change = example("/orders/{id}", "patch").to_string();
    let changed = api.send(Method::PATCH, &format!("/orders/{id}"), &headers, change).await;
    assert_eq!(timeless(changed.json()), timeless(answer("/orders/{id}", "patch", "200")));
    for path in ["/health", "/ready", "/healthz"] {
        assert_eq!(api.get(path).await.json(), answer(path, "get", "200"), "{path}");
    }
}

#[tokio::test]
async fn the_page_loads_nothing_from_anybody_else() {
    for system in [System::shared(), System::shared_v1()] {
        let api = system.api();
        let page = api.get("/docs").await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let loaded = page.body.split(['\n', ' ']).filter_map(|attribute| {
            let value = attribute.strip_prefix("href=\"").or(attribute.strip_prefix("src=\""))?;
            value.split('"').next()
        });
        let parts: Vec<_> = loaded.collect();
        assert_eq!(parts.len(), 6, "{parts:?}");
        for part in parts {
            let path = part.strip_prefix("./").unwrap_or_else(|| panic!("{part} is not ours"));
            let file = api.get(&format!("/{path}")).await;
            assert_eq!(file.status, 200, "{path}");
            assert!(!file.body.is_empty(), "{path}");
        }
        let start = api.get("/docs/swagger-initializer.js").await.body;
        assert!(start.contains("./openapi.json") && start.contains("\"none\""), "{start}");
        for missing in
            ["/docs/nothing.js", "/docs/index.html", "/docs/swagger-ui.css.map", "/docs/..%2fCargo.toml"]
        {
            let _ = api.get(missing).await.problem(404, "route-not-found");
        }
    }
}
