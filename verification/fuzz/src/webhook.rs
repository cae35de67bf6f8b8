//! Webhooks of payment providers.

use http::{HeaderMap, HeaderName, HeaderValue};
use kernel::{PortError, Tenant, Timestamp};
use payments_domain::ports::{Endpoints, UnmatchedNotifications};
use payments_domain::{Endpoint, EndpointId, Notification, Provider, WebhookSecrets};
use payments_providers::{InvalidNotification, Webhook, notification, verify};
use std::time::Duration;

/// Endpoints and queue of a stack without payments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoEndpoint;

impl Endpoints for NoEndpoint {
    async fn find(&self, _: &EndpointId) -> Result<Option<Endpoint>, PortError> {
        Ok(None)
    }

    async fn renewed(&self, _: &EndpointId) -> Result<Option<Endpoint>, PortError> {
        Ok(None)
    }
}

impl UnmatchedNotifications for NoEndpoint {
    async fn keep(&self, _: &Tenant, _: Provider, _: &Notification) -> Result<(), PortError> {
        Ok(())
    }
}

/// Headers of the signatures.
const HEADERS: [&str; 4] = ["webhook-id", "webhook-timestamp", "webhook-signature", "stripe-signature"];

/// Uses the first line as the value of each header of a signature, and the rest as the body, of every provider.
pub(crate) fn webhook(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (value, body) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(value) {
        headers.extend(HEADERS.map(|name| (HeaderName::from_static(name), value.clone())));
    }
    let secrets =
        WebhookSecrets::new(vec!["whsec_c2VjcmV0".to_owned(), "secret".to_owned()]).expect("two secrets");
    let received_at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
    let webhook = Webhook { headers: &headers, body, received_at };
    for provider in Provider::ALL {
        assert!(
            verify(provider, &webhook, &secrets, Duration::from_mins(5)).is_err(),
            "nobody has signed this"
        );
        match notification(provider, body) {
            Ok(Some(Notification { subject, fact, .. })) => assert_eq!(subject.payment, fact.payment),
            Ok(None) | Err(InvalidNotification::NotJson) => {}
            Err(InvalidNotification::Fields(errors)) => {
                assert!(!errors.is_empty() && errors.iter().all(|error| error.pointer.starts_with('/')));
            }
        }
    }
}
