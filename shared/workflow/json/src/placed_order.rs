//! Event `OrderCreated`, in the envelope in which EventBridge delivers it.

use kernel::{InvalidTenant, InvalidText, InvalidTimestamp, Tenant};
use serde::Deserialize;
use workflow_domain::{FollowedOrder, PlacedOrder};

/// Error for a text that is not the event of an order that was placed. Contains no part of the text, which is logged.
#[derive(Debug, thiserror::Error)]
pub enum NotAPlacedOrder {
    /// The text is not JSON, or has not the members of the event.
    #[error("not an event (line {line}, column {column})")]
    Form {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// The tenant is malformed.
    #[error("invalid tenant")]
    Tenant(#[source] InvalidTenant),
    /// The id of the order is malformed.
    #[error("invalid id of an order")]
    Order(#[source] InvalidText),
    /// A time is malformed.
    #[error("invalid time")]
    Time(#[source] InvalidTimestamp),
}

#[derive(Deserialize)]
struct Envelope {
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    /// Absent in old events of the archive.
    tenant: Option<String>,
    subject: String,
    time: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    order: OrderPart,
}

/// The part of the order that the workflow needs: it has no personal data.
#[derive(Deserialize)]
struct OrderPart {
    payment_due_at: Option<String>,
}

/// Reads the event from its envelope.
///
/// # Errors
///
/// [`NotAPlacedOrder`].
pub fn placed_order(envelope: &str) -> Result<PlacedOrder, NotAPlacedOrder> {
    let Envelope { detail } = serde_json::from_str(envelope)
        .map_err(|error| NotAPlacedOrder::Form { line: error.line(), column: error.column() })?;
    let tenant = detail.tenant.map_or_else(|| Ok(Tenant::default()), |tenant| tenant.parse());
    let due = detail.data.order.payment_due_at;
    Ok(PlacedOrder {
        order: FollowedOrder {
            tenant: tenant.map_err(NotAPlacedOrder::Tenant)?,
            id: detail.subject.parse().map_err(NotAPlacedOrder::Order)?,
        },
        placed_at: detail.time.parse().map_err(NotAPlacedOrder::Time)?,
        payment_due_at: due.map(|due| due.parse()).transpose().map_err(NotAPlacedOrder::Time)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execution_input;

    fn envelope(order: &str, time: &str, due: &str) -> String {
        format!(
            r#"{{"detail":{{"tenant":"acme","subject":"{order}","time":"{time}","data":{{"order":{{
            "customer_id":"770077","payment_due_at":{due}}}}}}}}}"#
        )
    }

    #[test]
    fn the_input_has_ids_and_the_time_of_the_first_look_only() {
        let (placed, due) = ("2026-01-31T09:30:00.000Z", "2026-01-31T10:00:00.000Z");
        for (given, check_at) in [(format!("\"{due}\""), due), ("null".to_owned(), placed)] {
            let order = placed_order(&envelope("019c-1", placed, &given)).expect("an order");
            let expected = format!(
                r#"{{"tenant":"acme","order_id":"019c-1","standing":"UNPAID","check_at":"{check_at}"}}"#
            );
            assert_eq!(execution_input(&order), expected);
        }
    }

    #[test]
    fn an_error_does_not_contain_the_value() {
        let time = "2026-01-31T09:30:00.000Z";
        for text in [
            "770077".to_owned(),
            r#"{"detail":{"subject":770077}}"#.to_owned(),
            envelope("77 0077", time, "null"),
            envelope("770077", "770077", "null"),
            envelope("770077", time, "\"770077\""),
        ] {
            let error = placed_order(&text).expect_err(&text);
            let message = kernel::ErrorChain(&error).to_string();
            assert!(!message.contains("770077") && !message.contains("77 0077"), "{message}");
        }
    }
}
