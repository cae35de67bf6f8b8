//! Bodies of `POST /orders`: what is accepted, and how the errors are reported.

use super::creating::{post, post_json};
use crate::apis;
use orders_tests::{GOOD_ORDER, fresh_key};
use serde_json::json;

#[tokio::test]
async fn every_error_in_a_body_is_reported_with_its_pointer() {
    for api in apis().await {
        let body = json!({"customer_id": 5, "currency": "usd", "surprise": true,
            "items": [{"sku": "", "qty": 0, "price": 9.99}, {"sku": "A", "qty": 1_000_000, "price": "-1"}]});
        let problem = post_json(&api, body.to_string()).await.problem(400, "invalid-body");
        let pointers: Vec<_> =
            problem["errors"].as_array().expect("errors").iter().map(|e| e["pointer"].clone()).collect();
        assert_eq!(
            pointers,
            [
                "/customer_id",
                "/currency",
                "/items/0/sku",
                "/items/0/qty",
                "/items/0/price",
                "/items/1/qty",
                "/items/1/price",
                "/surprise"
            ]
        );
        assert!(problem["errors"].as_array().expect("errors").iter().all(|e| e["detail"].is_string()));
    }
}

#[tokio::test]
async fn prices_must_fit_their_currency() {
    for api in apis().await {
        for (currency, price, total) in
            [("USD", "0.1", "0.20"), ("JPY", "100", "200"), ("BHD", "1.234", "2.468")]
        {
            let mut body = GOOD_ORDER.clone();
            body["currency"] = json!(currency);
            body["items"][0]["price"] = json!(price);
            assert_eq!(post_json(&api, body.to_string()).await.json()["amount_total"], total);
        }
        for (currency, price) in [("USD", "9.999"), ("JPY", "1.0"), ("USD", "1e3"), ("USD", "10000000000")] {
            let mut body = GOOD_ORDER.clone();
            body["currency"] = json!(currency);
            body["items"][0]["price"] = json!(price);
            let problem = post_json(&api, body.to_string()).await.problem(400, "invalid-body");
            assert_eq!(problem["errors"][0]["pointer"], "/items/0/price");
        }
    }
}

#[tokio::test]
async fn invalid_json_is_malformed() {
    for api in apis().await {
        for body in [&b""[..], b"{", b"[1,]", b"\xFF\xFE", b"{\"a\":01}", b"{\"a\":\"\\ud8\"}"] {
            let _ = post_json(&api, body).await.problem(400, "malformed-body");
        }
    }
}

#[tokio::test]
async fn numbers_of_any_size_and_values_of_any_depth_are_json() {
    let digits = "9".repeat(400);
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    for api in apis().await {
        for (items, pointer, detail) in [
            ("1e400".to_owned(), "/items", "must be an array, is a number"),
            ("-1e-400".to_owned(), "/items", "must be an array, is a number"),
            (
                format!(r#"[{{"sku":"A","qty":{digits},"price":"1"}}]"#),
                "/items/0/qty",
                "must be a whole number",
            ),
            (format!(r#"[{{"sku":"A","qty":1,"price":1e{digits}}}]"#), "/items/0/price", "must be a string"),
            (deep.clone(), "/items/0", "must be an object, is an array"),
            (format!(r#"[{{"sku":{deep},"qty":1,"price":"1"}}]"#), "/items/0/sku", "must be a string"),
            (r#"[{"sku":"\ud800","qty":1,"price":"1"}]"#.to_owned(), "/items/0/sku", "unpaired surrogate"),
            (format!(r#"[],"more":{deep}"#), "/more", "unknown field"),
        ] {
            let body = format!(r#"{{"customer_id":"","currency":"usd","items":{items}}}"#);
            let problem = post_json(&api, body).await.problem(400, "invalid-body");
            let errors = problem["errors"].as_array().expect("errors");
            let detail_at = |pointer: &str| {
                errors.iter().find(|error| error["pointer"] == pointer).and_then(|it| it["detail"].as_str())
            };
            assert!(detail_at(pointer).is_some_and(|it| it.contains(detail)), "{pointer} in {problem}");
            for other in ["/customer_id", "/currency"] {
                assert!(detail_at(other).is_some(), "every other error is listed: {problem}");
            }
        }
        let problem = post_json(&api, deep.clone()).await.problem(400, "invalid-body");
        assert_eq!(problem["errors"][0]["pointer"], "");
    }
}

#[tokio::test]
async fn an_integral_number_is_an_integer() {
    for api in apis().await {
        for quantity in ["2.0", "2e0", "20e-1", "0.2E+1", "2.000000000000000000000000000000"] {
            let body = GOOD_ORDER.to_string().replace("\"qty\":2", &format!("\"qty\":{quantity}"));
            let created = post_json(&api, body).await;
            assert_eq!(created.status, 201, "{quantity}: {}", created.body);
            assert_eq!(created.json()["items"][0]["qty"], 2, "{quantity}");
        }
        // Also beyond the precision of a floating-point number.
        for quantity in ["2.5", "2e-1", "999999.00000000000000000001", "1e6", "0.0", "-2.0"] {
            let body = GOOD_ORDER.to_string().replace("\"qty\":2", &format!("\"qty\":{quantity}"));
            let problem = post_json(&api, body).await.problem(400, "invalid-body");
            assert_eq!(problem["errors"][0]["pointer"], "/items/0/qty", "{quantity}");
        }
    }
}

#[tokio::test]
async fn only_current_currencies_are_accepted() {
    for api in apis().await {
        for (currency, price) in
            [("XCG", "1.00"), ("SLE", "1.00"), ("ZWG", "1.00"), ("VES", "1.00"), ("UYI", "1")]
        {
            let mut body = GOOD_ORDER.clone();
            body["currency"] = json!(currency);
            body["items"][0]["price"] = json!(price);
            let created = post_json(&api, body.to_string()).await;
            assert_eq!(created.status, 201, "{currency}: {}", created.body);
        }
        for currency in ["HRK", "SLL", "ZWL", "CUC", "BGN", "ANG", "DEM"] {
            let mut body = GOOD_ORDER.clone();
            body["currency"] = json!(currency);
            let problem = post_json(&api, body.to_string()).await.problem(400, "invalid-body");
            assert_eq!(problem["errors"][0]["pointer"], "/currency", "{currency}");
        }
    }
}

#[tokio::test]
async fn identifiers_have_no_outer_white_space_and_no_invisible_characters() {
    for api in apis().await {
        for text in [
            " ",
            "  ",
            " A",
            "A ",
            "A\u{a0}",
            "\u{3000}A",
            "A\u{2028}",
            "A\u{200b}1",
            "\u{feff}A",
            "A\u{202e}1",
            "A\u{2066}1",
            "A\u{ad}1",
            "A\u{200d}1",
        ] {
            let mut body = GOOD_ORDER.clone();
            body["customer_id"] = json!(text);
            body["items"][0]["sku"] = json!(text);
            let problem = post_json(&api, body.to_string()).await.problem(400, "invalid-body");
            let errors = problem["errors"].as_array().expect("errors");
            let pointers: Vec<_> = errors.iter().map(|error| error["pointer"].clone()).collect();
            assert_eq!(pointers, ["/customer_id", "/items/0/sku"], "{text:?}");
        }
        for text in ["A 1", "日本", "e\u{301}"] {
            let mut body = GOOD_ORDER.clone();
            body["customer_id"] = json!(text);
            body["items"][0]["sku"] = json!(text);
            let created = post_json(&api, body.to_string()).await;
            assert_eq!((created.status, &created.json()["customer_id"]), (201, &json!(text)));
        }
    }
}

#[tokio::test]
async fn a_body_can_have_256_kib_but_not_more() {
    for api in apis().await {
        let order = GOOD_ORDER.to_string();
        let largest = order.clone() + &" ".repeat(256 * 1024 - order.len());
        assert_eq!(post_json(&api, largest.clone()).await.status, 201);
        let _ = post_json(&api, largest + " ").await.problem(413, "body-too-large");
    }
}

#[tokio::test]
async fn only_json_is_accepted() {
    for api in apis().await {
        let key = fresh_key();
        let body = GOOD_ORDER.to_string();
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/xml"] {
            let headers = [("content-type", content_type), ("idempotency-key", key.as_str())];
            let _ = post(&api, &headers, body.clone()).await.problem(415, "unsupported-media-type");
        }
        let reply = post(&api, &[("idempotency-key", &key)], body.clone()).await;
        assert_eq!(reply.header("accept"), Some("application/json"));
        let _ = reply.problem(415, "unsupported-media-type");
        for charset in ["iso-8859-1", "utf-16"] {
            let content_type = format!("application/json; charset={charset}");
            let headers = [("content-type", content_type.as_str()), ("idempotency-key", &key)];
            let _ = post(&api, &headers, body.clone()).await.problem(415, "unsupported-media-type");
        }
        let headers =
            [("content-type", "application/json; charset=utf-8"), ("idempotency-key", key.as_str())];
        assert_eq!(post(&api, &headers, body).await.status, 201);
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused_with_the_accepted_coding() {
    // The JSON `{}`, compressed.
    const GZIP: &[u8] = &[31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 171, 174, 5, 0, 67, 191, 166, 163, 2, 0, 0, 0];
    for api in apis().await {
        let key = fresh_key();
        let headers = |coding| {
            [("content-type", "application/json"), ("idempotency-key", &key), ("content-encoding", coding)]
        };
        // Also when a gateway has decompressed the body and kept the header.
        for (coding, body) in [
            ("gzip", GZIP.to_vec()),
            ("br", GOOD_ORDER.to_string().into()),
            ("gzip, identity", GZIP.to_vec()),
        ] {
            let reply = post(&api, &headers(coding), body).await;
            assert_eq!(reply.header("accept-encoding"), Some("identity"), "{coding}");
            let _ = reply.problem(415, "unsupported-media-type");
        }
        let created = post(&api, &headers("identity"), GOOD_ORDER.to_string()).await;
        assert_eq!((created.status, created.header("idempotent-replayed")), (201, None), "{}", created.body);
    }
}

#[tokio::test]
async fn the_largest_order_is_stored_whole() {
    let text = |length: usize| "\u{10348}".repeat(length);
    let phone = "1".repeat(32);
    let address = json!({
        "name": text(128), "company": text(128), "line1": text(128), "line2": text(128), "city": text(128),
        "region": text(128), "postal_code": text(16), "country": "DE", "phone": phone,
    });
    let email = format!("{}@{}.de", "a".repeat(187), "b".repeat(63));
    let line =
        json!({ "kind": "fee", "label": text(128), "amount": "9999999999.99", "reference": text(128) });
    let item = json!({ "sku": text(64), "qty": 999_999, "price": "9999999999.99" });
    let metadata: serde_json::Map<_, _> =
        (10..30).map(|n| (text(62) + &n.to_string(), json!(text(500)))).collect();
    for api in apis().await {
        let body = json!({
            "customer_id": text(128), "currency": "USD", "items": vec![&item; 100], "lines": vec![&line; 50],
            "external_id": text(92) + &fresh_key(), "metadata": metadata,
            "shipping_address": address, "billing_address": address,
            "contact": { "email": email, "phone": phone },
        });
        let placed = api.create(&fresh_key(), &body).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        let order = placed.json();
        for member in body.as_object().expect("an object").keys() {
            assert_eq!(order[member], body[member], "{member}");
        }
        assert_eq!(api.order(&placed.order_id()).await.body, placed.body);
        assert_eq!(api.change(&placed.order_id(), 1, "PAID", &[]).await.status, 200);
        println!("the largest response has {} bytes", placed.body.len());
    }
}
