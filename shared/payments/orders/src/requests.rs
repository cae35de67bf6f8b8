//! Requests of orders to providers, handed to the payments: implements the port of the orders by that of the payments.

use kernel::{PortError, Timestamp};
use orders_domain::OrderKey;
use orders_domain::ports::ProviderQueue;
use payments_domain::ports::RequestQueue;
use payments_domain::{Operation, ProviderRequest};
use std::error::Error;
use std::str::FromStr;
use std::time::SystemTime;

/// Queue of requests, as orders need it.
#[derive(Clone, Debug)]
pub struct RequestsOfOrders<Q> {
    /// Queue.
    pub queue: Q,
}

impl<Q: RequestQueue + Sync> ProviderQueue for RequestsOfOrders<Q> {
    async fn send(
        &self,
        order: &OrderKey,
        request: &orders_domain::ProviderRequest,
    ) -> Result<(), PortError> {
        let sent_at = Some(Timestamp::from(SystemTime::now()));
        self.queue.send(&ProviderRequest { sent_at, ..told(order, request)? }).await
    }
}

/// Returns a request in the words of the payments.
fn told(order: &OrderKey, request: &orders_domain::ProviderRequest) -> Result<ProviderRequest, PortError> {
    Ok(ProviderRequest {
        tenant: order.tenant.clone(),
        order: read(&order.id.to_string())?,
        id: read(request.id.as_str())?,
        provider: read(request.provider.as_str())?,
        operation: operation(&request.operation)?,
        requested_at: request.at,
        sent_at: None,
    })
}

fn operation(operation: &orders_domain::Operation) -> Result<Operation, PortError> {
    use orders_domain::Operation as OfOrder;
    Ok(match operation {
        OfOrder::Charge { money, is_captured, token, fingerprint: _ } => {
            let token = token.as_ref().ok_or_else(|| unreadable("a charge has no token"))?;
            Operation::Charge { token: read(token.expose())?, capture: *is_captured, money: *money }
        }
        OfOrder::Capture { payment, money } => {
            Operation::Capture { payment: read(payment.as_str())?, money: *money }
        }
        OfOrder::Refund { payment, money, refund: _ } => {
            Operation::Refund { payment: read(payment.as_str())?, money: *money }
        }
        OfOrder::Void { payment } => Operation::Void { payment: read(payment.as_str())? },
        OfOrder::Unknown => return Err(unreadable("a later release has made the request")),
    })
}

fn read<T: FromStr<Err: Error + Send + Sync + 'static>>(text: &str) -> Result<T, PortError> {
    text.parse().map_err(unreadable)
}

fn unreadable(source: impl Into<kernel::BoxError>) -> PortError {
    PortError::Unreadable { dependency: "the orders", source: source.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Money, Tenant, Version};
    use orders_domain::OrderId;

    #[test]
    fn every_operation_is_told_with_its_token_amount_and_payment() {
        use orders_domain::Operation as OfOrder;
        let at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        let order = OrderKey { tenant: Tenant::default(), id: OrderId::v7(at, [7; 10]) };
        let money = Money::of_minor_units(1998, "USD".parse().expect("a currency"));
        let payment = || "pi_1".parse().expect("a payment");
        let object = || "pi_1".parse().expect("a payment");
        let token = |text: &str| text.parse().ok();
        let fingerprint = String::new();
        let charge = OfOrder::Charge { money, is_captured: false, token: token("tok_1"), fingerprint };
        let refund = "rf_1".parse().expect("an id");
        for (operation, expected) in [
            (charge, Operation::Charge { token: "tok_1".parse().expect("a token"), capture: false, money }),
            (OfOrder::Capture { payment: payment(), money }, Operation::Capture { payment: object(), money }),
            (
                OfOrder::Refund { payment: payment(), money, refund },
                Operation::Refund { payment: object(), money },
            ),
            (OfOrder::Void { payment: payment() }, Operation::Void { payment: object() }),
        ] {
            let request = orders_domain::ProviderRequest {
                id: "rf_1".parse().expect("an id"),
                provider: "stripe".parse().expect("a provider"),
                operation,
                version: Version::FIRST,
                at,
            };
            let told = told(&order, &request).expect("a request");
            assert_eq!((told.operation, told.id.as_str(), told.requested_at), (expected, "rf_1", at));
            assert_eq!(
                (told.order.as_str(), told.tenant),
                (order.id.to_string().as_str(), Tenant::default())
            );
        }
    }
}
