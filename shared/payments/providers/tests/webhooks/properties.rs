//! Properties of verifying and reading.

use crate::signing::{SECRET, headers, sign, verify_now};
use http::{HeaderMap, HeaderValue};
use payments_domain::Provider;
use payments_providers::{InvalidSignature, notification};
use proptest::prelude::*;

const HEADERS: [&str; 4] = ["webhook-id", "webhook-timestamp", "webhook-signature", "stripe-signature"];

fn providers() -> impl Strategy<Value = Provider> {
    prop::sample::select(Provider::ALL.to_vec())
}

/// Values that come close to valid ones.
fn header_values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        "[tv01=, .+-9A/]{0,64}".prop_map(String::into_bytes)
    ]
}

/// JSON of the right names and the wrong values.
fn near_bodies() -> impl Strategy<Value = String> {
    let kind = prop::sample::select(vec![
        "payment.captured",
        "payment.failed",
        "refund.succeeded",
        "dispute.opened",
        "dispute.closed",
        "payment_intent.succeeded",
        "payment_intent.amount_capturable_updated",
        "refund.updated",
        "charge.dispute.closed",
    ]);
    let name = prop::sample::select(vec![
        "amount",
        "currency",
        "payment_id",
        "reason",
        "outcome",
        "object",
        "id",
        "status",
        "amount_received",
    ]);
    let value = prop_oneof![
        "[0-9.e+-]{1,25}",
        Just("null".to_owned()),
        "\"[A-Za-z0-9.\\\\u]{0,8}\"",
        Just("{}".to_owned())
    ];
    let members = prop::collection::vec((name, value), 0..8).prop_map(|members| {
        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect::<Vec<_>>().join(",")
    });
    (kind, members).prop_map(|(kind, members)| {
        format!("{{\"type\":\"{kind}\",\"created\":1,\"data\":{{{members},\"object\":{{{members}}}}}}}")
    })
}

proptest! {
    #[test]
    fn no_headers_and_no_body_cause_a_panic_or_verify(
        provider in providers(),
        values in prop::collection::vec((prop::sample::select(HEADERS.to_vec()), header_values()), 0..6),
        body in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(name, value);
            }
        }
        prop_assert!(verify_now(provider, &headers, &body, &[SECRET]).is_err());
    }

    #[test]
    fn no_body_causes_a_panic(provider in providers(), body in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = notification(provider, &body);
    }

    #[test]
    fn no_body_with_the_right_names_causes_a_panic(provider in providers(), body in near_bodies()) {
        let _ = notification(provider, body.as_bytes());
    }

    #[test]
    fn a_signed_body_verifies_and_no_byte_of_it_can_change(
        provider in providers(),
        mut body in prop::collection::vec(any::<u8>(), 1..256),
        index in any::<prop::sample::Index>(),
        change in 1..=u8::MAX,
    ) {
        let headers = headers(provider, "1614265330", &[sign(provider, SECRET, "1614265330", &body)]);
        prop_assert_eq!(verify_now(provider, &headers, &body, &[SECRET]), Ok(()));
        let index = index.index(body.len());
        body[index] ^= change;
        prop_assert_eq!(verify_now(provider, &headers, &body, &[SECRET]), Err(InvalidSignature::NoMatch));
    }

    #[test]
    fn no_character_of_a_signature_can_change(
        provider in providers(),
        index in any::<prop::sample::Index>(),
        other in "[0-9A-Za-z+/= ,]",
    ) {
        let signature = sign(provider, SECRET, "1614265330", b"{}");
        let index = index.index(signature.len());
        let mut changed = signature.clone();
        changed.replace_range(index..=index, &other);
        prop_assume!(changed != signature);
        let headers = headers(provider, "1614265330", &[changed]);
        prop_assert_eq!(verify_now(provider, &headers, b"{}", &[SECRET]), Err(InvalidSignature::NoMatch));
    }
}
