//! The OpenAPI document and the documentation page. The harness validates every response.

use crate::apis;
use std::collections::BTreeSet;

#[tokio::test]
async fn the_document_is_openapi_3_1_and_has_exactly_the_routes() {
    for client in apis().await {
        let reply = client.get("/openapi.json").await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
        assert_eq!(reply.json(), api::document());
    }
    let document = api::document();
    assert_eq!(document["openapi"], "3.1.0");
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().expect("methods").keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let in_code = api::ROUTES
        .iter()
        .flat_map(|route| route.methods.iter().map(|method| ((*method).to_owned(), route.path.to_owned())));
    assert_eq!(documented, in_code.collect());
    let ids: Vec<_> = document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .flat_map(|item| item.as_object().expect("methods").values())
        .map(|operation| operation["operationId"].as_str().expect("an id").to_owned())
        .collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "operation ids are unique: {ids:?}");
}

#[tokio::test]
async fn the_page_loads_only_files_of_the_api() {
    for client in apis().await {
        let page = client.get("/docs").await;
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
        let files: Vec<_> = loaded.collect();
        assert_eq!(files.len(), 6, "{files:?}");
        for file in files {
            let path = file.strip_prefix("./").unwrap_or_else(|| panic!("{file} is not a file of the API"));
            let reply = client.get(&format!("/{path}")).await;
            assert_eq!(reply.status, 200, "{path}");
            assert!(!reply.body.is_empty(), "{path}");
        }
        let start = client.get("/docs/swagger-initializer.js").await.body;
        assert!(start.contains("./openapi.json") && start.contains("\"none\""), "{start}");
        for missing in
            ["/docs/nothing.js", "/docs/index.html", "/docs/swagger-ui.css.map", "/docs/..%2fCargo.toml"]
        {
            let _ = client.get(missing).await.problem(404, "route-not-found");
        }
    }
}
