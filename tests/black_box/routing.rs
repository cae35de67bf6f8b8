//! Unknown routes and methods, and headers of every response.

use crate::apis;
use http::Method;

#[tokio::test]
async fn an_unknown_path_returns_404() {
    for api in apis().await {
        for path in ["/", "/order", "/orders/1/items", "/orders/", "/favicon.ico", "/%00"] {
            let problem = api.get(path).await.problem(404, "route-not-found");
            assert_eq!(problem["instance"], path);
        }
    }
}

#[tokio::test]
async fn an_unknown_method_returns_the_allowed_ones() {
    for api in apis().await {
        for (method, path, allowed) in [
            (Method::PATCH, "/orders", "POST, GET, HEAD, OPTIONS"),
            (Method::DELETE, "/orders", "POST, GET, HEAD, OPTIONS"),
            (Method::PUT, "/orders/1", "GET, HEAD, PATCH, OPTIONS"),
            (Method::POST, "/orders/1", "GET, HEAD, PATCH, OPTIONS"),
            (Method::POST, "/health", "GET, HEAD, OPTIONS"),
        ] {
            let reply = api.send(method, path, &[], "").await;
            let _ = reply.problem(405, "method-not-allowed");
            assert_eq!(reply.header("allow"), Some(allowed));
        }
    }
}

#[tokio::test]
async fn every_response_has_the_request_id_of_the_caller_if_it_is_valid() {
    for api in apis().await {
        for path in ["/healthz", "/nowhere", "/orders/1"] {
            let reply = api.send(Method::GET, path, &[("x-request-id", "abc.1:2-3_4")], "").await;
            assert_eq!(reply.header("x-request-id"), Some("abc.1:2-3_4"), "{path}");
            for invalid in ["a b", "{}", &"a".repeat(129)] {
                let reply = api.send(Method::GET, path, &[("x-request-id", invalid)], "").await;
                let generated = reply.header("x-request-id").expect("an id");
                assert!(generated != invalid && uuid::Uuid::parse_str(generated).is_ok(), "{generated}");
            }
        }
    }
}

#[tokio::test]
async fn a_problem_names_the_trace_of_the_request() {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for api in apis().await {
        let reply = api.send(Method::GET, "/orders/1", &[("traceparent", traceparent)], "").await;
        assert_eq!(reply.problem(404, "order-not-found")["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    }
}
