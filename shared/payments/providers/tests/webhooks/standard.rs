//! Bodies of providers with Standard Webhooks.

use crate::bodies::{self, Read, captured, fact, money, reason};
use payments_domain::{Notification, Outcome, Provider, Statement};
use payments_providers::{InvalidNotification, notification};
use serde_json::{Value, json};

fn read(body: &Value) -> Read {
    bodies::read(Provider::Standard, body)
}

/// Body of a type with these members in addition to the payment's and the order's id.
fn body(kind: &str, members: Value) -> Value {
    let mut data = json!({ "payment_id": "pay_1", "order_id": "o-1" });
    bodies::merge(&mut data, members);
    json!({ "type": kind, "timestamp": "2022-11-03T20:26:10.344522Z", "data": data })
}

#[test]
fn every_type_has_its_statement() {
    let id = |text: &str| text.parse().expect("an id");
    let amount = json!({ "amount": "9.90", "currency": "EUR" });
    let with = |mut members: Value| {
        bodies::merge(&mut members, amount.clone());
        members
    };
    let closed = |outcome: &str| body("dispute.closed", json!({ "dispute_id": "dp_1", "outcome": outcome }));
    let money = money(990, "EUR");
    for (body, expected) in [
        (body("payment.authorized", amount.clone()), Statement::Authorized { money, until: None }),
        (body("payment.captured", amount.clone()), Statement::Captured(money)),
        (
            body("payment.failed", json!({ "reason": "card_declined" })),
            Statement::Failed(Some(reason("card_declined"))),
        ),
        (body("payment.failed", json!({})), Statement::Failed(None)),
        (body("payment.voided", json!({})), Statement::Voided),
        (
            body("refund.succeeded", with(json!({ "refund_id": "re_1" }))),
            Statement::Refunded { refund: id("re_1"), money },
        ),
        (
            body("refund.failed", json!({ "refund_id": "re_1", "reason": "closed account" })),
            Statement::RefundFailed { refund: id("re_1"), reason: Some(reason("closed account")) },
        ),
        (
            body("dispute.opened", with(json!({ "dispute_id": "dp_1" }))),
            Statement::Disputed { dispute: id("dp_1"), money },
        ),
        (closed("won"), Statement::DisputeClosed { dispute: id("dp_1"), outcome: Outcome::Won, money: None }),
        (
            closed("lost"),
            Statement::DisputeClosed { dispute: id("dp_1"), outcome: Outcome::Lost, money: None },
        ),
    ] {
        let Notification { subject, fact, occurred_at } = read(&body).expect("valid").expect("ours");
        assert_eq!(fact, bodies::fact("pay_1", expected), "{body}");
        assert_eq!((subject.payment, subject.order), (id("pay_1"), "o-1".parse().ok()));
        assert_eq!(occurred_at.to_string(), "2022-11-03T20:26:10.344Z");
    }
}

#[test]
fn an_order_can_be_missing_and_unknown_members_are_ignored() {
    let amount = json!({ "amount": "500", "currency": "JPY", "order_id": null, "fee": { "amount": 1 } });
    let notification = read(&body("payment.captured", amount)).expect("valid").expect("ours");
    assert_eq!(notification.subject.order, None);
    assert_eq!(notification.fact, fact("pay_1", captured(500, "JPY")));
}

#[test]
fn another_type_is_not_ours() {
    for kind in ["payment.created", "payment", "PAYMENT.CAPTURED", "payment.captured ", ""] {
        assert_eq!(read(&json!({ "type": kind })), Ok(None), "{kind}");
    }
}

#[test]
fn every_fault_has_its_pointer() {
    let money = |members: Value| body("payment.captured", members);
    for (body, faults) in [
        (json!([]), &["/type is required", "/data/payment_id is required", "/timestamp is required"][..]),
        (
            json!({ "type": 1, "timestamp": "2022-11-03T20:26:10Z", "data": { "payment_id": "p" } }),
            &["/type must be a string"],
        ),
        (
            json!({ "type": "payment.captured", "timestamp": "yesterday", "data": 1 }),
            &[
                "/data/currency is required",
                "/data/amount is required",
                "/data/payment_id is required",
                "/timestamp must be a date and time in RFC 3339, such as \"2026-01-31T09:30:00.000Z\"",
            ],
        ),
        (money(json!({ "amount": 9.9, "currency": "EUR" })), &["/data/amount must be a string"]),
        (
            money(json!({ "amount": null, "currency": null })),
            &["/data/currency must be a string", "/data/amount must be a string"],
        ),
        (
            money(json!({ "amount": "9.999", "currency": "EUR" })),
            &["/data/amount must have at most 2 decimals in EUR, has 3"],
        ),
        (
            money(json!({ "amount": "-9", "currency": "eur" })),
            &[
                "/data/currency must be a current ISO 4217 currency code in upper case, such as \"USD\"",
                "/data/amount must be a decimal number in plain notation, such as \"9.99\"",
            ],
        ),
        (
            money(json!({ "amount": "1e2", "currency": "EUR" })),
            &["/data/amount must be a decimal number in plain notation, such as \"9.99\""],
        ),
        (
            body("payment.voided", json!({ "payment_id": "", "order_id": "an order" })),
            &[
                "/data/payment_id must have 1 to 255 characters, has 0",
                "/data/order_id must be visible ASCII characters",
            ],
        ),
        (body("payment.voided", json!({ "order_id": 7 })), &["/data/order_id must be a string"]),
        (
            body("refund.succeeded", json!({ "amount": "1", "currency": "EUR" })),
            &["/data/refund_id is required"],
        ),
        (body("refund.failed", json!({ "refund_id": {} })), &["/data/refund_id must be a string"]),
        (
            body("dispute.opened", json!({})),
            &["/data/dispute_id is required", "/data/currency is required", "/data/amount is required"],
        ),
        (
            body("dispute.closed", json!({ "outcome": "WON" })),
            &["/data/dispute_id is required", "/data/outcome must be one of \"won\", \"lost\""],
        ),
    ] {
        assert_eq!(bodies::faults(read(&body)), faults, "{body}");
    }
}

#[test]
fn a_reason_is_cut_and_never_a_fault() {
    let long = "é".repeat(201);
    for (given, expected) in [
        (json!(long), Some(reason(&"é".repeat(200)))),
        (json!(format!("{} b", "a".repeat(199))), Some(reason(&"a".repeat(199)))),
        (json!(" card\u{0}_\r\ndeclined\u{200b} "), Some(reason("card_declined"))),
        (json!("\u{7}\u{202e} "), None),
        (json!(""), None),
        (json!(7), None),
        (json!({ "code": "x" }), None),
        (json!(null), None),
    ] {
        let notification = read(&body("payment.failed", json!({ "reason": given }))).expect("valid");
        assert_eq!(notification.expect("ours").fact.statement, Statement::Failed(expected), "{given}");
    }
}

#[test]
fn of_a_repeated_member_the_last_one_counts() {
    let body = r#"{"type":"payment.failed","type":"payment.voided","timestamp":"2022-11-03T20:26:10Z",
        "data":{"payment_id":"pay_1","payment_id":"pay_2"}}"#;
    let notification = notification(Provider::Standard, body.as_bytes()).expect("valid").expect("ours");
    assert_eq!(notification.fact, fact("pay_2", Statement::Voided));
}

#[test]
fn a_body_that_is_not_json_is_an_error() {
    let whole = body("payment.voided", json!({})).to_string();
    let deep = "[".repeat(100_000);
    for provider in Provider::ALL {
        let truncated = (0..whole.len()).map(|length| &whole.as_bytes()[..length]);
        for body in truncated.chain([
            b"\xff\xfe".as_slice(),
            b"{\"type\":\"\xff\"}",
            deep.as_bytes(),
            b"{} {}",
            b"1614265330.{}",
        ]) {
            assert_eq!(notification(provider, body), Err(InvalidNotification::NotJson));
        }
    }
}
