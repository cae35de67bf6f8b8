//! Facts of payments, handed to the orders, and requests of orders, handed to the payments: implements the ports of each
//! context by those of the other.

mod fact;
mod requests;

pub use requests::RequestsOfOrders;

use kernel::{ErrorChain, PortError, SERVICE_NAME, Timestamp};
use orders_domain::ports::{EventPublisher, Orders, PaidOrders};
use orders_domain::{
    CapturePolicy, FactRecorded, OrderId, OrderKey, OrderRecord, PaymentFact, PaymentStatus,
    RecordPaymentFact, RequestKey, record_payment_fact,
};
use payments_domain::ports::{FactEffect, OrderPayments, Recorded, Reported};

/// Orders, as payments need them.
#[derive(Debug)]
pub struct PaymentsOfOrders<O, E> {
    /// Orders.
    pub orders: O,
    /// Publication after the response.
    pub events: E,
    /// Time at which providers take money that is set aside.
    pub capture: CapturePolicy,
}

impl<O, E> OrderPayments for PaymentsOfOrders<O, E>
where
    O: Orders + PaidOrders + Sync,
    E: EventPublisher + Sync,
{
    type Written = Box<OrderRecord>;

    async fn record(&self, reported: &Reported<'_>) -> Result<Recorded<Self::Written>, PortError> {
        let fact = fact::of(reported.provider, &reported.notification.fact)?;
        let subject = &reported.notification.subject;
        let named = subject.order.as_ref().map(|order| order.as_str().parse::<OrderId>());
        if let Some(Ok(id)) = named {
            let order = OrderKey { tenant: reported.tenant.clone(), id };
            let recorded = self.record_in(&order, &fact, reported).await?;
            if recorded != FactRecorded::NoOrder {
                return Ok(told(recorded));
            }
        }
        // A refund or a dispute can name something else, or nothing. Its payment is known by then.
        let found = match fact.object {
            Some(_) => self.orders.order_with_payment(reported.tenant, &fact.provider, &fact.payment).await?,
            None => None,
        };
        Ok(match (found, named) {
            (Some(order), _) => told(self.record_in(&order, &fact, reported).await?),
            (None, Some(Ok(_))) => Recorded::UnknownOrder,
            (None, Some(Err(_))) => Recorded::NoOrder,
            (None, None) if fact.object.is_some() => Recorded::UnknownPayment,
            (None, None) => Recorded::NotOurs,
        })
    }

    async fn publish(&self, record: Self::Written, now: Timestamp) {
        let outcome = self.events.publish_pending(&record, now).await;
        if let Some(failure) = &outcome.failure {
            let error = ErrorChain(failure.as_ref()).to_string();
            tracing::warn!(target: SERVICE_NAME, error, "events are left in the outbox");
        }
    }
}

impl<O: Orders + Sync, E: Sync> PaymentsOfOrders<O, E> {
    async fn record_in(
        &self,
        order: &OrderKey,
        fact: &PaymentFact,
        reported: &Reported<'_>,
    ) -> Result<FactRecorded, PortError> {
        let key = RequestKey::Generated(reported.request.clone());
        let command = RecordPaymentFact {
            order,
            fact,
            capture: self.capture,
            request: &key,
            at: reported.at,
            traceparent: reported.traceparent,
        };
        record_payment_fact(&self.orders, &command).await
    }
}

fn told(recorded: FactRecorded) -> Recorded<Box<OrderRecord>> {
    match recorded {
        FactRecorded::NoOrder => Recorded::UnknownOrder,
        FactRecorded::Known(written) => Recorded::Recorded { written, effect: FactEffect::Known },
        FactRecorded::Recorded(written) => {
            count_transition(&written);
            let status = written.order().payment().map(|payment| payment.status);
            let is_mismatched = status == Some(PaymentStatus::Mismatch);
            let effect = if is_mismatched { FactEffect::Mismatched } else { FactEffect::New };
            Recorded::Recorded { written, effect }
        }
    }
}

/// Counts a change of the status: `order_state_transitions_total`.
fn count_transition(record: &OrderRecord) {
    let (from, to) = (record.previous_status(), record.order().status());
    if let Some(from) = from.filter(|from| *from != to) {
        metrics::counter!("order_state_transitions_total", "from" => from.to_string(), "to" => to.to_string())
            .increment(1);
    }
}
