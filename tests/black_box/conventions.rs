//! Conventions of every route: `HEAD`, `OPTIONS`, caching.

use crate::apis;
use http::Method;
use orders_tests::{Api, Reply};

async fn send(api: &Api, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    api.send(method, path, headers, "").await
}

#[tokio::test]
async fn head_equals_get_without_the_body() {
    for api in apis().await {
        let id = api.new_order().await.order_id();
        for path in [
            format!("/orders/{id}"),
            format!("/orders?customer_id={id}"),
            "/healthz".into(),
            "/health".into(),
        ] {
            let (get, head) = (api.get(&path).await, send(&api, Method::HEAD, &path, &[]).await);
            assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
            for name in ["content-type", "etag", "cache-control", "link"] {
                assert_eq!(head.header(name), get.header(name), "{path} {name}");
            }
        }
        let missing = send(&api, Method::HEAD, "/orders/01a1f000-0000-7000-8000-000000000000", &[]).await;
        assert_eq!((missing.status, missing.body.as_str()), (404, ""));
        assert_eq!(missing.header("content-type"), Some("application/problem+json"));
    }
}

#[tokio::test]
async fn options_lists_the_methods_of_a_path() {
    for api in apis().await {
        for (path, allow) in [
            ("/orders", "POST, GET, HEAD, OPTIONS"),
            ("/orders/1", "GET, HEAD, PATCH, OPTIONS"),
            ("/healthz", "GET, HEAD, OPTIONS"),
        ] {
            let reply = send(&api, Method::OPTIONS, path, &[("origin", "https://shop.example")]).await;
            assert_eq!((reply.status, reply.header("allow")), (204, Some(allow)));
            assert_eq!(reply.header("access-control-allow-origin"), None, "no origin is allowed by default");
        }
        let _ = send(&api, Method::OPTIONS, "/nowhere", &[]).await.problem(404, "route-not-found");
    }
}

#[tokio::test]
async fn only_orders_can_be_cached_and_must_be_revalidated() {
    for api in apis().await {
        let created = api.new_order().await;
        assert_eq!(created.header("cache-control"), Some("no-store"));
        let id = created.order_id();
        assert_eq!(api.order(&id).await.header("cache-control"), Some("private, no-cache"));
        let known = [("if-none-match", "\"1\"")];
        let unchanged = send(&api, Method::GET, &format!("/orders/{id}"), &known).await;
        assert_eq!((unchanged.status, unchanged.header("cache-control")), (304, Some("private, no-cache")));
        for path in ["/orders?limit=x", "/health", "/nowhere", "/orders/none"] {
            assert_eq!(api.get(path).await.header("cache-control"), Some("no-store"), "{path}");
        }
        let changed = api.change(&id, 1, "PAID", &[]).await;
        assert_eq!(changed.header("cache-control"), Some("no-store"));
    }
}
