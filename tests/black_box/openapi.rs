//! The document and the page. That every answer keeps to the document, the harness sees to.

use crate::apis;
use platform_http::ROUTES;
use std::collections::BTreeSet;

#[tokio::test]
async fn the_document_is_openapi_3_1_and_has_every_route_and_no_other() {
    for api in apis().await {
        let reply = api.get("/openapi.json").await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
        assert_eq!(reply.json(), orders_openapi::document());
    }
    let document = orders_openapi::document();
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
async fn the_page_loads_nothing_from_anybody_else() {
    for api in apis().await {
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
