//! Insert of an order of a batch, which decides, and what follows from it.

use super::{Draft, OrderDecision, Plan, ProcessOrders};
use crate::ports::{
    AcceptedOrders, EventPublisher, Inserted, OrderNumbers, OrderStatuses, Orders, PaymentTasks,
    ProviderQueue, StockSettlements, TrackedStatus,
};
use crate::use_cases::place_order::{MAX_NUMBERS, MIN_TTL_WITH_STOCK};
use crate::{
    AcceptedOrder, Hold, Order, OrderRecord, OrderRequest, RejectReason, ScreeningReason, Status,
    advance_payment,
};
use futures::future::join;
use kernel::{PortError, Timestamp};
use std::time::Duration;

/// Time for the review of an order that is put on hold; it is cancelled afterwards.
const REVIEW_PERIOD: Duration = Duration::from_hours(72);

impl<A, S, F, O, N, T, E, Q> ProcessOrders<A, S, F, O, N, T, E, Q>
where
    A: AcceptedOrders,
    S: StockSettlements,
    O: Orders + PaymentTasks,
    N: OrderNumbers,
    T: OrderStatuses,
    E: EventPublisher,
    Q: ProviderQueue,
{
    /// Stores an order as it is planned, unless it is stored already: then its document is the decision. Tells the decision to
    /// everyone who waits for it.
    pub(super) async fn store(
        &self,
        draft: Draft,
        clock: &(impl Fn() -> Timestamp + Sync),
    ) -> Result<(OrderDecision, OrderRecord), PortError> {
        let Draft { accepted, plan } = draft;
        let (record, is_new) = self.insert(&accepted, plan, clock()).await?;
        let mut decision = OrderDecision::new(&record, is_new, accepted.at);
        let status = TrackedStatus::from(record.order());
        let (recorded, record) =
            join(self.statuses.record(&status), self.follow(record, clock, &mut decision)).await;
        // The status of an order whose key has an outcome must be there.
        recorded?;
        let ttl = self.claim_ttl.max(MIN_TTL_WITH_STOCK);
        self.accepted.decide(&accepted.key, clock().after(ttl)).await?;
        Ok((decision, record))
    }

    /// Asks for the payment of an order, and publishes its events. Others complete what fails.
    async fn follow(
        &self,
        record: OrderRecord,
        clock: &(impl Fn() -> Timestamp + Sync),
        decision: &mut OrderDecision,
    ) -> OrderRecord {
        let record = self.advance(record, clock(), decision).await;
        decision.note_unpublished(&self.events.publish_pending(&record, clock()).await);
        record
    }

    async fn insert(
        &self,
        accepted: &AcceptedOrder,
        plan: Plan,
        now: Timestamp,
    ) -> Result<(OrderRecord, bool), PortError> {
        let mut record = match plan {
            Plan::Create { order, review } => {
                let record = accepted.created(order, review, now);
                self.numbered(record).await?
            }
            Plan::Reject(reason) => accepted.refused(reason),
            Plan::Fail(error) => return Err(error),
            Plan::Open => return Err(unreadable("an order has no plan")),
        }
        .stored_at(now);
        for _ in 0..MAX_NUMBERS {
            match self.orders.insert(&record).await? {
                Inserted::New => return Ok((record, true)),
                Inserted::AlreadyThere(_) => {
                    self.give_back_number(&record);
                    let found = self.orders.find(&accepted.key.order).await?;
                    let found = found.ok_or_else(|| unreadable("an order that is there can't be found"))?;
                    return Ok((found, false));
                }
                Inserted::ExternalIdTaken => {
                    self.give_back_number(&record);
                    record = accepted.refused(RejectReason::Invalid).stored_at(now);
                }
                Inserted::NumberTaken => {
                    if let Some(numbers) = &self.numbers {
                        numbers.discard(record.order().tenant());
                    }
                    record = self.numbered(record).await?;
                }
            }
        }
        let source = format!("{MAX_NUMBERS} numbers in a row belong to other orders").into();
        Err(PortError::Unavailable { dependency: "order numbers", source })
    }

    /// Returns a new order with a number, if orders have one.
    async fn numbered(&self, record: OrderRecord) -> Result<OrderRecord, PortError> {
        let Some(numbers) = &self.numbers else { return Ok(record) };
        let number = numbers.take(record.order().tenant()).await?;
        Ok(record.with_number(Some(number)))
    }

    fn give_back_number(&self, record: &OrderRecord) {
        if let Some((numbers, number)) = self.numbers.as_ref().zip(record.order().number()) {
            numbers.give_back(record.order().tenant(), number);
        }
    }

    /// Asks the provider for the payment of an order, if the order says so. The sweeper tries again after a failure.
    async fn advance(
        &self,
        record: OrderRecord,
        now: Timestamp,
        decision: &mut OrderDecision,
    ) -> OrderRecord {
        if record.payments().unanswered().next().is_none() {
            return record;
        }
        match advance_payment(&self.orders, &self.payments, &self.stock, record.clone(), now).await {
            Ok(advanced) => advanced.record,
            Err(error) => {
                decision.left.push(kernel::ErrorChain(&error).to_string());
                record
            }
        }
    }
}

impl AcceptedOrder {
    /// Returns the record of the order as accepted: with the payment that it asks for, or on hold until somebody has
    /// reviewed it, and its payment waits. The time to pay of an order on hold begins with the end of the time for the
    /// review.
    fn created(&self, order: Order, review: Option<ScreeningReason>, now: Timestamp) -> OrderRecord {
        if let Some(reason) = review {
            let until = now.after(REVIEW_PERIOD);
            let payment_due_at = order.payment_due_at().map(|due_at| until.after(due_at.since(now)));
            let order = order.with_payment_due_at(payment_due_at);
            let record = OrderRecord::created(order, self.traceparent.clone());
            let charge =
                self.request.charge().filter(|_| record.order().status() == Status::Created).cloned();
            return record.with_hold(Hold { reason, until }).with_held_charge(charge);
        }
        let record = OrderRecord::created(order, self.traceparent.clone());
        match self.request.charge() {
            Some(terms) if record.order().status() == Status::Created => record.with_charge(terms, now),
            _ => record,
        }
    }

    /// Returns the record of the order as rejected. An earlier delivery may have taken its stock.
    fn refused(&self, reason: RejectReason) -> OrderRecord {
        let request = self.request.at_requested_prices().clone();
        let order = Order::place(request, self.key.order.tenant.clone(), self.key.order.id, self.at);
        let may_hold_stock = matches!(self.request.order(), OrderRequest::OfCatalog(_));
        OrderRecord::refused(order, reason, may_hold_stock, self.traceparent.clone())
    }
}

fn unreadable(reason: &'static str) -> PortError {
    PortError::Unreadable { dependency: "the orders", source: reason.into() }
}
