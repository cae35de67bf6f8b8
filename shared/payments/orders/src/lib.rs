//! Facts of payments, handed to the orders: implements the port of the payments by the ports of the orders.

mod fact;

use kernel::{ErrorChain, PortError, SERVICE_NAME, Timestamp};
use orders_domain::ports::{EventPublisher, Orders, PaidOrders};
use orders_domain::{FactRecorded, OrderKey, OrderRecord, RequestKey, record_payment_fact};
use payments_domain::ports::{OrderPayments, Recorded, Reported};

/// Orders, as payments need them.
#[derive(Debug)]
pub struct PaymentsOfOrders<O, E> {
    /// Orders.
    pub orders: O,
    /// Publication after the response.
    pub events: E,
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
        let tenant = reported.tenant;
        let order = match &subject.order {
            Some(reference) => {
                reference.as_str().parse().ok().map(|id| OrderKey { tenant: tenant.clone(), id })
            }
            None => self.orders.order_with_payment(tenant, &fact.provider, &fact.payment).await?,
        };
        let Some(order) = order else {
            return Ok(if subject.order.is_some() { Recorded::UnknownOrder } else { Recorded::NotOurs });
        };
        let key = RequestKey::Generated(reported.request.clone());
        let recorded =
            record_payment_fact(&self.orders, &order, &fact, &key, reported.at, reported.traceparent).await?;
        Ok(match recorded {
            FactRecorded::NoOrder => Recorded::UnknownOrder,
            FactRecorded::Known(record) => recorded_as(record, false),
            FactRecorded::Recorded(record) => {
                count_transition(&record);
                recorded_as(record, true)
            }
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

fn recorded_as(record: Box<OrderRecord>, is_new: bool) -> Recorded<Box<OrderRecord>> {
    let payment_status = record.order().payment().map_or("UNPAID", |payment| payment.status.as_str());
    Recorded::Recorded { written: record, payment_status, is_new }
}

/// Counts a change of the status: `order_state_transitions_total`.
fn count_transition(record: &OrderRecord) {
    let (from, to) = (record.previous_status(), record.order().status());
    if let Some(from) = from.filter(|from| *from != to) {
        metrics::counter!("order_state_transitions_total", "from" => from.to_string(), "to" => to.to_string())
            .increment(1);
    }
}
