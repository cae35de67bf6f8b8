//! Events of Stripe.

use crate::bodies::{self, Read, captured, fact, money, reason};
use payments_domain::{Outcome, Provider, Statement};
use serde_json::{Value, json};

fn read(event: &Value) -> Read {
    bodies::read(Provider::Stripe, event)
}

/// Event about an object with these members.
fn event(kind: &str, object: &Value) -> Value {
    json!({
        "id": "evt_1", "object": "event", "api_version": "2026-03-25", "created": 1_599_588_646, "livemode": false,
        "type": kind, "data": { "object": object }
    })
}

/// Event about a payment intent with these members in addition to its own.
fn intent(kind: &str, members: Value) -> Value {
    let mut object = json!({
        "id": "pi_1", "object": "payment_intent", "amount": 1099, "amount_capturable": 0, "amount_received": 1099,
        "currency": "eur", "last_payment_error": null, "metadata": { "order_id": "o-1" }, "status": "succeeded"
    });
    bodies::merge(&mut object, members);
    event(&format!("payment_intent.{kind}"), &object)
}

/// Event about a refund or a dispute with these members in addition to its own.
fn of_charge(kind: &str, members: Value) -> Value {
    let mut object =
        json!({ "id": "x_1", "amount": 500, "currency": "eur", "payment_intent": "pi_1", "metadata": {} });
    bodies::merge(&mut object, members);
    event(kind, &object)
}

#[test]
fn every_event_has_its_statement() {
    let id = || "x_1".parse().expect("an id");
    let failed = |reason| Statement::RefundFailed { refund: id(), reason };
    let closed =
        |outcome| Statement::DisputeClosed { dispute: id(), outcome, money: Some(money(500, "EUR")) };
    let refund = |kind: &str, status: &str| of_charge(kind, json!({ "status": status }));
    let dispute = |status: &str| of_charge("charge.dispute.closed", json!({ "status": status }));
    let error = |error: Value| intent("payment_failed", json!({ "last_payment_error": error }));
    let refunded = Statement::Refunded { refund: id(), money: money(500, "EUR") };
    let all = json!({ "amount_capturable": 1099, "amount_received": 0 });
    let part = json!({ "amount_capturable": 600, "amount_received": 499 });
    for (event, expected) in [
        (intent("succeeded", json!({ "amount": 2000 })), captured(1099, "EUR")),
        (
            intent("amount_capturable_updated", all),
            Statement::Authorized { money: money(1099, "EUR"), until: None },
        ),
        // One of several captures.
        (intent("amount_capturable_updated", part), captured(499, "EUR")),
        (intent("canceled", json!({ "amount_received": 499 })), captured(499, "EUR")),
        (
            error(json!({ "code": "card_declined", "decline_code": "lost_card" })),
            Statement::Failed(Some(reason("lost_card"))),
        ),
        (error(json!({ "code": "card_declined" })), Statement::Failed(Some(reason("card_declined")))),
        (
            error(json!({ "code": "expired_card", "decline_code": null })),
            Statement::Failed(Some(reason("expired_card"))),
        ),
        (error(json!(null)), Statement::Failed(None)),
        (intent("canceled", json!({ "amount_received": 0 })), Statement::Voided),
        (refund("refund.created", "succeeded"), refunded.clone()),
        (refund("refund.updated", "succeeded"), refunded),
        (refund("refund.created", "failed"), failed(None)),
        (refund("refund.updated", "canceled"), failed(None)),
        (
            of_charge("refund.failed", json!({ "failure_reason": "declined" })),
            failed(Some(reason("declined"))),
        ),
        (
            of_charge("charge.dispute.created", json!({ "status": "needs_response" })),
            Statement::Disputed { dispute: id(), money: money(500, "EUR") },
        ),
        (dispute("won"), closed(Outcome::Won)),
        (dispute("warning_closed"), closed(Outcome::Won)),
        (dispute("lost"), closed(Outcome::Lost)),
    ] {
        let notification = read(&event).expect("valid").expect("ours");
        assert_eq!(notification.fact, fact("pi_1", expected), "{event}");
        assert_eq!(notification.subject.payment.as_str(), "pi_1");
        assert_eq!(notification.occurred_at.to_string(), "2020-09-08T18:10:46.000Z");
    }
}

#[test]
fn an_order_is_named_in_the_metadata_of_the_object() {
    let too_long = "x".repeat(65);
    for (metadata, expected) in [
        (json!({ "order_id": "o-1" }), "o-1".parse().ok()),
        (json!({ "order_id": "Sale no. 7" }), None),
        (json!({ "order_id": too_long }), None),
        (json!({ "order_id": "" }), None),
        (json!({}), None),
        (json!(null), None),
    ] {
        for event in [
            intent("succeeded", json!({ "metadata": metadata })),
            of_charge("refund.created", json!({ "metadata": metadata, "status": "succeeded" })),
        ] {
            let notification = read(&event).expect("valid").expect("ours");
            assert_eq!(notification.subject.order, expected, "{event}");
        }
    }
}

#[test]
fn amounts_are_in_the_units_of_stripe() {
    for (amount, currency, expected) in [
        (1099, "usd", captured(1099, "USD")),
        (500, "jpy", captured(500, "JPY")),
        (5120, "kwd", captured(5120, "KWD")),
        (500, "isk", captured(5, "ISK")),
        (500, "ugx", captured(5, "UGX")),
        (500, "mga", captured(50_000, "MGA")),
    ] {
        let event = intent("succeeded", json!({ "amount_received": amount, "currency": currency }));
        assert_eq!(read(&event).expect("valid").expect("ours").fact, fact("pi_1", expected), "{event}");
    }
}

#[test]
fn a_refund_that_is_not_made_yet_names_the_request_that_it_answers() {
    for status in ["pending", "requires_action"] {
        let members = json!({ "status": status, "metadata": { "request_id": "rf_1" } });
        let told = read(&of_charge("refund.created", members)).expect("valid").expect("ours").fact;
        assert_eq!(told.statement, Statement::RefundPending { refund: "x_1".parse().expect("a refund") });
        assert_eq!(told.request, "rf_1".parse().ok());
    }
}

#[test]
fn other_types_and_charges_without_payment_intent_are_not_ours() {
    let refund = |kind: &str, members: Value| of_charge(kind, members);
    for event in [
        json!({ "type": "payment_intent.created" }),
        json!({ "type": "charge.succeeded", "data": 7 }),
        json!({ "type": "payment_intent." }),
        refund("refund.updated", json!({ "status": "succeeded", "payment_intent": null })),
        refund("refund.failed", json!({ "payment_intent": null, "metadata": { "order_id": "o-1" } })),
        refund("charge.dispute.created", json!({ "payment_intent": null })),
    ] {
        assert_eq!(read(&event), Ok(None), "{event}");
    }
}

#[test]
fn every_fault_has_its_pointer() {
    let number =
        |pointer: &str| format!("/data/object/{pointer} must be a whole number from 0 to {}", u64::MAX);
    let exact = |pointer: &str, code: &str| {
        format!("/data/object/{pointer} must be a number of minor units of {code}, exactly")
    };
    let required = |pointer: &str| format!("{pointer} is required");
    let created = "/created must be in seconds since the Unix epoch, before the year 10000".to_owned();
    let with_time = |created: Value| {
        let mut event = intent("canceled", json!({}));
        event["created"] = created;
        event
    };
    for (event, faults) in [
        (json!(7), vec![required("/type"), required("/created")]),
        (
            json!({ "type": "payment_intent.succeeded" }),
            ["amount_received", "currency", "id"]
                .map(|it| required(&format!("/data/object/{it}")))
                .into_iter()
                .chain([required("/created")])
                .collect(),
        ),
        (intent("succeeded", json!({ "amount_received": "1099" })), vec![number("amount_received")]),
        (intent("succeeded", json!({ "amount_received": -1 })), vec![number("amount_received")]),
        (intent("succeeded", json!({ "amount_received": 10.5 })), vec![number("amount_received")]),
        (intent("succeeded", json!({ "amount_received": 1e30 })), vec![number("amount_received")]),
        (
            intent("succeeded", json!({ "amount_received": 550, "currency": "isk" })),
            vec![exact("amount_received", "ISK")],
        ),
        (
            intent("succeeded", json!({ "amount_received": u64::MAX, "currency": "mga" })),
            vec![exact("amount_received", "MGA")],
        ),
        (
            intent(
                "amount_capturable_updated",
                json!({ "amount_capturable": null, "amount_received": null }),
            ),
            vec![number("amount_capturable"), number("amount_received")],
        ),
        (
            intent("succeeded", json!({ "id": "pi 1", "currency": "usdc" })),
            vec![
                "/data/object/currency must be a current ISO 4217 currency code".to_owned(),
                "/data/object/id must be visible ASCII characters".to_owned(),
            ],
        ),
        (
            of_charge("refund.updated", json!({ "status": null })),
            vec!["/data/object/status must be a string".to_owned()],
        ),
        (
            of_charge("refund.updated", json!({ "status": "unheard-of" })),
            vec!["/data/object/status must be the status of a refund, such as \"succeeded\"".to_owned()],
        ),
        (
            of_charge("refund.created", json!({ "status": "succeeded", "id": null, "amount": null })),
            vec!["/data/object/id must be a string".to_owned(), number("amount")],
        ),
        (
            of_charge("refund.failed", json!({ "payment_intent": {} })),
            vec!["/data/object/payment_intent must be a string".to_owned()],
        ),
        (
            of_charge("charge.dispute.closed", json!({ "id": 1, "status": "won", "amount": null })),
            vec!["/data/object/id must be a string".to_owned(), number("amount")],
        ),
        (with_time(json!(253_402_300_800_u64)), vec![created.clone()]),
        (with_time(json!(u64::MAX)), vec![created]),
        (with_time(json!(-1)), vec![format!("/created must be a whole number from 0 to {}", u64::MAX)]),
    ] {
        assert_eq!(bodies::faults(read(&event)), faults, "{event}");
    }
}
