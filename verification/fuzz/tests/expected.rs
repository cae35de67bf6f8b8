//! Inputs of the regression corpus with an expected response.

use orders_api::{AcceptedForms, parse_new_order};
use orders_fuzz::{NoGatewayEvent, corpus, responses};
use platform_http::ProblemType;

/// All forms of a request.
const FORMS: AcceptedForms = AcceptedForms { has_details: true, has_products: true, has_payment: true };

/// File of an event, status of its response, and code of its problem.
const EVENTS: &[(&str, u64, &str)] = &[
    ("authorizer-claims-not-text.json", 200, ""),
    ("base64-null-body.json", 400, "malformed-body"),
    ("base64-of-invalid-utf-8.json", 400, "malformed-body"),
    ("base64-url-alphabet.json", 400, "malformed-body"),
    ("base64-without-padding.json", 400, "malformed-body"),
    ("body-deep-closed.json", 400, "invalid-body"),
    ("body-deep.json", 400, "malformed-body"),
    ("body-dollar-operator.json", 400, "invalid-body"),
    ("body-duplicate-keys.json", 400, "invalid-body"),
    ("body-empty.json", 400, "malformed-body"),
    ("body-lone-surrogate.json", 400, "invalid-body"),
    ("body-missing.json", 400, "malformed-body"),
    ("body-nul-in-sku.json", 400, "invalid-body"),
    ("content-encoding-gzip.json", 415, "unsupported-media-type"),
    ("content-type-comma-joined-v2.json", 415, "unsupported-media-type"),
    ("content-type-latin-1.json", 415, "unsupported-media-type"),
    ("content-type-repeated-v1.json", 415, "unsupported-media-type"),
    ("create-base64-v1.json", 201, ""),
    ("create-base64-v2.json", 201, ""),
    ("create-v1.json", 201, ""),
    ("create-v2.json", 201, ""),
    ("event-deep-authorizer.json", 201, ""),
    ("event-duplicate-keys.json", 400, "malformed-request"),
    ("event-lone-surrogate-in-body.json", 400, "malformed-request"),
    ("event-lone-surrogate-in-header.json", 400, "malformed-request"),
    ("forwarded-proto-list.json", 200, ""),
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
    ("id-in-capitals.json", 200, ""),
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
    ("key-comma-joined-without-blanks-v2.json", 400, "idempotency-key-invalid"),
    ("key-missing.json", 400, "idempotency-key-missing"),
    ("key-quoted-with-comma.json", 201, ""),
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
    ("path-below-base.json", 201, ""),
    ("path-below-host-like-base.json", 201, ""),
    ("path-dollar.json", 404, "order-not-found"),
    ("path-nul-encoded.json", 404, "order-not-found"),
    ("path-nul-raw.json", 404, "order-not-found"),
    ("path-traversal.json", 404, "route-not-found"),
    ("path-with-decoded-slash.json", 404, "route-not-found"),
    ("path-without-slash.json", 400, "malformed-request"),
    ("put-405.json", 405, "method-not-allowed"),
    ("query-blank-v1.json", 200, ""),
    ("query-cursor-garbage.json", 400, "invalid-parameters"),
    ("query-dollar-operator.json", 400, "invalid-parameters"),
    ("query-invalid-utf-8.json", 400, "invalid-parameters"),
    ("query-not-encoded.json", 400, "malformed-request"),
    ("query-nul.json", 400, "invalid-parameters"),
    ("query-null-values-v1.json", 400, "malformed-request"),
    ("query-percent-alone.json", 400, "invalid-parameters"),
    ("query-percent-not-hexadecimal.json", 400, "invalid-parameters"),
    ("query-plus-in-time.json", 400, "invalid-parameters"),
    ("query-repeated-v1.json", 400, "invalid-parameters"),
    ("query-replacement-character-v1.json", 400, "invalid-parameters"),
    ("query-time-past-the-end-v1.json", 400, "invalid-parameters"),
    ("query-time-past-the-end.json", 400, "invalid-parameters"),
    ("request-id-log-injection.json", 200, ""),
    ("stage-in-path.json", 200, ""),
];

/// File of a body, and the pointers of its validation errors; none where the body is not JSON.
const BODIES: &[(&str, &[&str])] = &[
    ("all-null.json", &["/customer_id", "/currency", "/items"]),
    ("bidi-override.json", &["/customer_id"]),
    ("byte-order-mark.json", &[]),
    ("currency-xxx.json", &["/currency"]),
    ("currency-withdrawn.json", &["/currency"]),
    ("customer-tag-character.json", &["/customer_id"]),
    ("deep-array.json", &[""]),
    ("deep-in-price.json", &["/items/0/price"]),
    ("deep-object.json", &["/customer_id", "/currency", "/items", "/a"]),
    ("deep-unknown-member.json", &["/more"]),
    ("dollar-operator.json", &["/customer_id"]),
    ("dollar-where.json", &["/$where"]),
    ("dotted-key.json", &["/items/0/price.amount"]),
    ("duplicate-key-escaped.json", &["/currency"]),
    ("duplicate-keys-in-item.json", &["/items/0/qty"]),
    ("duplicate-keys.json", &["/customer_id"]),
    ("emoji-65-characters.json", &["/items/0/sku"]),
    ("empty", &[]),
    ("huge-number.json", &["/items/0/qty"]),
    ("invalid-utf-8.json", &[]),
    ("items-101.json", &["/items"]),
    ("items-none.json", &["/items"]),
    ("items-number-past-f64.json", &["/items"]),
    ("lone-low-surrogate.json", &["/items/0/sku"]),
    ("lone-surrogate.json", &["/items/0/sku"]),
    ("nul-in-sku.json", &["/items/0/sku"]),
    ("nul-raw.json", &[]),
    ("null.json", &[""]),
    ("number-of-400-digits.json", &["/items/0/qty"]),
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
    ("qty-almost-integral.json", &["/items/0/qty"]),
    ("qty-negative-zero.json", &["/items/0/qty"]),
    ("qty-past-u64.json", &["/items/0/qty"]),
    ("sku-blank.json", &["/items/0/sku"]),
    ("sku-outer-blanks.json", &["/items/0/sku"]),
    ("surrogate-in-name.json", &["/\u{fffd}\u{fffd}\u{fffd}"]),
    ("surrogate-in-utf-8.json", &[]),
    ("surrogates-reversed.json", &["/items/0/sku"]),
    ("trailing-garbage.json", &[]),
    ("zero-width.json", &["/items/0/sku"]),
];

/// Bodies that are unusual and valid: text belongs to the caller, and is never part of a command.
const ACCEPTED: &[&str] = &[
    "combining-marks.json",
    "dollar-text.json",
    "emoji-64-characters.json",
    "good-largest.json",
    "good.json",
    "qty-exponent.json",
    "qty-fraction.json",
    "qty-integral-exponent.json",
];

fn bytes(target: &str, name: &str) -> Vec<u8> {
    let file = corpus(target).into_iter().find(|input| input.name == name);
    file.unwrap_or_else(|| panic!("no {target}/{name}")).bytes
}

#[test]
fn events_get_the_expected_status_and_problem() {
    for (name, status, code) in EVENTS {
        let [response, _] = responses(&bytes("gateway_event", name)).expect("an event of API Gateway");
        let outcome = (response.status, response.problem().unwrap_or_default());
        assert_eq!(outcome, (*status, (*code).to_owned()), "{name}: {response:?}");
    }
}

#[test]
fn events_of_other_services_are_an_error_of_the_invocation() {
    let others: Vec<_> =
        corpus("gateway_event").into_iter().filter(|input| input.name.starts_with("no-event")).collect();
    assert!(!others.is_empty());
    for other in others {
        assert_eq!(responses(&other.bytes).err(), Some(NoGatewayEvent), "{}", other.name);
    }
}

#[test]
fn invalid_bodies_are_refused_with_the_expected_pointers() {
    for (name, expected) in BODIES {
        let problem = parse_new_order(&bytes("body", name), FORMS).expect_err(name);
        let pointers: Vec<_> = problem.field_errors().iter().map(|error| error.pointer.as_str()).collect();
        let expected_kind =
            if expected.is_empty() { ProblemType::MALFORMED_BODY } else { ProblemType::INVALID_BODY };
        assert_eq!(problem.kind(), expected_kind, "{name}");
        assert_eq!(pointers, *expected, "{name}");
    }
}

#[test]
fn unusual_text_is_accepted() {
    for name in ACCEPTED {
        assert!(parse_new_order(&bytes("body", name), FORMS).is_ok(), "{name}");
    }
}
