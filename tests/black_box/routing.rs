//! Routes and methods that aren't there, and what every answer has.

use crate::apis;
use http::Method;

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    for api in apis().await {
        for path in ["/", "/order", "/orders/1/items", "/orders/", "/favicon.ico", "/%00"] {
            let problem = api.get(path).await.problem(404, "route-not-found");
            assert_eq!(problem["instance"], path);
        }
    }
}

#[tokio::test]
async fn another_method_is_told_which_ones_there_are() {
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
async fn every_answer_has_the_request_id_of_the_caller_if_it_is_sane() {
    for api in apis().await {
        for path in ["/healthz", "/nowhere", "/orders/1"] {
            let reply = api.send(Method::GET, path, &[("x-request-id", "abc.1:2-3_4")], "").await;
            assert_eq!(reply.header("x-request-id"), Some("abc.1:2-3_4"), "{path}");
            for insane in ["a b", "{}", &"a".repeat(129)] {
                let reply = api.send(Method::GET, path, &[("x-request-id", insane)], "").await;
                let made = reply.header("x-request-id").expect("an id");
                assert!(made != insane && uuid::Uuid::parse_str(made).is_ok(), "{made}");
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
