//! The nasties whose answer the contract knows.

use orders_fuzz::{NoGatewayEvent, answers, corpus};
use platform_http::{Problem, order_request};

/// The file of an event, the status of its answer, and the code of its problem.
const EVENTS: &[(&str, u64, &str)] = &[
    ("base64-null-body.json", 400, "malformed-body"),
    ("base64-of-invalid-utf-8.json", 400, "malformed-body"),
    ("base64-url-alphabet.json", 400, "malformed-body"),
    ("base64-without-padding.json", 400, "malformed-body"),
    ("body-deep.json", 400, "malformed-body"),
    ("body-dollar-operator.json", 400, "invalid-body"),
    ("body-duplicate-keys.json", 400, "invalid-body"),
    ("body-empty.json", 400, "malformed-body"),
    ("body-lone-surrogate.json", 400, "malformed-body"),
    ("body-missing.json", 400, "malformed-body"),
    ("body-nul-in-sku.json", 400, "invalid-body"),
    ("content-type-comma-joined-v2.json", 415, "unsupported-media-type"),
    ("content-type-repeated-v1.json", 415, "unsupported-media-type"),
    ("create-base64-v1.json", 201, ""),
    ("create-base64-v2.json", 201, ""),
    ("create-v1.json", 201, ""),
    ("create-v2.json", 201, ""),
    ("event-deep-authorizer.json", 400, "malformed-request"),
    ("event-duplicate-keys.json", 400, "malformed-request"),
    ("event-lone-surrogate-in-body.json", 400, "malformed-request"),
    ("event-lone-surrogate-in-header.json", 400, "malformed-request"),
    ("get-v1.json", 200, ""),
    ("get-v2.json", 200, ""),
    ("header-name-with-blank.json", 400, "malformed-request"),
    ("header-value-null.json", 400, "malformed-request"),
    ("header-with-newline.json", 400, "malformed-request"),
    ("header-with-nul.json", 400, "malformed-request"),
    ("headers-array.json", 400, "malformed-request"),
    ("headers-null.json", 415, "unsupported-media-type"),
    ("host-malformed.json", 400, "malformed-request"),
    ("host-port-past-u16.json", 400, "malformed-request"),
    ("if-match-comma-joined-v2.json", 400, "if-match-invalid"),
    ("if-match-missing.json", 428, "if-match-missing"),
    ("if-match-not-ascii.json", 400, "if-match-invalid"),
    ("if-match-past-i64.json", 400, "if-match-invalid"),
    ("if-match-repeated-v1.json", 400, "if-match-invalid"),
    ("if-match-stale.json", 409, "version-conflict"),
    ("if-none-match-comma-joined-v2.json", 304, ""),
    ("if-none-match-repeated-v1.json", 304, ""),
    ("invalid-base64-v1.json", 400, "malformed-body"),
    ("invalid-base64-v2.json", 400, "malformed-body"),
    ("key-comma-joined-v2.json", 400, "idempotency-key-invalid"),
    ("key-missing.json", 400, "idempotency-key-missing"),
    ("key-repeated-v1.json", 400, "idempotency-key-invalid"),
    ("list-next-page.json", 200, ""),
    ("list-v1.json", 200, ""),
    ("method-lower-case.json", 405, "method-not-allowed"),
    ("method-null-v1.json", 400, "malformed-request"),
    ("method-unknown.json", 405, "method-not-allowed"),
    ("method-with-blank.json", 400, "malformed-request"),
    ("multi-value-headers-and-headers-null.json", 415, "unsupported-media-type"),
    ("multi-value-headers-null.json", 201, ""),
    ("options.json", 204, ""),
    ("patch-dollar-operator.json", 400, "invalid-body"),
    ("patch-illegal-transition.json", 422, "invalid-transition"),
    ("patch-v1.json", 200, ""),
    ("patch-v2.json", 200, ""),
    ("path-at-sign.json", 400, "malformed-request"),
    ("path-dollar.json", 404, "order-not-found"),
    ("path-nul-encoded.json", 404, "order-not-found"),
    ("path-nul-raw.json", 404, "order-not-found"),
    ("path-traversal.json", 404, "order-not-found"),
    ("path-without-slash.json", 400, "malformed-request"),
    ("put-405.json", 405, "method-not-allowed"),
    ("query-blank-v1.json", 200, ""),
    ("query-cursor-garbage.json", 400, "invalid-parameters"),
    ("query-dollar-operator.json", 400, "invalid-parameters"),
    ("query-not-encoded.json", 400, "malformed-request"),
    ("query-nul.json", 400, "invalid-parameters"),
    ("query-null-values-v1.json", 400, "malformed-request"),
    ("query-repeated-v1.json", 400, "invalid-parameters"),
    ("query-time-past-the-end-v1.json", 400, "invalid-parameters"),
    ("query-time-past-the-end.json", 400, "invalid-parameters"),
    ("request-id-log-injection.json", 200, ""),
    ("stage-in-path.json", 200, ""),
];

/// The file of a body, and the pointers of its faults. Nothing, where it is not JSON.
const BODIES: &[(&str, &[&str])] = &[
    ("all-null.json", &["/customer_id", "/currency", "/items"]),
    ("byte-order-mark.json", &[]),
    ("currency-xxx.json", &["/currency"]),
    ("deep-array.json", &[]),
    ("dollar-operator.json", &["/customer_id"]),
    ("dollar-where.json", &["/$where"]),
    ("dotted-key.json", &["/items/0/price.amount"]),
    ("duplicate-key-escaped.json", &["/currency"]),
    ("duplicate-keys-in-item.json", &["/items/0/qty"]),
    ("duplicate-keys.json", &["/customer_id"]),
    ("emoji-65-characters.json", &["/items/0/sku"]),
    ("empty", &[]),
    ("huge-number.json", &[]),
    ("invalid-utf-8.json", &[]),
    ("items-101.json", &["/items"]),
    ("items-none.json", &["/items"]),
    ("lone-low-surrogate.json", &[]),
    ("lone-surrogate.json", &[]),
    ("nul-in-sku.json", &["/items/0/sku"]),
    ("nul-raw.json", &[]),
    ("null.json", &[""]),
    ("pointer-characters-in-key.json", &["/a~1b~0c", "/"]),
    ("price-29-digits.json", &["/items/0/price"]),
    ("price-arabic-digits.json", &["/items/0/price"]),
    ("price-exponent.json", &["/items/0/price"]),
    ("price-nan-bare.json", &[]),
    ("price-nan.json", &["/items/0/price"]),
    ("price-negative-zero.json", &["/items/0/price"]),
    ("price-number.json", &["/items/0/price"]),
    ("price-yen-with-decimals.json", &["/items/0/price"]),
    ("proto-key.json", &["/__proto__"]),
    ("qty-exponent.json", &["/items/0/qty"]),
    ("qty-fraction.json", &["/items/0/qty"]),
    ("qty-negative-zero.json", &["/items/0/qty"]),
    ("qty-past-u64.json", &["/items/0/qty"]),
    ("surrogate-in-utf-8.json", &[]),
    ("trailing-garbage.json", &[]),
];

/// Bodies that are unusual, and fine: text is the caller's, and is never a part of a command here.
const ACCEPTED: &[&str] = &[
    "bidi-override.json",
    "combining-marks.json",
    "dollar-text.json",
    "emoji-64-characters.json",
    "good-largest.json",
    "good.json",
    "zero-width.json",
];

fn bytes(target: &str, name: &str) -> Vec<u8> {
    let file = corpus(target).into_iter().find(|nasty| nasty.name == name);
    file.unwrap_or_else(|| panic!("no {target}/{name}")).bytes
}

#[test]
fn events_are_answered_as_the_contract_says() {
    for (name, status, code) in EVENTS {
        let [answer, _] = answers(&bytes("gateway_event", name)).expect("an event of API Gateway");
        let told = (answer.status, answer.problem().unwrap_or_default());
        assert_eq!(told, (*status, (*code).to_owned()), "{name}: {answer:?}");
    }
}

#[test]
fn what_is_no_event_of_api_gateway_is_told_to_lambda() {
    let others: Vec<_> =
        corpus("gateway_event").into_iter().filter(|nasty| nasty.name.starts_with("no-event")).collect();
    assert!(!others.is_empty());
    for other in others {
        assert_eq!(answers(&other.bytes).err(), Some(NoGatewayEvent), "{}", other.name);
    }
}

#[test]
fn bodies_are_refused_at_the_right_place() {
    for (name, expected) in BODIES {
        let problem = order_request(&bytes("body", name)).expect_err(name);
        let pointers = match problem {
            Problem::InvalidBody(faults) => faults.into_iter().map(|fault| fault.pointer).collect(),
            Problem::MalformedBody(_) => Vec::new(),
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(pointers, *expected, "{name}");
    }
}

#[test]
fn unusual_text_is_accepted() {
    for name in ACCEPTED {
        assert!(order_request(&bytes("body", name)).is_ok(), "{name}");
    }
}
