//! `GET /orders/{id}`.

use crate::apis;
use http::Method;

#[tokio::test]
async fn an_order_is_returned_with_its_version() {
    for api in apis().await {
        let created = api.new_order().await;
        let read = api.order(&created.order_id()).await;
        assert_eq!((read.status, &read.body), (200, &created.body));
        assert_eq!(read.header("etag"), Some("\"1\""));
        assert_eq!(read.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn a_known_version_returns_304() {
    for api in apis().await {
        let path = format!("/orders/{}", api.new_order().await.order_id());
        for (if_none_match, status) in
            [("\"1\"", 304), ("W/\"1\"", 304), ("\"0\", \"1\"", 304), ("*", 304), ("\"2\"", 200), ("1", 200)]
        {
            let reply = api.send(Method::GET, &path, &[("if-none-match", if_none_match)], "").await;
            assert_eq!(reply.status, status, "{if_none_match}");
            assert_eq!(reply.header("etag"), Some("\"1\""));
            assert_eq!(reply.body.is_empty(), status == 304);
        }
    }
}

#[tokio::test]
async fn an_unknown_order_returns_404() {
    for api in apis().await {
        for id in ["019c1363-49c0-7101-8101-010101010101", "1", "%00", "$where", "{}"] {
            let problem = api.order(id).await.problem(404, "order-not-found");
            assert_eq!(
                problem["instance"],
                format!("/orders/{}", id.replace('{', "%7B").replace('}', "%7D"))
            );
        }
    }
}
