//! Parts of a signed webhook that providers have in common.

use crate::InvalidSignature;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::HeaderMap;
use kernel::Timestamp;
use sha2::Sha256;
use sha2::digest::Output;
use std::time::Duration;
use subtle::{Choice, ConstantTimeEq as _};

/// Maximum number of signatures that a webhook is compared with. Providers send one for each live secret. Further ones are
/// ignored, so that a long header causes no more work.
pub const MAX_SIGNATURES: usize = 16;

/// Returns the text of a header.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, InvalidSignature> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(InvalidSignature::MissingHeader(name))?;
    let text = value.to_str().ok().filter(|text| !text.is_empty() && values.next().is_none());
    text.ok_or(InvalidSignature::MalformedHeader(name))
}

/// Verifies a time in seconds since the Unix epoch, in digits only.
pub(crate) fn verify_time(
    header: &'static str,
    text: &str,
    received_at: Timestamp,
    tolerance: Duration,
) -> Result<(), InvalidSignature> {
    let has_digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u64>().ok().filter(|_| has_digits_only);
    let seconds = seconds.ok_or(InvalidSignature::MalformedHeader(header))?;
    let difference = i128::from(received_at.unix_millis()) - i128::from(seconds) * 1000;
    let is_near = difference.unsigned_abs() <= tolerance.as_millis();
    if is_near { Ok(()) } else { Err(InvalidSignature::Timestamp) }
}

/// Returns the HMAC-SHA256 (RFC 2104) of the parts.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> Output<Sha256> {
    let mut mac: Hmac<Sha256> = Hmac::new_from_slice(key).expect("HMAC accepts keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes()
}

/// Compares each signature with each expected one, as text. The time depends on their numbers and lengths only.
pub(crate) fn has_match<'a>(signatures: impl Iterator<Item = &'a str>, expected: &[String]) -> bool {
    let mut has_match = Choice::from(0);
    for signature in signatures.take(MAX_SIGNATURES) {
        for expected in expected {
            has_match |= signature.as_bytes().ct_eq(expected.as_bytes());
        }
    }
    has_match.into()
}
