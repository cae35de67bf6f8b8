//! Requests to providers, in the queue `PaymentRequests`.

use crate::InvalidMessage;
use crate::members::{Members, VERSION, invalid};
use payments_domain::{ObjectId, Operation, PaymentToken, ProviderRequest};
use serde::Serialize;

/// Form of a request.
#[derive(Serialize)]
struct RequestJson<'a> {
    v: u64,
    tenant: &'a str,
    order_id: &'a str,
    request_id: &'a str,
    provider: &'a str,
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    requested_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
}

/// Returns the message of a request.
#[must_use]
pub fn request_text(request: &ProviderRequest) -> String {
    let operation = &request.operation;
    let (token, capture) = match operation {
        Operation::Charge { token, capture, .. } => (Some(token), Some(*capture)),
        Operation::Capture { .. } | Operation::Refund { .. } | Operation::Void { .. } => (None, None),
    };
    let money = operation.money();
    let json = RequestJson {
        v: VERSION,
        tenant: request.tenant.as_str(),
        order_id: request.order.as_str(),
        request_id: request.id.as_str(),
        provider: request.provider.as_str(),
        operation: operation.as_str(),
        payment_id: operation.payment().map(ObjectId::as_str),
        token: token.map(PaymentToken::expose),
        capture,
        amount: money.map(|money| money.amount().to_string()),
        currency: money.map(|money| money.currency().to_string()),
        requested_at: request.requested_at.to_string(),
        sent_at: request.sent_at.as_ref().map(ToString::to_string),
    };
    serde_json::to_string(&json).expect("texts, numbers and booleans are JSON")
}

/// Reads the message of a request.
///
/// # Errors
///
/// [`InvalidMessage`], which names the place and omits the value.
pub fn read_request(text: &str) -> Result<ProviderRequest, InvalidMessage> {
    const PAYMENT: &str = "/payment_id";
    let members = Members::parse(text)?;
    let operation = match members.required::<String>("/operation")?.as_str() {
        "charge" => Operation::Charge {
            token: members.required("/token")?,
            capture: members.boolean("/capture")?,
            money: members.money()?,
        },
        "capture" => Operation::Capture { payment: members.required(PAYMENT)?, money: members.money()? },
        "refund" => Operation::Refund { payment: members.required(PAYMENT)?, money: members.money()? },
        "void" => Operation::Void { payment: members.required(PAYMENT)? },
        _ => return Err(invalid("/operation", "must be \"charge\", \"capture\", \"refund\" or \"void\"")),
    };
    Ok(ProviderRequest {
        tenant: members.required("/tenant")?,
        order: members.required("/order_id")?,
        id: members.required("/request_id")?,
        provider: members.required("/provider")?,
        operation,
        requested_at: members.required("/requested_at")?,
        sent_at: members.optional("/sent_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MAX_BYTES;
    use serde_json::{Value, json};

    fn refund() -> Value {
        json!({ "v": 1, "tenant": "acme", "order_id": "019c1363-49c0-7000-8000-000000000001", "request_id": "rf_1",
            "provider": "stripe", "operation": "refund", "payment_id": "pi_1", "amount": "19.98", "currency": "USD",
            "requested_at": "2026-01-31T09:30:00.000Z", "sent_at": "2026-01-31T09:31:00.000Z" })
    }

    #[test]
    fn every_operation_reads_back_as_it_was_written() {
        let charge =
            json!({ "operation": "charge", "token": "tok_visa", "capture": false, "payment_id": null });
        let operations = [
            charge,
            json!({ "operation": "capture" }),
            json!({ "operation": "refund" }),
            json!({ "operation": "void", "amount": null, "currency": null }),
        ];
        for operation in operations {
            let mut message = refund();
            message.as_object_mut().expect("an object").extend(operation.as_object().expect("one").clone());
            message.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
            let request = read_request(&message.to_string()).expect("a request");
            assert_eq!(serde_json::from_str::<Value>(&request_text(&request)).expect("JSON"), message);
        }
    }

    #[test]
    fn a_message_that_is_not_ours_is_refused_with_its_place_and_without_its_values() {
        let changed = |name: &str, value: Value| {
            let mut message = refund();
            message[name] = value;
            read_request(&message.to_string()).expect_err(name).to_string()
        };
        assert_eq!(changed("v", json!(2)), "/v must be 1");
        assert_eq!(changed("v", json!("1")), "/v must be 1");
        assert_eq!(changed("payment_id", Value::Null), "/payment_id is required");
        assert_eq!(changed("payment_id", json!(7)), "/payment_id must be a string");
        assert_eq!(changed("amount", json!("19.999")), "/amount must have at most 4 decimals");
        assert_eq!(changed("provider", json!("paypal")), "/provider must be one of \"standard\", \"stripe\"");
        assert!(changed("operation", json!("steal")).starts_with("/operation must be"));
        assert!(changed("tenant", json!("Ac me")).starts_with("/tenant must have"));
        assert!(changed("requested_at", json!("now")).starts_with("/requested_at must be"));
        let mut charge = refund();
        (charge["operation"], charge["token"]) = (json!("charge"), json!("tok visa"));
        let error = read_request(&charge.to_string()).expect_err("a space").to_string();
        assert_eq!(error, "/token must be visible ASCII characters");
        charge["token"] = "tok_visa".into();
        let error = read_request(&charge.to_string()).expect_err("no capture").to_string();
        assert_eq!(error, "/capture must be true or false");
        for text in ["", "null", "[1]", "{\"v\":1", "\"tok_visa\""] {
            let error = read_request(text).expect_err(text);
            assert!(matches!(error, InvalidMessage::NotJson { .. }), "{text}");
            assert!(!error.to_string().contains("tok"), "{error}");
        }
        let long = " ".repeat(MAX_BYTES) + &refund().to_string();
        assert!(matches!(read_request(&long), Err(InvalidMessage::TooLarge(_))));
    }
}
