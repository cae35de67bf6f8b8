//! Calls of `standard`.

use crate::requests::{Case, capture, charge, failed, money, refund, refund_failed, void};
use http::Method;
use payments_domain::{Answer, Operation, Provider, Statement};
use payments_providers::api::{NoOutcome, is_transient};
use serde_json::{Value, json};

fn case(operation: Operation) -> Case {
    Case::new(Provider::Standard, operation)
}

#[test]
fn every_operation_is_one_call_with_the_id_of_the_request_as_its_key() {
    let expected = [
        (
            charge(true),
            "/v1/payments",
            json!({ "amount": "19.98", "currency": "USD", "token": "pm_card_visa", "capture": true }),
        ),
        (
            charge(false),
            "/v1/payments",
            json!({ "amount": "19.98", "currency": "USD", "token": "pm_card_visa", "capture": false }),
        ),
        (capture(), "/v1/payments/pay_1/capture", json!({ "amount": "19.98" })),
        (refund(), "/v1/refunds", json!({ "payment_id": "pay_1", "amount": "9.98", "currency": "USD" })),
        (void(), "/v1/voids", json!({ "payment_id": "pay_1" })),
    ];
    for (operation, path, mut body) in expected {
        let call = case(operation).call();
        (body["order_id"], body["request_id"]) = ("o-1".into(), "rf_1".into());
        assert_eq!(
            (&call.method, call.url.as_str()),
            (&Method::POST, format!("https://psp.example.com/api{path}").as_str())
        );
        assert_eq!(serde_json::from_str::<Value>(&call.body).expect("JSON"), body);
        for (name, value) in [
            ("authorization", "Bearer sk_test_1"),
            ("idempotency-key", "rf_1"),
            ("content-type", "application/json"),
        ] {
            assert_eq!(call.headers[name], value, "{path}");
        }
    }
}

#[test]
fn an_id_stays_within_its_segment_of_the_path() {
    let payment = "pay/../1?a#b".parse().expect("a payment");
    let call = case(Operation::Capture { payment, money: money(1, "USD") }).call();
    assert_eq!(call.url, "https://psp.example.com/api/v1/payments/pay%2F%2E%2E%2F1%3Fa%23b/capture");
}

/// Payment as the provider in `localstack` responds.
fn payment(status: &str, more: &Value) -> String {
    let mut body = json!({ "id": "pay_1", "order_id": "o-1", "amount": "19.98", "currency": "USD", "status": status,
        "captured": "0.00", "refunded": "0.00", "refunds": [], "request_id": "rf_1" });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body.to_string()
}

#[test]
fn a_payment_says_what_has_become_of_it() {
    for operation in [charge(true), charge(false), capture(), void()] {
        let told =
            |status: &str, more: Value| case(operation.clone()).statement(201, &payment(status, &more));
        let captured = told("captured", json!({ "captured": "9.98" }));
        assert_eq!(captured, ("pay_1".to_owned(), Statement::Captured(money(998, "USD"))));
        let captured = told("captured", json!({ "captured": null }));
        assert_eq!(captured.1, Statement::Captured(money(1998, "USD")));
        let until = "2026-02-07T09:30:00Z".parse().ok();
        assert_eq!(
            told("authorized", json!({ "authorized_until": "2026-02-07T09:30:00Z" })).1,
            Statement::Authorized { money: money(1998, "USD"), until }
        );
        assert_eq!(told("authorized", json!({})).1.until(), None);
        assert_eq!(told("failed", json!({ "reason": "card_declined" })), failed("pay_1", "card_declined"));
        assert_eq!(told("voided", json!({})).1, Statement::Voided);
        let pending = case(operation.clone()).answer(201, &payment("processing", &json!({})));
        assert_eq!(pending, Ok(Answer::NothingYet));
        let unknown =
            case(operation.clone()).answer(201, &payment("paused", &json!({}))).expect_err("a status");
        assert!(matches!(unknown, NoOutcome::Body { .. }), "{unknown}");
    }
}

#[test]
fn a_refund_succeeds_waits_or_fails() {
    let told = |status: &str| {
        let body = json!({ "id": "re_1", "payment_id": "pay_1", "order_id": "o-1", "amount": "9.98", "currency": "USD",
            "status": status, "reason": "refund_refused" });
        case(refund()).statement(201, &body.to_string())
    };
    let object = || "re_1".parse().expect("a refund");
    assert_eq!(
        told("succeeded"),
        ("pay_1".to_owned(), Statement::Refunded { refund: object(), money: money(998, "USD") })
    );
    assert_eq!(told("pending").1, Statement::RefundPending { refund: object() });
    assert_eq!(told("failed"), refund_failed("re_1", "refund_refused"));
}

#[test]
fn a_refusal_is_an_answer() {
    let problem = |code: &str, more: Value| {
        let mut body =
            json!({ "type": format!("urn:problem-type:payment-provider:{code}"), "title": "Refused" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body.to_string()
    };
    let exceeds = problem("refund-exceeds-captured", json!({ "reason": "exceeds_captured" }));
    assert_eq!(case(refund()).statement(422, &exceeds), refund_failed("rf_1", "exceeds_captured"));
    let voided = problem("invalid-status", json!({ "reason": "payment_voided" }));
    for operation in [capture(), void()] {
        assert_eq!(case(operation).statement(409, &voided), failed("pay_1", "payment_voided"));
    }
    let body = problem("invalid-body", json!({}));
    assert_eq!(case(charge(true)).statement(400, &body), failed("rf_1", "Refused"), "no payment exists");
    assert_eq!(case(refund()).statement(404, &body), refund_failed("rf_1", "Refused"));
    assert!(!is_transient(Provider::Standard, http::StatusCode::CONFLICT));
    let reused = problem("idempotency-key-reused", json!({}));
    assert_eq!(case(refund()).answer(409, &reused), Err(NoOutcome::KeyReused));
}

#[test]
fn a_late_request_is_repeated_since_its_key_never_expires() {
    for operation in [charge(true), refund()] {
        let mut late = case(operation);
        late.request.requested_at = "2025-01-31T09:30:00Z".parse().expect("a time");
        assert_eq!(late.call().headers["idempotency-key"], "rf_1");
    }
}
