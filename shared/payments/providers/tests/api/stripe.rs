//! Calls of Stripe. The bodies are those of its API reference, shortened.

use crate::requests::{Case, at, capture, charge, failed, money, refund, refund_failed, stated, void};
use http::{Method, StatusCode};
use kernel::Timestamp;
use payments_domain::{Answer, Operation, Provider, Statement};
use payments_providers::api::{NoOutcome, Step, first_step, is_transient};
use serde_json::{Value, json};
use std::time::Duration;

fn case(operation: Operation) -> Case {
    Case::new(Provider::Stripe, operation)
}

fn intent(status: &str, more: &Value) -> Value {
    let mut body = json!({ "id": "pi_1", "object": "payment_intent", "amount": 1998, "amount_capturable": 0,
        "amount_received": 0, "currency": "usd", "status": status, "last_payment_error": null, "livemode": false,
        "metadata": { "order_id": "o-1", "request_id": "rf_1" } });
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    body
}

#[test]
fn every_operation_is_one_call_with_the_id_of_the_request_as_its_key() {
    const METADATA: &str = "metadata%5Border_id%5D=o-1&metadata%5Brequest_id%5D=rf_1";
    let charged = |method: &str| {
        format!(
            "amount=1998&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method={method}\
             &automatic_payment_methods%5Benabled%5D=true&automatic_payment_methods%5Ballow_redirects%5D=never&{METADATA}"
        )
    };
    for (operation, path, body) in [
        (charge(true), "/v1/payment_intents", charged("automatic")),
        (charge(false), "/v1/payment_intents", charged("manual")),
        (capture(), "/v1/payment_intents/pay_1/capture", "amount_to_capture=1998".to_owned()),
        (refund(), "/v1/refunds", format!("payment_intent=pay_1&amount=998&{METADATA}")),
        (void(), "/v1/payment_intents/pay_1/cancel", String::new()),
    ] {
        let call = case(operation).call();
        assert_eq!((&call.method, call.url), (&Method::POST, format!("https://api.stripe.com{path}")));
        assert_eq!(call.body, body);
        for (name, value) in [
            ("authorization", "Bearer sk_test_1"),
            ("idempotency-key", "rf_1"),
            ("stripe-version", "2025-03-31.basil"),
            ("content-type", "application/x-www-form-urlencoded"),
        ] {
            assert_eq!(call.headers[name], value, "{path}");
        }
    }
}

#[test]
fn amounts_are_in_the_units_of_stripe_or_refused() {
    let refund = |minor_units, currency: &str| {
        let payment = "pi_1".parse().expect("a payment");
        case(Operation::Refund { payment, money: money(minor_units, currency) })
    };
    for (minor_units, currency, amount) in
        [(500, "JPY", "500"), (5, "ISK", "500"), (1234, "KWD", "1234"), (700, "MGA", "7")]
    {
        let call = refund(minor_units, currency).call();
        assert!(call.body.contains(&format!("&amount={amount}&")), "{}", call.body);
    }
    let case = refund(750, "MGA");
    let Step::Answer(answer) = first_step(&case.account, &case.request, at()) else { panic!("a call") };
    assert!(matches!(stated(answer).1, Statement::RefundFailed { .. }));
}

#[test]
fn a_payment_intent_says_what_has_become_of_it() {
    for operation in [charge(true), charge(false), capture(), void()] {
        let id = if matches!(operation, Operation::Charge { .. }) { "pi_1" } else { "pay_1" };
        let told = |status: &str, more: Value| {
            case(operation.clone()).statement(200, &intent(status, &more).to_string())
        };
        let taken = (id.to_owned(), Statement::Captured(money(998, "USD")));
        assert_eq!(told("succeeded", json!({ "amount_received": 998 })), taken);
        assert_eq!(told("canceled", json!({ "amount_received": 998 })), taken, "what was taken stays taken");
        assert_eq!(told("canceled", json!({})).1, Statement::Voided);
        assert_eq!(
            told("requires_capture", json!({ "amount_capturable": 1998 })).1,
            Statement::Authorized { money: money(1998, "USD"), until: None }
        );
        assert_eq!(told("requires_action", json!({})), failed(id, "requires_action"));
        let declined =
            json!({ "last_payment_error": { "code": "card_declined", "decline_code": "lost_card" } });
        assert_eq!(told("requires_payment_method", declined), failed(id, "lost_card"));
        let processing = case(operation.clone()).answer(200, &intent("processing", &json!({})).to_string());
        assert_eq!(processing, Ok(Answer::NothingYet));
        let unknown = case(operation.clone()).answer(200, &intent("paused", &json!({})).to_string());
        assert!(matches!(unknown, Err(NoOutcome::Body { .. })), "{unknown:?}");
    }
}

fn refund_object(status: &str, request: &str) -> Value {
    json!({ "id": "re_1", "object": "refund", "amount": 998, "currency": "usd", "payment_intent": "pay_1",
        "status": status, "failure_reason": "expired_or_canceled_card", "metadata": { "request_id": request } })
}

#[test]
fn a_refund_succeeds_waits_or_fails() {
    let told = |status: &str| case(refund()).statement(200, &refund_object(status, "rf_1").to_string());
    let object = || "re_1".parse().expect("a refund");
    assert_eq!(
        told("succeeded"),
        ("pay_1".to_owned(), Statement::Refunded { refund: object(), money: money(998, "USD") })
    );
    for status in ["pending", "requires_action"] {
        assert_eq!(told(status).1, Statement::RefundPending { refund: object() });
    }
    for status in ["failed", "canceled"] {
        assert_eq!(told(status), refund_failed("re_1", "expired_or_canceled_card"));
    }
}

#[test]
fn a_refusal_is_an_answer() {
    let error = |error: Value| json!({ "error": error }).to_string();
    let declined = error(
        json!({ "type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.", "payment_intent": intent("requires_payment_method", &json!({})) }),
    );
    assert_eq!(case(charge(true)).statement(402, &declined), failed("pi_1", "insufficient_funds"));
    let expired = error(json!({ "type": "card_error", "code": "expired_card" }));
    assert_eq!(
        case(charge(true)).statement(402, &expired),
        failed("rf_1", "expired_card"),
        "no payment exists"
    );
    let missing = error(json!({ "type": "invalid_request_error", "code": "resource_missing" }));
    assert_eq!(case(refund()).statement(404, &missing), refund_failed("rf_1", "resource_missing"));
    for operation in [capture(), void()] {
        assert_eq!(case(operation).statement(404, &missing), failed("pay_1", "resource_missing"));
    }
    let refunded = error(json!({ "type": "invalid_request_error", "code": "charge_already_refunded" }));
    assert_eq!(case(refund()).statement(400, &refunded), refund_failed("rf_1", "charge_already_refunded"));
    let without_code = error(json!({ "type": "invalid_request_error" }));
    assert_eq!(case(charge(true)).statement(400, &without_code), failed("rf_1", "invalid_request_error"));
    let reused = error(json!({ "type": "idempotency_error" }));
    assert_eq!(case(refund()).answer(400, &reused), Err(NoOutcome::KeyReused));
    assert!(is_transient(Provider::Stripe, StatusCode::CONFLICT), "a call with the same key is in progress");
}

#[test]
fn a_repeated_capture_or_void_is_answered_by_the_payment() {
    let error = |status: &str, received: u64| {
        let intent = intent(status, &json!({ "amount_received": received }));
        json!({ "error": { "type": "invalid_request_error", "code": "payment_intent_unexpected_state", "payment_intent": intent } })
            .to_string()
    };
    for operation in [capture(), void()] {
        let told = |status, received| case(operation.clone()).statement(400, &error(status, received)).1;
        assert_eq!(told("succeeded", 1998), Statement::Captured(money(1998, "USD")));
        assert_eq!(told("canceled", 0), Statement::Voided);
        assert_eq!(told("requires_capture", 0), failed("", "payment_intent_unexpected_state").1);
    }
}

/// Returns a case whose request was written a time before [`at`], and that time.
fn late(operation: Operation) -> (Case, Timestamp) {
    (case(operation), at().after(Duration::from_hours(20) + Duration::from_millis(1)))
}

#[test]
fn a_late_charge_is_not_made() {
    let (case, now) = late(charge(true));
    let Step::Answer(answer) = first_step(&case.account, &case.request, now) else { panic!("a call") };
    assert_eq!(stated(answer), failed("rf_1", "request_expired"));
    let in_time = first_step(&case.account, &case.request, at().after(Duration::from_hours(20)));
    assert!(matches!(in_time, Step::Call(_)));
}

#[test]
fn a_late_refund_is_looked_for_before_it_is_made() {
    let (case, now) = late(refund());
    let Step::Call(lookup) = first_step(&case.account, &case.request, now) else { panic!("an answer") };
    assert_eq!(lookup.method, Method::GET);
    assert_eq!(lookup.url, "https://api.stripe.com/v1/refunds?payment_intent=pay_1&limit=100");
    assert!(!lookup.headers.contains_key("idempotency-key"));
    let page = |refunds: Value, has_more: bool| {
        json!({ "object": "list", "data": refunds, "has_more": has_more }).to_string()
    };
    let after = |body: &str| case.after(&lookup, 200, body, now);

    let found = page(json!([refund_object("failed", "rf_0"), refund_object("succeeded", "rf_1")]), true);
    let Ok(Step::Answer(answer)) = after(&found) else { panic!("no answer") };
    assert!(matches!(stated(answer).1, Statement::Refunded { .. }));

    let Ok(Step::Call(made)) = after(&page(json!([refund_object("succeeded", "rf_0")]), false)) else {
        panic!("no call")
    };
    assert_eq!((&made.method, made.url.as_str()), (&Method::POST, "https://api.stripe.com/v1/refunds"));
    let body = refund_object("succeeded", "rf_1").to_string();
    assert!(matches!(case.after(&made, 200, &body, now), Ok(Step::Answer(_))));

    assert_eq!(after(&page(json!([]), true)), Err(NoOutcome::TooManyRefunds));
    for body in ["{}", "[]", r#"{"data":{}}"#] {
        assert!(matches!(after(body), Err(NoOutcome::Body { .. })), "{body} is no empty list");
    }
    let missing =
        json!({ "error": { "type": "invalid_request_error", "code": "resource_missing" } }).to_string();
    let Ok(Step::Answer(answer)) = case.after(&lookup, 404, &missing, now) else { panic!("no answer") };
    assert_eq!(stated(answer), refund_failed("rf_1", "resource_missing"));
}

#[test]
fn a_late_capture_or_void_is_repeated() {
    for operation in [capture(), void()] {
        let (case, now) = late(operation);
        assert!(
            matches!(first_step(&case.account, &case.request, now), Step::Call(call) if call.method == Method::POST)
        );
    }
}
