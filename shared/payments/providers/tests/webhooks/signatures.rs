//! Signatures.

use crate::signing::{
    BODY, ID, NEXT_SECRET, SECRET, SENT_AT, TOLERANCE, header_map, headers, secrets, sign, timestamp,
    verify_now,
};
use payments_domain::Provider;
use payments_providers::{InvalidSignature, MAX_SIGNATURES, Webhook, verify};
use std::time::Duration;

const STANDARD_HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// Verifies [`BODY`], signed with this timestamp and [`SECRET`].
fn verify_sent_at(
    provider: Provider,
    sent_at: &str,
    received_at_millis: i64,
    tolerance: Duration,
) -> Result<(), InvalidSignature> {
    let headers = headers(provider, sent_at, &[sign(provider, SECRET, sent_at, BODY)]);
    let webhook = Webhook { headers: &headers, body: BODY, received_at: timestamp(received_at_millis) };
    verify(provider, &webhook, &secrets(&[SECRET]), tolerance)
}

fn timestamp_header(provider: Provider) -> &'static str {
    match provider {
        Provider::Standard => "webhook-timestamp",
        Provider::Stripe => "stripe-signature",
    }
}

#[test]
fn the_published_example_of_standard_webhooks_verifies() {
    let headers = header_map(&[
        ("webhook-id", ID),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ]);
    for secret in [SECRET, SECRET.trim_start_matches("whsec_")] {
        assert_eq!(verify_now(Provider::Standard, &headers, BODY, &[secret]), Ok(()), "{secret}");
    }
}

#[test]
fn signatures_of_the_stripe_library_verify() {
    // Made with `WebhookSignature.generate_signature_header` of the Python library 16.1.0.
    for (body, signature) in [
        (
            r#"{"id": "evt_test_webhook", "object": "event"}"#,
            "64776382e3b272a50ff9d6821bb74452794757d5dd79f1b091f36be25190d080",
        ),
        (
            r#"{"id":"evt_1","object":"event","data":{"object":{"description":"Größe 42 € 日本"}}}"#,
            "b7a5fa30ae43e5ef0baeb3f34cf6b10140df518860cf58bb9e7da385c4908db0",
        ),
    ] {
        let others = "v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
        let headers = header_map(&[("stripe-signature", &format!("t=1614265330,v1={signature},{others}"))]);
        let verified = verify_now(Provider::Stripe, &headers, body.as_bytes(), &["whsec_test_secret"]);
        assert_eq!(verified, Ok(()), "{body}");
    }
}

/// The header of Stripe's documentation (<https://docs.stripe.com/webhooks/signature>), which tells neither secret nor body.
#[test]
fn the_documented_header_of_stripe_is_read_within_the_tolerance() {
    let header = "t=1492774577,\
        v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd,\
        v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
    let headers = header_map(&[("stripe-signature", header)]);
    let verified = |at: i64| {
        let webhook = Webhook { headers: &headers, body: BODY, received_at: timestamp(at * 1000) };
        verify(Provider::Stripe, &webhook, &secrets(&[SECRET]), TOLERANCE)
    };
    assert_eq!(verified(1_492_774_577), Err(InvalidSignature::NoMatch));
    for at in [1_492_774_577 - 301, 1_492_774_577 + 301] {
        assert!(matches!(verified(at), Err(other) if other != InvalidSignature::NoMatch));
    }
}

#[test]
fn another_body_does_not_verify() {
    for provider in Provider::ALL {
        let headers = headers(provider, "1614265330", &[sign(provider, SECRET, "1614265330", BODY)]);
        let truncated = &BODY[..BODY.len() - 1];
        let reserialised = br#"{"test":2432232314}"#;
        let extended = br#"{"test": 2432232314} "#;
        for body in [truncated, reserialised, extended, b""] {
            let verified = verify_now(provider, &headers, body, &[SECRET]);
            assert_eq!(verified, Err(InvalidSignature::NoMatch), "{provider:?}");
        }
        assert_eq!(verify_now(provider, &headers, BODY, &[SECRET]), Ok(()));
    }
}

#[test]
fn a_body_need_not_be_text() {
    for provider in Provider::ALL {
        let body = [0xff, 0x00, 0xfe];
        let headers = headers(provider, "1614265330", &[sign(provider, SECRET, "1614265330", &body)]);
        assert_eq!(verify_now(provider, &headers, &body, &[SECRET]), Ok(()), "{provider:?}");
    }
}

#[test]
fn during_a_rotation_either_secret_verifies() {
    for provider in Provider::ALL {
        let signature = |secret| sign(provider, secret, "1614265330", BODY);
        let (old, new) = (signature(SECRET), signature(NEXT_SECRET));
        for (signatures, with, expected) in [
            (vec![old.clone()], vec![SECRET, NEXT_SECRET], Ok(())),
            (vec![new.clone()], vec![SECRET, NEXT_SECRET], Ok(())),
            (vec![old.clone(), new.clone()], vec![NEXT_SECRET], Ok(())),
            (vec![new.clone(), old.clone()], vec![NEXT_SECRET], Ok(())),
            (vec![old], vec![NEXT_SECRET], Err(InvalidSignature::NoMatch)),
            (vec![], vec![SECRET, NEXT_SECRET], Err(InvalidSignature::NoMatch)),
        ] {
            let headers =
                headers(provider, "1614265330", &[signatures, vec!["v9,AAAA,v9=00".into()]].concat());
            let verified = verify_now(provider, &headers, BODY, &with);
            assert_eq!(verified, expected, "{provider:?} {headers:?}");
        }
    }
}

#[test]
fn a_signature_of_another_version_does_not_verify() {
    for (provider, version, other) in [(Provider::Standard, "v1,", "v1a,"), (Provider::Stripe, "v1=", "v0=")]
    {
        let signature = sign(provider, SECRET, "1614265330", BODY).replacen(version, other, 1);
        let headers = headers(provider, "1614265330", &[signature]);
        assert_eq!(verify_now(provider, &headers, BODY, &[SECRET]), Err(InvalidSignature::NoMatch));
    }
}

#[test]
fn of_a_hundred_signatures_the_first_sixteen_count() {
    for provider in Provider::ALL {
        let wrong = sign(provider, NEXT_SECRET, "1614265330", BODY);
        for (position, expected) in
            [(0, Ok(())), (MAX_SIGNATURES - 1, Ok(())), (MAX_SIGNATURES, Err(InvalidSignature::NoMatch))]
        {
            let mut signatures = vec![wrong.clone(); 100];
            signatures[position] = sign(provider, SECRET, "1614265330", BODY);
            let headers = headers(provider, "1614265330", &signatures);
            assert_eq!(verify_now(provider, &headers, BODY, &[SECRET]), expected, "{provider:?} {position}");
        }
    }
}

#[test]
fn the_tolerance_holds_in_both_directions_to_the_millisecond() {
    let now = SENT_AT * 1000;
    let tolerance = 300_000;
    for provider in Provider::ALL {
        for (difference, expected) in [
            (0, Ok(())),
            (tolerance, Ok(())),
            (-tolerance, Ok(())),
            (tolerance + 1, Err(InvalidSignature::Timestamp)),
            (-tolerance - 1, Err(InvalidSignature::Timestamp)),
        ] {
            let verified = verify_sent_at(provider, "1614265330", now + difference, TOLERANCE);
            assert_eq!(verified, expected, "{provider:?} {difference}");
        }
        let unlimited = verify_sent_at(provider, &u64::MAX.to_string(), now, Duration::MAX);
        assert_eq!(unlimited, Ok(()), "a difference of any size");
    }
}

#[test]
fn a_timestamp_is_digits() {
    let overflow = "18446744073709551616";
    for provider in Provider::ALL {
        for text in
            ["-1614265330", "+1614265330", "1614265330.0", "1.6e9", "now", "0x10", " 1614265330", overflow]
        {
            let verified = verify_sent_at(provider, text, SENT_AT * 1000, TOLERANCE);
            let malformed = InvalidSignature::MalformedHeader(timestamp_header(provider));
            assert_eq!(verified, Err(malformed), "{provider:?} {text}");
        }
        for text in ["0", "18446744073709551615"] {
            let verified = verify_sent_at(provider, text, SENT_AT * 1000, TOLERANCE);
            assert_eq!(verified, Err(InvalidSignature::Timestamp), "{provider:?} {text}");
        }
    }
}

#[test]
fn every_header_is_required_once() {
    for (provider, names) in
        [(Provider::Standard, &STANDARD_HEADERS[..]), (Provider::Stripe, &["stripe-signature"])]
    {
        let all = headers(provider, "1614265330", &[sign(provider, SECRET, "1614265330", BODY)]);
        for &name in names {
            let mut missing = all.clone();
            missing.remove(name);
            let mut repeated = all.clone();
            repeated.append(name, all[name].clone());
            let (mut empty, mut binary) = (all.clone(), all.clone());
            empty.insert(name, http::HeaderValue::from_static(""));
            binary.insert(name, http::HeaderValue::from_bytes(b"v1,\xff").expect("opaque bytes"));
            let verified = |headers: &http::HeaderMap| verify_now(provider, headers, BODY, &[SECRET]);
            assert_eq!(verified(&missing), Err(InvalidSignature::MissingHeader(name)));
            for malformed in [repeated, empty, binary] {
                assert_eq!(
                    verified(&malformed),
                    Err(InvalidSignature::MalformedHeader(name)),
                    "{malformed:?}"
                );
            }
        }
    }
}

#[test]
fn a_stripe_header_has_one_timestamp() {
    let signature = sign(Provider::Stripe, SECRET, "1614265330", BODY);
    for header in [
        signature.clone(),
        format!("t=1614265330,t=1614265330,{signature}"),
        format!("t=1,t=1614265330,{signature}"),
        "nothing".to_owned(),
        ",,,".to_owned(),
    ] {
        let verified =
            verify_now(Provider::Stripe, &header_map(&[("stripe-signature", &header)]), BODY, &[SECRET]);
        assert_eq!(verified, Err(InvalidSignature::MalformedHeader("stripe-signature")), "{header}");
    }
}

#[test]
fn an_id_can_have_dots_and_no_spaces() {
    let signed = |id: &str, text: &str| {
        // Made with `Webhook.sign` of the Python library 1.1.0.
        header_map(&[("webhook-id", id), ("webhook-timestamp", "1614265330"), ("webhook-signature", text)])
    };
    let headers = signed("msg.1.2", "v1,kr2bNrZSZboSvHQhNPWLkS1nRKt1BmwirfWrvIC6D78=");
    assert_eq!(verify_now(Provider::Standard, &headers, BODY, &[SECRET]), Ok(()));
    let headers = signed("msg 1", "v1,jwjzvYeoxSRriA5sjGgEMDNII6RzVZTuMiLKVZk5V8s=");
    let malformed = InvalidSignature::MalformedHeader("webhook-id");
    assert_eq!(verify_now(Provider::Standard, &headers, BODY, &[SECRET]), Err(malformed));
}

#[test]
fn an_unusable_secret_is_reported_unless_the_other_one_matches() {
    let headers =
        headers(Provider::Standard, "1614265330", &[sign(Provider::Standard, SECRET, "1614265330", BODY)]);
    for unusable in ["whsec_", "whsec_not base64", "whsec_ä", "whsec_whsec_AAAA"] {
        let verified = |with: &[&str]| verify_now(Provider::Standard, &headers, BODY, with);
        assert_eq!(verified(&[unusable]), Err(InvalidSignature::UnusableSecret), "{unusable}");
        assert_eq!(verified(&[unusable, NEXT_SECRET]), Err(InvalidSignature::UnusableSecret));
        assert_eq!(verified(&[unusable, SECRET]), Ok(()));
    }
}

#[test]
fn a_secret_can_have_padding_or_not() {
    // Made with `Webhook.sign` of the Python library 1.1.0.
    let headers = headers(
        Provider::Standard,
        "1614265330",
        &["v1,eJlc2yjPbacJLHx3RP1L1oGzInmP9VTTrUxnh3VkIzc=".to_owned()],
    );
    for secret in ["whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcw==", "whsec_ZXhhY3RseSB0d2VudHktZml2ZSBieXRlcw"] {
        assert_eq!(verify_now(Provider::Standard, &headers, BODY, &[secret]), Ok(()), "{secret}");
    }
}
