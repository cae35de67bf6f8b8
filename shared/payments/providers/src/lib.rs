//! Payment providers: the signatures of their webhooks, the facts in the bodies, and the calls of their APIs.
//!
//! A new provider is a file with the two functions of `Functions`, a row in `functions`, and the calls of its API in [`api`].
//!
//! Deliberately absent: I/O, a clock, and the decision what a fact changes.

pub mod api;
mod document;
mod error;
mod signature;
mod standard;
mod stripe;

pub use error::{FieldError, InvalidNotification, InvalidSignature};
pub use signature::MAX_SIGNATURES;

use http::HeaderMap;
use kernel::Timestamp;
use payments_domain::{Notification, Provider, WebhookSecrets};
use std::time::Duration;

/// Webhook as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Webhook<'a> {
    /// Headers of the request.
    pub headers: &'a HeaderMap,
    /// Bytes of the body, neither decoded nor written anew.
    pub body: &'a [u8],
    /// Time of the arrival.
    pub received_at: Timestamp,
}

/// Functions of a provider.
struct Functions {
    verify: fn(&Webhook<'_>, &WebhookSecrets, Duration) -> Result<(), InvalidSignature>,
    notification: fn(&[u8]) -> Result<Option<Notification>, InvalidNotification>,
}

fn functions(provider: Provider) -> Functions {
    match provider {
        Provider::Standard => Functions { verify: standard::verify, notification: standard::notification },
        Provider::Stripe => Functions { verify: stripe::verify, notification: stripe::notification },
    }
}

/// Verifies that one of `secrets` signed the webhook, at most `tolerance` before or after its arrival.
///
/// Compares the first [`MAX_SIGNATURES`] signatures with every secret, in constant time.
///
/// # Errors
///
/// [`InvalidSignature`], for logs. The sender must not learn which one.
pub fn verify(
    provider: Provider,
    webhook: &Webhook<'_>,
    secrets: &WebhookSecrets,
    tolerance: Duration,
) -> Result<(), InvalidSignature> {
    (functions(provider).verify)(webhook, secrets, tolerance)
}

/// Reads the body of a verified webhook; `None` for a type of event that is not ours, for an object without a final outcome, and
/// for an object that belongs to no payment.
///
/// Of a member that occurs twice, the last one counts. Unknown members are ignored.
///
/// # Errors
///
/// [`InvalidNotification`] with all faults of the body.
pub fn notification(provider: Provider, body: &[u8]) -> Result<Option<Notification>, InvalidNotification> {
    (functions(provider).notification)(body)
}
