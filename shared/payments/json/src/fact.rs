//! Answers of providers, in the queue `PaymentFacts`.

use crate::InvalidMessage;
use crate::members::{Members, VERSION, invalid};
use kernel::Tenant;
use payments_domain::{
    Fact, Notification, ObjectId, OrderReference, Outcome, Provider, Reason, RequestId, Statement, Subject,
};
use serde::Serialize;

/// Answer of a provider, and the tenant whose account it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactMessage {
    /// Owner of the account.
    pub tenant: Tenant,
    /// Provider.
    pub provider: Provider,
    /// Answer.
    pub notification: Notification,
}

/// Form of an answer.
#[derive(Serialize)]
struct FactJson<'a> {
    v: u64,
    tenant: &'a str,
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    payment_id: &'a str,
    kind: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorized_until: Option<String>,
    occurred_at: String,
}

/// Returns the message of an answer.
#[must_use]
pub fn fact_text(tenant: &Tenant, provider: Provider, notification: &Notification) -> String {
    let fact = &notification.fact;
    let statement = &fact.statement;
    let json = FactJson {
        v: VERSION,
        tenant: tenant.as_str(),
        provider: provider.as_str(),
        order_id: notification.subject.order.as_ref().map(OrderReference::as_str),
        request_id: fact.request.as_ref().map(RequestId::as_str),
        payment_id: fact.payment.as_str(),
        kind: statement.kind(),
        object: statement.object().map(ObjectId::as_str),
        amount: statement.money().map(|money| money.amount().to_string()),
        currency: statement.money().map(|money| money.currency().to_string()),
        reason: statement.reason().map(Reason::as_str),
        authorized_until: statement.until().map(|until| until.to_string()),
        occurred_at: notification.occurred_at.to_string(),
    };
    serde_json::to_string(&json).expect("texts and numbers are JSON")
}

impl FactMessage {
    /// Reads the message of an answer.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`], which names the place and omits the value.
    pub fn read(text: &str) -> Result<Self, InvalidMessage> {
        let members = Members::parse(text)?;
        let payment: ObjectId = members.required("/payment_id")?;
        let order = members.optional("/order_id")?;
        let fact = Fact {
            payment: payment.clone(),
            statement: statement(&members)?,
            request: members.optional("/request_id")?,
        };
        let occurred_at = members.required("/occurred_at")?;
        Ok(Self {
            tenant: members.required("/tenant")?,
            provider: members.required("/provider")?,
            notification: Notification { subject: Subject { order, payment }, fact, occurred_at },
        })
    }
}

fn statement(members: &Members) -> Result<Statement, InvalidMessage> {
    const OBJECT: &str = "/object";
    let closed = |outcome| {
        let (dispute, money) = (members.required(OBJECT)?, members.optional_money()?);
        Ok(Statement::DisputeClosed { dispute, outcome, money })
    };
    match members.required::<String>("/kind")?.as_str() {
        "authorized" => Ok(Statement::Authorized {
            money: members.money()?,
            until: members.optional("/authorized_until")?,
        }),
        "captured" => Ok(Statement::Captured(members.money()?)),
        "failed" => Ok(Statement::Failed(members.optional("/reason")?)),
        "voided" => Ok(Statement::Voided),
        "refunded" => Ok(Statement::Refunded { refund: members.required(OBJECT)?, money: members.money()? }),
        "refund_pending" => Ok(Statement::RefundPending { refund: members.required(OBJECT)? }),
        "refund_failed" => Ok(Statement::RefundFailed {
            refund: members.required(OBJECT)?,
            reason: members.optional("/reason")?,
        }),
        "disputed" => Ok(Statement::Disputed { dispute: members.required(OBJECT)?, money: members.money()? }),
        "dispute_won" => closed(Outcome::Won),
        "dispute_lost" => closed(Outcome::Lost),
        _ => Err(invalid("/kind", "must be the kind of a fact, such as \"captured\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Money;
    use serde_json::{Value, json};

    fn notification(statement: Statement) -> Notification {
        let payment: ObjectId = "pi_1".parse().expect("a payment");
        Notification {
            subject: Subject { order: "o-1".parse().ok(), payment: payment.clone() },
            fact: Fact { payment, statement, request: "rf_1".parse().ok() },
            occurred_at: "2026-01-31T09:31:00Z".parse().expect("a time"),
        }
    }

    #[test]
    fn every_statement_reads_back_as_it_was_written() {
        let object = || "re_1".parse::<ObjectId>().expect("an object");
        // More than a request can have: a sum.
        let money = Money::of_minor_units(2_000_000_000_000, "EUR".parse().expect("a currency"));
        let until = "2026-02-07T09:31:00Z".parse().ok();
        for statement in [
            Statement::Authorized { money, until },
            Statement::Authorized { money, until: None },
            Statement::Captured(money),
            Statement::Failed("card_declined".parse().ok()),
            Statement::Failed(None),
            Statement::Voided,
            Statement::Refunded { refund: object(), money },
            Statement::RefundPending { refund: object() },
            Statement::RefundFailed { refund: object(), reason: "Überzogen".parse().ok() },
            Statement::Disputed { dispute: object(), money },
            Statement::DisputeClosed { dispute: object(), outcome: Outcome::Won, money: None },
            Statement::DisputeClosed { dispute: object(), outcome: Outcome::Lost, money: Some(money) },
        ] {
            let (tenant, notification) = (Tenant::default(), notification(statement));
            let text = fact_text(&tenant, Provider::Stripe, &notification);
            let expected = FactMessage { tenant, provider: Provider::Stripe, notification };
            assert_eq!(FactMessage::read(&text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_form_is_the_documented_one() {
        let money = Money::of_minor_units(1998, "USD".parse().expect("a currency"));
        let refund = "re_1".parse().expect("a refund");
        let text = fact_text(
            &Tenant::default(),
            Provider::Standard,
            &notification(Statement::Refunded { refund, money }),
        );
        let expected = json!({ "v": 1, "tenant": "default", "provider": "standard", "order_id": "o-1",
            "request_id": "rf_1", "payment_id": "pi_1", "kind": "refunded", "object": "re_1", "amount": "19.98",
            "currency": "USD", "occurred_at": "2026-01-31T09:31:00.000Z" });
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), expected);
        for (name, value, error) in [
            ("v", json!(0), "/v must be 1"),
            ("kind", json!("stolen"), "/kind must be the kind of a fact, such as \"captured\""),
            ("object", Value::Null, "/object is required"),
            ("currency", Value::Null, "/currency is required"),
        ] {
            let mut changed = expected.clone();
            changed[name] = value;
            assert_eq!(FactMessage::read(&changed.to_string()).expect_err(name).to_string(), error);
        }
    }
}
