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
async fn equivalent_urls_name_the_same_order() {
    for api in apis().await {
        let created = api.new_order().await;
        let id = created.order_id();
        for spelling in [id.replace('-', "%2D"), id.replace('-', "%2d"), format!("%30{}", &id[1..])] {
            let read = api.order(&spelling).await;
            assert_eq!((read.status, &read.body), (200, &created.body), "{spelling}");
        }
        let _ = api.order(&format!("{id}%20")).await.problem(404, "order-not-found");
    }
}

#[tokio::test]
async fn the_scheme_of_a_chain_of_proxies_is_ignored() {
    for api in apis().await {
        let path = format!("/orders/{}", api.new_order().await.order_id());
        for schemes in [&["https,http"][..], &["https", "http"], &["ftp://x"]] {
            let headers: Vec<_> = schemes.iter().map(|scheme| ("x-forwarded-proto", *scheme)).collect();
            assert_eq!(api.send(Method::GET, &path, &headers, "").await.status, 200, "{schemes:?}");
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
