//! Signs webhooks as the providers do.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::Timestamp;
use payments_domain::{Provider, WebhookSecrets};
use payments_providers::{InvalidSignature, Webhook, verify};
use sha2::Sha256;
use std::fmt::Write as _;
use std::time::Duration;

pub(crate) const TOLERANCE: Duration = Duration::from_mins(5);

/// Time of the examples, in seconds since the Unix epoch.
pub(crate) const SENT_AT: i64 = 1_614_265_330;

pub(crate) const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
pub(crate) const BODY: &[u8] = br#"{"test": 2432232314}"#;

/// Secrets that are valid for both providers.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const NEXT_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Returns the signature of a webhook with the id [`ID`], as it is written in the header.
pub(crate) fn sign(provider: Provider, secret: &str, timestamp: &str, body: &[u8]) -> String {
    match provider {
        Provider::Standard => {
            let key = STANDARD.decode(secret.trim_start_matches("whsec_")).expect("base64");
            format!("v1,{}", STANDARD.encode(mac(&key, &[format!("{ID}.{timestamp}.").as_bytes(), body])))
        }
        Provider::Stripe => {
            let mac = mac(secret.as_bytes(), &[format!("{timestamp}.").as_bytes(), body]);
            mac.iter().fold("v1=".to_owned(), |mut text, byte| {
                write!(text, "{byte:02x}").expect("a String takes any text");
                text
            })
        }
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("any key");
    mac.chain_update(parts.concat()).finalize().into_bytes().to_vec()
}

/// Returns the headers with these signatures.
pub(crate) fn headers(provider: Provider, timestamp: &str, signatures: &[String]) -> HeaderMap {
    match provider {
        Provider::Standard => header_map(&[
            ("webhook-id", ID),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", &signatures.join(" ")),
        ]),
        Provider::Stripe => {
            let elements = [&[format!("t={timestamp}")], signatures].concat();
            header_map(&[("stripe-signature", &elements.join(","))])
        }
    }
}

pub(crate) fn header_map(headers: &[(&'static str, &str)]) -> HeaderMap {
    let header = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
    };
    headers.iter().map(header).collect()
}

pub(crate) fn secrets(secrets: &[&str]) -> WebhookSecrets {
    WebhookSecrets::new(secrets.iter().map(ToString::to_string).collect()).expect("one or two secrets")
}

pub(crate) fn timestamp(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(millis).expect("a timestamp")
}

/// Verifies a webhook that arrived when it was sent.
pub(crate) fn verify_now(
    provider: Provider,
    headers: &HeaderMap,
    body: &[u8],
    with: &[&str],
) -> Result<(), InvalidSignature> {
    let webhook = Webhook { headers, body, received_at: timestamp(SENT_AT * 1000) };
    verify(provider, &webhook, &secrets(with), TOLERANCE)
}
