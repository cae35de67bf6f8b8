//! Identities behind API Gateway: scopes, buyers, tenants, and what is logged of a caller.

use http::Method;
use orders_tests::{
    Api, GOOD_ORDER, IdempotencyTable, PayloadFormat, Reply, System, fresh_key, log_file, machine_token,
    person_token, unsigned_token,
};
use serde_json::{Value, json};
use std::sync::OnceLock;

const ALL: &str = "orders/orders:read orders/orders:write orders/orders:price orders/payments:write";
const BUYER: &str = "orders/orders:own orders/orders:price";

/// Returns the systems that require tokens, one for each payload format.
fn systems() -> [&'static System; 2] {
    static SYSTEMS: OnceLock<[System; 2]> = OnceLock::new();
    let start = |format| {
        let system = System::builder().format(format).env("AUTH", "token");
        system.env("SCOPE_PREFIX", "orders/").start()
    };
    SYSTEMS.get_or_init(|| [PayloadFormat::V2, PayloadFormat::V1].map(start)).each_ref()
}

fn order_of(customer: &str) -> Value {
    let mut order = GOOD_ORDER.clone();
    order["customer_id"] = customer.into();
    order
}

/// Returns a buyer of the tenant `acme` with a unique subject.
fn buyer(system: &System) -> (Api, String) {
    let subject = format!("buyer-{}", fresh_key());
    (system.api().with_token(&person_token("acme", &subject, BUYER)), subject)
}

#[tokio::test]
async fn personal_data_are_for_readers_and_corrected_by_writers() {
    for system in systems() {
        let staff = system.api().with_token(&machine_token("acme", "staff", ALL));
        let writer = system.api().with_token(&machine_token("acme", "writer", "orders/orders:write"));
        let (alice, of_alice) = buyer(system);
        let mut body = order_of(&of_alice);
        body["contact"] = json!({ "email": "a@example.com" });
        let placed = alice.create(&fresh_key(), &body).await;
        let id = placed.order_id();
        assert_eq!(alice.order(&id).await.json()["contact"], body["contact"]);
        let correction = json!({ "contact": { "email": "b@example.com" } });
        let refused = alice.patch(&id, 1, &correction, &[]).await.problem(403, "insufficient-scope");
        assert_eq!(refused["required_scopes"], json!(["orders:write"]));

        let by_writer = writer.patch(&id, 1, &correction, &[]).await;
        assert_eq!((by_writer.status, by_writer.json().get("contact")), (200, None), "{}", by_writer.body);
        assert_eq!(staff.order(&id).await.json()["contact"], correction["contact"]);
        let by_staff = staff.change(&id, 2, "PAID", &[]).await;
        assert_eq!(by_staff.json()["contact"], correction["contact"]);
        let cancelled = alice.change(&id, 3, "CANCELLED", &[]).await;
        assert_eq!(cancelled.json()["contact"], correction["contact"]);
    }
}

#[tokio::test]
async fn a_buyer_may_use_the_own_orders_only() {
    for system in systems() {
        let ((alice, of_alice), (bob, of_bob)) = (buyer(system), buyer(system));
        let staff = system.api().with_token(&machine_token("acme", "staff", ALL));
        let own = alice.create(&fresh_key(), &order_of(&of_alice)).await;
        assert_eq!(own.status, 201, "{}", own.body);
        let id = own.order_id();
        let foreign = alice.create(&fresh_key(), &order_of(&of_bob)).await.problem(403, "insufficient-scope");
        assert_eq!(foreign["required_scopes"], json!(["orders:write"]));

        assert_eq!(alice.order(&id).await.body, own.body);
        assert_eq!(staff.order(&id).await.body, own.body);
        // Another buyer can't tell the order from an unknown one, by no method.
        let unknown = "019c1363-49c0-7101-8101-010101010101";
        let without_ids = |reply: Reply| {
            let body = reply.json();
            (reply.status, body["type"].clone(), body["detail"].clone(), reply.body.len())
        };
        assert_eq!(without_ids(bob.order(&id).await), without_ids(bob.order(unknown).await));
        let cancel = async |id: &str| without_ids(bob.change(id, 1, "CANCELLED", &[]).await);
        assert_eq!(cancel(&id).await, cancel(unknown).await);
        assert_eq!(cancel(&id).await.0, 404);

        let listed = |reply: &Reply| reply.json()["items"].as_array().expect("a list").len();
        for path in ["/orders", &format!("/orders?customer_id={of_alice}")] {
            assert_eq!(listed(&alice.get(path).await), 1, "{path}");
        }
        assert_eq!(listed(&bob.get("/orders").await), 0);
        let other = bob.get(&format!("/orders?customer_id={of_alice}")).await;
        let _ = other.problem(403, "insufficient-scope");
        assert_eq!(listed(&staff.get(&format!("/orders?customer_id={of_alice}")).await), 1);

        let paid = alice.change(&id, 1, "PAID", &[]).await.problem(403, "insufficient-scope");
        assert_eq!(paid["required_scopes"], json!(["orders:write"]));
        let charge = json!({ "provider": "standard", "token": "tok" }).to_string();
        for (buyer, status) in [(&bob, 404), (&alice, 202)] {
            let (path, key) = (format!("/orders/{id}/payments"), fresh_key());
            let headers = [("idempotency-key", key.as_str()), ("content-type", "application/json")];
            let asked = buyer.send(Method::POST, &path, &headers, charge.clone()).await;
            assert_eq!(asked.status, status, "a buyer pays orders of his own: {}", asked.body);
        }
        assert_eq!(alice.change(&id, 2, "CANCELLED", &[]).await.json()["status"], "CANCELLED");
    }
}

#[tokio::test]
async fn keys_of_a_buyer_are_its_own() {
    for system in systems() {
        let ((alice, of_alice), (bob, of_bob)) = (buyer(system), buyer(system));
        let staff = system.api().with_token(&machine_token("acme", "staff", ALL));
        let key = fresh_key();
        let mut ids = Vec::new();
        for (caller, customer) in [(&alice, &of_alice), (&bob, &of_bob), (&staff, &of_alice)] {
            let created = caller.create(&key, &order_of(customer)).await;
            assert_eq!(
                (created.status, created.header("idempotent-replayed")),
                (201, None),
                "{}",
                created.body
            );
            let again = caller.create(&key, &order_of(customer)).await;
            assert_eq!((&again.body, again.header("idempotent-replayed")), (&created.body, Some("true")));
            ids.push(created.order_id());
        }
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 3, "one order for each owner of the key");
    }
}

#[tokio::test]
async fn each_operation_requires_its_scope_and_names_it() {
    for system in systems() {
        let with = |scopes: &str| system.api().with_token(&machine_token("acme", "client", scopes));
        let id = with(ALL).new_order().await.order_id();
        let (reader, writer) = (with("orders/orders:read"), with("orders/orders:write"));
        let required = |reply: Reply| reply.problem(403, "insufficient-scope")["required_scopes"].clone();
        assert_eq!(reader.order(&id).await.status, 200);
        assert_eq!(reader.get("/orders").await.status, 200);
        assert_eq!(required(writer.order(&id).await), json!(["orders:read", "orders:own"]));
        assert_eq!(required(writer.get("/orders").await), json!(["orders:read", "orders:own"]));
        assert_eq!(
            required(reader.create(&fresh_key(), &GOOD_ORDER).await),
            json!(["orders:write", "orders:own"])
        );
        assert_eq!(required(reader.change(&id, 1, "PAID", &[]).await), json!(["orders:write", "orders:own"]));
        assert_eq!(required(writer.create(&fresh_key(), &GOOD_ORDER).await), json!(["orders:price"]));
        assert_eq!(required(writer.change(&id, 1, "PAID", &[]).await), json!(["payments:write"]));
        let cashier = with("orders/orders:write orders/payments:write");
        assert_eq!(cashier.change(&id, 1, "PAID", &[]).await.status, 200);
        let (payments, refunds) = (format!("/orders/{id}/payments"), format!("/orders/{id}/refunds"));
        let key = fresh_key();
        let headers = [("idempotency-key", key.as_str()), ("content-type", "application/json")];
        let charge = json!({ "provider": "standard", "token": "tok" }).to_string();
        let refund = json!({ "reason": "late", "amount": "1" }).to_string();
        let post = async |api: &Api, path: &str, body: &str| {
            api.send(Method::POST, path, &headers, body.to_owned()).await
        };
        assert_eq!(
            required(post(&writer, &payments, &charge).await),
            json!(["payments:write", "orders:own"])
        );
        assert_eq!(required(post(&cashier, &refunds, &refund).await), json!(["refunds:write"]));
        assert_eq!(required(cashier.get(&refunds).await), json!(["refunds:read", "refunds:write"]));
        let review = post(&cashier, &format!("/orders/{id}/review"), r#"{"decision":"approve"}"#).await;
        assert_eq!(required(review), json!(["orders:review"]));
        let reviewer = with("orders/orders:review");
        let headers = [("if-match", "2"), ("content-type", "application/json")];
        let body = r#"{"decision":"approve"}"#.to_owned();
        let review = reviewer.send(Method::POST, &format!("/orders/{id}/review"), &headers, body).await;
        let _ = review.problem(409, "order-not-on-hold");
        let refunder = with("orders/refunds:write");
        assert_eq!(post(&refunder, &refunds, &refund).await.status, 201);
        assert_eq!(with("orders/refunds:read").get(&refunds).await.json()["refunds"][0]["amount"], "1.00");
        let reply = with("").order(&id).await;
        let challenge = r#"Bearer error="insufficient_scope", scope="orders:read orders:own""#;
        assert_eq!(reply.header("www-authenticate"), Some(challenge));
        let head = with("").send(Method::HEAD, "/orders", &[], "").await;
        assert_eq!((head.status, head.body.as_str()), (403, ""));
        for spelling in [
            "orders:read",
            "ORDERS/orders:read",
            "orders/orders:READ",
            "orders/orders:read,",
            "orders/ orders:read",
        ] {
            let _ = with(spelling).order(&id).await.problem(403, "insufficient-scope");
        }
        for spelling in ["openid orders/orders:read", "  orders/orders:read  "] {
            assert_eq!(with(spelling).order(&id).await.status, 200, "{spelling:?}");
        }
    }
}

#[tokio::test]
async fn a_request_without_a_valid_identity_has_no_effect() {
    let claims = IdempotencyTable::connect();
    for system in systems() {
        let base =
            json!({ "sub": "c", "client_id": "c", "tenant": "acme", "scope": ALL, "token_use": "access" });
        let with = |name: &str, value: Value| {
            let mut claims = base.clone();
            match value {
                Value::Null => drop(claims.as_object_mut().expect("an object").remove(name)),
                value => claims[name] = value,
            }
            unsigned_token(&claims)
        };
        for (token, status, code) in [
            (String::new(), 401, "unauthenticated"),
            ("not.a.token".to_owned(), 401, "unauthenticated"),
            (with("sub", Value::Null), 401, "unauthenticated"),
            (with("sub", json!(["a", "b"])), 401, "unauthenticated"),
            (with("token_use", json!("id")), 401, "unauthenticated"),
            (with("tenant", Value::Null), 403, "tenant-missing"),
            (with("tenant", json!(["acme", "other"])), 403, "tenant-missing"),
            (with("tenant", json!("acme other")), 403, "tenant-missing"),
            (with("tenant", json!("")), 403, "tenant-missing"),
            (with("tenant", json!({})), 403, "tenant-missing"),
            (with("scope", Value::Null), 403, "insufficient-scope"),
        ] {
            let key = fresh_key();
            let reply = system.api().with_token(&token).create(&key, &GOOD_ORDER).await;
            let _ = reply.problem(status, code);
            if status == 401 {
                assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
            }
            assert!(claims.claim_with_key(&format!("acme#{key}")).await.is_none());
            assert!(claims.claim_of(&key).await.is_none());
        }
        // A scope as a list, as other issuers write it.
        let listed = with("scope", Value::Null);
        let _ = system.api().with_token(&listed).get("/orders").await.problem(403, "insufficient-scope");
        let mut scp = base.clone();
        scp.as_object_mut().expect("an object").remove("scope");
        scp["scp"] = json!(["x", "orders/orders:read"]);
        assert_eq!(system.api().with_token(&unsigned_token(&scp)).get("/orders").await.status, 200);
    }
    // Public routes need no token.
    let open = systems()[0].api();
    for (path, status) in
        [("/healthz", 200), ("/health", 200), ("/docs", 200), ("/openapi.json", 200), ("/x", 404)]
    {
        assert_eq!(open.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_tenant_sees_its_own_orders_only() {
    for system in systems() {
        let of = |tenant: &str| system.api().with_token(&machine_token(tenant, "client", ALL));
        let (acme, other) = (of("acme"), of("other"));
        let (key, order) = (fresh_key(), order_of(&fresh_key()));
        let first = acme.create(&key, &order).await;
        let second = other.create(&key, &order).await;
        assert_eq!((first.status, second.status), (201, 201));
        assert_ne!(first.order_id(), second.order_id(), "a key counts per tenant");
        let _ = other.order(&first.order_id()).await.problem(404, "order-not-found");
        let _ = other.change(&first.order_id(), 1, "PAID", &[]).await.problem(404, "order-not-found");
        let path = format!("/orders?customer_id={}", order["customer_id"].as_str().expect("a text"));
        assert_eq!(other.get(&path).await.json()["items"], json!([second.json()]));
    }
}

#[tokio::test]
async fn a_line_names_tenant_and_client_and_hides_the_subject() {
    let system = System::builder().env("AUTH", "token").env("SCOPE_PREFIX", "orders/").start();
    let subject = format!("person-{}", fresh_key());
    let api = system.api().with_token(&person_token("acme", &subject, "orders/orders:read"));
    let request_id = format!("request-{}", fresh_key());
    let reply = api.send(Method::GET, "/orders", &[("x-request-id", &request_id)], "").await;
    assert_eq!(reply.status, 200);
    let log = std::fs::read_to_string(log_file("list-orders")).expect("a log");
    let line = log.lines().find(|line| line.contains(&request_id)).expect("the line of the request");
    let line: Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&line["tenant"], &line["client_id"]), (&json!("acme"), &json!("web-shop")));
    assert_eq!(line["subject_hash"].as_str().map(str::len), Some(32));
    assert!(!log.contains(&subject), "the subject can be a person");
}
