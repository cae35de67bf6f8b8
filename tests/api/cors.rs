//! CORS: pages of other origins.

use http::Method;
use orders_tests::{Api, GOOD_ORDER, Reply, System, fresh_key};

async fn sent(api: &Api, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
    api.send(method, path, headers, "").await
}

#[tokio::test]
async fn pages_of_allowed_origins_can_call_the_api_and_read_its_responses() {
    let system = System::builder().env("CORS_ORIGINS", "https://shop.example,http://localhost:3000").start();
    let api = system.api();
    for origin in ["https://shop.example", "http://localhost:3000"] {
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        let reply = sent(&api, Method::OPTIONS, "/orders", &preflight).await;
        assert_eq!(reply.status, 204);
        assert_eq!(reply.header("access-control-allow-origin"), Some(origin));
        assert_eq!(reply.header("vary"), Some("origin"));
        assert!(reply.header("access-control-allow-methods").is_some_and(|list| list.contains("PATCH")));
        for name in ["idempotency-key", "prefer"] {
            let allowed = reply.header("access-control-allow-headers");
            assert!(allowed.is_some_and(|list| list.split(", ").any(|it| it == name)), "{allowed:?}");
        }
        assert_eq!(reply.header("access-control-max-age"), Some("600"));

        let key = fresh_key();
        let headers = [("origin", origin), ("content-type", "application/json"), ("idempotency-key", &key)];
        let created = api.send(Method::POST, "/orders", &headers, GOOD_ORDER.to_string()).await;
        assert_eq!((created.status, created.header("access-control-allow-origin")), (201, Some(origin)));
        for name in ["location", "preference-applied"] {
            let exposed = created.header("access-control-expose-headers");
            assert!(exposed.is_some_and(|list| list.split(", ").any(|it| it == name)), "{exposed:?}");
        }
        // A page must be able to read errors, too.
        let invalid = api.send(Method::POST, "/orders", &headers[..2], "{}").await;
        assert_eq!((invalid.status, invalid.header("access-control-allow-origin")), (400, Some(origin)));
    }
    for other in ["https://shop.example.evil", "http://shop.example", "null"] {
        let reply = sent(&api, Method::GET, "/healthz", &[("origin", other)]).await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, None), "{other}");
    }
}

#[tokio::test]
async fn no_cache_returns_the_response_for_one_origin_to_another() {
    let systems = ["https://shop.example", "*", ""]
        .map(|origins| System::builder().env("CORS_ORIGINS", origins).start());
    for system in systems {
        let api = system.api();
        let id = api.new_order().await.order_id();
        let order = format!("/orders/{id}");
        for path in ["/openapi.json", "/docs", "/orders", "/healthz", "/nowhere", order.as_str()] {
            for headers in
                [&[][..], &[("origin", "https://shop.example")], &[("origin", "https://other.example")]]
            {
                for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT] {
                    let reply = sent(&api, method.clone(), path, headers).await;
                    assert_eq!(reply.header("vary"), Some("origin"), "{method} {path} {headers:?}");
                }
            }
        }
        let unchanged = sent(&api, Method::GET, &order, &[("if-none-match", "*")]).await;
        assert_eq!((unchanged.status, unchanged.header("vary")), (304, Some("origin")));
    }
}
