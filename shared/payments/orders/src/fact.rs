//! Facts in the words of the orders.

use kernel::PortError;
use orders_domain::{FactKind, PaymentFact};
use payments_domain::{Fact, Provider};
use std::error::Error;
use std::str::FromStr;

/// Returns a fact of a provider in the words of the orders.
///
/// # Errors
///
/// [`PortError::Unreadable`] for a text that orders don't keep.
pub(crate) fn of(
    provider: Provider,
    Fact { payment, statement, request }: &Fact,
) -> Result<PaymentFact, PortError> {
    Ok(PaymentFact {
        provider: read(provider.as_str())?,
        payment: read(payment.as_str())?,
        kind: FactKind::restore(statement.kind()),
        object: statement.object().map(|object| read(object.as_str())).transpose()?,
        money: statement.money(),
        reason: statement.reason().map(|reason| read(reason.as_str())).transpose()?,
        until: statement.until(),
        request: request.as_ref().map(|request| read(request.as_str())).transpose()?,
    })
}

fn read<T: FromStr<Err: Error + Send + Sync + 'static>>(text: &str) -> Result<T, PortError> {
    let unreadable =
        |error: T::Err| PortError::Unreadable { dependency: "the provider", source: error.into() };
    text.parse().map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Money;
    use payments_domain::{ObjectId, Outcome, Statement};

    #[test]
    fn orders_know_every_kind_of_statement() {
        let object = || "re_1".parse::<ObjectId>().expect("an object");
        let money = Money::of_minor_units(5, "EUR".parse().expect("a currency"));
        let statements = [
            Statement::Authorized { money, until: None },
            Statement::Captured(money),
            Statement::Failed("card_declined".parse().ok()),
            Statement::Voided,
            Statement::Refunded { refund: object(), money },
            Statement::RefundPending { refund: object() },
            Statement::RefundFailed { refund: object(), reason: None },
            Statement::Disputed { dispute: object(), money },
            Statement::DisputeClosed { dispute: object(), outcome: Outcome::Won, money: None },
            Statement::DisputeClosed { dispute: object(), outcome: Outcome::Lost, money: Some(money) },
        ];
        let kind = |statement: &Statement| {
            let fact = Fact {
                payment: "pay_1".parse().expect("a payment"),
                statement: statement.clone(),
                request: None,
            };
            of(Provider::Stripe, &fact).expect("a fact").kind
        };
        let kinds: Vec<_> = statements.iter().map(kind).collect();
        assert_eq!(kinds, FactKind::ALL);
    }
}
