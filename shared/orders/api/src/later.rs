//! Processing of orders after the response, and the links to their statuses.

use kernel::{PortError, Timestamp};
use orders_domain::OrderId;
use orders_json::{AcceptanceJson, acceptance_to_json};
use platform_http::{CursorKeySource, InvalidLink, LinkKeys, LinkSignature, Request};
use std::time::Duration;

/// Label of the keys that sign links to statuses.
const LABEL: &str = "order-status";

/// Processing after the response.
#[derive(Debug)]
pub struct ProcessingLater<Q, K> {
    /// Queue of accepted orders.
    pub queue: Q,
    /// Keys that sign links to statuses.
    pub keys: K,
    /// Time for which such a link is valid.
    pub link_lifetime: Duration,
}

impl<Q, K: CursorKeySource> ProcessingLater<Q, K> {
    /// Returns the body of the response to an order that is accepted now.
    pub(crate) async fn response(&self, request: &Request, order: OrderId) -> Result<String, PortError> {
        let expires_at = request.received_at().after(self.link_lifetime);
        let keys = LinkKeys::new(&self.keys.keys().await?, LABEL);
        let LinkSignature { expires, key, signature } = keys.sign(&order.to_string(), expires_at);
        let path = request.reference_to(&format!("/orders/{order}/status"));
        let url = format!("{path}?expires={expires}&key={key}&signature={signature}");
        Ok(acceptance_to_json(&AcceptanceJson::new(order, url, expires_at)))
    }
}

/// Checks a link to the status of an order. Reads the keys again for an id that is not known: another instance can sign with
/// a key that this one has not read.
pub(crate) async fn verify_link(
    keys: &impl CursorKeySource,
    order: OrderId,
    link: &LinkSignature,
    now: Timestamp,
) -> Result<Result<(), InvalidLink>, PortError> {
    let resource = order.to_string();
    let verified = LinkKeys::new(&keys.keys().await?, LABEL).verify(&resource, link, now);
    if verified != Err(InvalidLink::UnknownKey) {
        return Ok(verified);
    }
    Ok(LinkKeys::new(&keys.reread_keys().await?, LABEL).verify(&resource, link, now))
}
