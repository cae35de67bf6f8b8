//! Message of an accepted order: `{"v": 1, "tenant", "order_id", "claim"}`.

use orders_domain::{AcceptedKey, OrderKey};
use serde::{Deserialize, Serialize};

/// Version of the message.
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct MessageJson {
    v: u64,
    tenant: String,
    order_id: String,
    claim: String,
}

/// Error for a text that is not the message of an accepted order. It does not contain the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// The text is not JSON, or a member is missing or has the wrong type.
    #[error("the message is not JSON with v, tenant, order_id and claim")]
    Form,
    /// A later release has sent it.
    #[error("the message has version {0}, and this release knows version 1")]
    Version(u64),
    /// The tenant or the id is not valid.
    #[error("the message has no valid tenant or order id")]
    Order,
}

/// Returns the message of an order.
pub(crate) fn text(key: &AcceptedKey) -> String {
    let json = MessageJson {
        v: VERSION,
        tenant: key.order.tenant.to_string(),
        order_id: key.order.id.to_string(),
        claim: key.claim.clone(),
    };
    serde_json::to_string(&json).expect("texts and numbers are JSON")
}

/// Reads a message.
///
/// # Errors
///
/// [`InvalidMessage`].
pub fn read_message(text: &str) -> Result<AcceptedKey, InvalidMessage> {
    let json: MessageJson = serde_json::from_str(text).map_err(|_| InvalidMessage::Form)?;
    if json.v != VERSION {
        return Err(InvalidMessage::Version(json.v));
    }
    let (tenant, id) = (json.tenant.parse(), json.order_id.parse());
    let (Ok(tenant), Ok(id)) = (tenant, id) else { return Err(InvalidMessage::Order) };
    Ok(AcceptedKey { order: OrderKey { tenant, id }, claim: json.claim })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Tenant, Timestamp};
    use orders_domain::OrderId;

    #[test]
    fn a_message_reads_back() {
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        let order = OrderKey { tenant: Tenant::default(), id: OrderId::v7(at, [7; 10]) };
        let key = AcceptedKey { order, claim: "default#k-1".to_owned() };
        assert_eq!(read_message(&text(&key)), Ok(key));
    }

    #[test]
    fn another_message_is_refused_without_its_text() {
        let id = "019c1363-49c0-7101-8101-010101010101";
        let of = |v: u64, tenant: &str, id: &str| {
            format!(r#"{{"v":{v},"tenant":"{tenant}","order_id":"{id}","claim":"c"}}"#)
        };
        assert!(read_message(&of(1, "acme", id)).is_ok());
        for (text, error) in [
            (String::new(), InvalidMessage::Form),
            ("[]".to_owned(), InvalidMessage::Form),
            (r#"{"v":1}"#.to_owned(), InvalidMessage::Form),
            (of(2, "acme", id), InvalidMessage::Version(2)),
            (of(0, "acme", id), InvalidMessage::Version(0)),
            (of(1, "AC ME", id), InvalidMessage::Order),
            (of(1, "acme", "1"), InvalidMessage::Order),
        ] {
            assert_eq!(read_message(&text), Err(error), "{text}");
        }
    }
}
