//! Ports of one process: the in-memory ports, with the faults of the plan.

mod processing;

use crate::fault_plan::PortDefect;
use crate::world::World;
use futures::FutureExt as _;
use kernel::{PortError, Tenant, Timestamp, Version};
use orders_domain::ports::{
    Claim, ClaimedKey, Claims, Existing, HeldOrders, Holder, Inserted, LookUp, NewClaim, NextPaymentTasks,
    OpenReservation, OpenReservations, OrderNumbers, Orders, Part, PaymentTaskKind, PaymentTasks,
    ProviderQueue, RefundsDue, StockClaim, StockClaims, StockEffect, StockHolders, StockSettlement,
    StockSettlements, TrackedStatus,
};
use orders_domain::{
    Effect, Event, EventAddress, NumberBlock, Offers, Order, OrderChange, OrderKey, OrderRecord, Payments,
    ProductUnits, ProviderRequest,
};
use platform_outbox::{
    DeadLetter, DeadLetterQueue, Delivery, Lease, LeasedFrom, OutboxAcks, OutboxAdmin, Publisher,
    ReceivedDeadLetter, RelayQueue, Remaining, Requeued, Reschedule,
};
use std::fmt::Debug;
use std::sync::Arc;

/// All ports, as one process sees them.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) world: Arc<World>,
    pub(crate) process: String,
}

/// Returns the response of an in-memory port, which is ready at once.
fn now<T>(effect: impl Future<Output = T>) -> T {
    effect.now_or_never().expect("a port in memory is ready at once")
}

fn unavailable() -> PortError {
    PortError::Unavailable { dependency: "the simulation", source: "injected fault".into() }
}

/// Behaviour of the adapter after a lost response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adapter {
    Repeats,
    GivesUp,
}

impl Ports {
    fn has(&self, defect: PortDefect) -> bool {
        self.world.plan().defect == Some(defect)
    }

    /// Returns a settlement as a defective port carries it out.
    fn altered(&self, mut settlement: StockSettlement) -> StockSettlement {
        match &mut settlement.effect {
            StockEffect::Restock { refund, .. } if self.has(PortDefect::RestockRepeated) => {
                *refund = refund.numbered(self.world.below(1_000_000));
            }
            effect @ StockEffect::Reject if self.has(PortDefect::RejectionWithoutReservation) => {
                *effect = StockEffect::Release;
            }
            _ => {}
        }
        settlement
    }

    /// Makes a call, with a turn of the scheduler before and after it.
    async fn call<T: Debug + Send>(
        &self,
        name: &str,
        adapter: Adapter,
        effect: impl Fn() -> Result<T, PortError> + Send,
    ) -> Result<T, PortError> {
        let (world, plan) = (&self.world, self.world.plan());
        world.yield_turn().await;
        if world.happens(plan.call_failed) {
            world.trace(|| format!("{} {name}: failed", self.process));
            world.count(|figures| figures.calls_failed += 1);
            return Err(unavailable());
        }
        let mut response = effect();
        world.trace(|| format!("{} {name}: {response:?}", self.process));
        world.yield_turn().await;
        // Concurrent calls of a process take different numbers of turns, so that they interleave in any order.
        while world.happens(100) {
            world.yield_turn().await;
        }
        if adapter == Adapter::Repeats && world.happens(plan.call_repeated) {
            response = effect();
            world.trace(|| format!("{} {name}, repeated: {response:?}", self.process));
            world.count(|figures| figures.calls_repeated += 1);
            world.yield_turn().await;
        }
        if world.happens(plan.response_lost) {
            world.trace(|| format!("{} {name}: the response is lost", self.process));
            world.count(|figures| figures.responses_lost += 1);
            return Err(unavailable());
        }
        response
    }
}

impl Claims for Ports {
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        self.call("claim", Adapter::Repeats, || {
            if self.has(PortDefect::ClaimsAlwaysWon) {
                Ok(Claim::Won)
            } else {
                now(self.world.claims.claim(claim))
            }
        })
        .await
    }
}

impl StockClaims for Ports {
    fn remembered(&self, tenant: &Tenant, products: &[ProductUnits]) -> Option<Offers> {
        // Some instances are new.
        let is_new = self.world.happens(200);
        self.world.stock.remembered(tenant, products).filter(|_| !is_new)
    }

    async fn look_up(&self, key: &ClaimedKey<'_>, products: &[ProductUnits]) -> Result<LookUp, PortError> {
        self.call("look up", Adapter::Repeats, || now(self.world.stock.look_up(key, products))).await
    }

    async fn holder(&self, key: &ClaimedKey<'_>) -> Result<Option<Holder>, PortError> {
        self.call("holder", Adapter::Repeats, || now(self.world.stock.holder(key))).await
    }

    async fn claim_with_stock(&self, claim: &NewClaim<'_>) -> Result<StockClaim, PortError> {
        let claim = || now(self.world.stock.claim_with_stock(claim));
        self.call("claim with stock", Adapter::Repeats, claim).await
    }

    async fn close(&self, order: &OrderKey) -> Result<(), PortError> {
        self.call("close", Adapter::Repeats, || now(self.world.stock.close(order))).await
    }
}

impl OpenReservations for Ports {
    async fn open_since(&self, before: Timestamp) -> Result<Vec<OpenReservation>, PortError> {
        let open =
            self.call("open reservations", Adapter::Repeats, || now(self.world.stock.open_since(before)));
        Ok(open.await?.into_iter().filter(|_| !self.has(PortDefect::ReservationsForgotten)).collect())
    }

    async fn claimed_order(&self, reservation: &OpenReservation) -> Result<Option<Order>, PortError> {
        let claimed = || now(self.world.stock.claimed_order(reservation));
        self.call("claimed order", Adapter::Repeats, claimed).await
    }

    async fn postpone(
        &self,
        reservation: &OpenReservation,
        at: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        let postpone = || now(self.world.stock.postpone(reservation, at, until));
        self.call("postpone", Adapter::Repeats, postpone).await
    }

    async fn set_aside(&self, reservation: &OpenReservation) -> Result<(), PortError> {
        self.call("set aside", Adapter::Repeats, || now(self.world.stock.set_aside(reservation))).await
    }
}

impl StockSettlements for Ports {
    async fn settle(&self, settlements: &[StockSettlement]) -> Result<Vec<OrderKey>, PortError> {
        if self.has(PortDefect::SettlementSkipped) {
            return Ok(settlements.iter().map(|settlement| settlement.order.clone()).collect());
        }
        let settle = || {
            let settlements: Vec<_> = settlements.iter().cloned().map(|it| self.altered(it)).collect();
            now(self.world.stock.settle(&settlements))
        };
        self.call("settle", Adapter::Repeats, settle).await
    }
}

impl HeldOrders for Ports {
    async fn holds_due(
        &self,
        at: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        self.call("holds_due", Adapter::Repeats, || now(self.world.orders.holds_due(at, part))).await
    }
}

impl StockHolders for Ports {
    async fn unpaid(
        &self,
        at: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        self.call("unpaid", Adapter::Repeats, || now(self.world.orders.unpaid(at, part))).await
    }

    async fn ended(
        &self,
        before: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        self.call("ended", Adapter::Repeats, || now(self.world.orders.ended(before, part))).await
    }

    async fn settled(&self, orders: &[OrderKey]) -> Result<(), PortError> {
        self.call("settled", Adapter::Repeats, || now(self.world.orders.settled(orders))).await
    }
}

impl OrderNumbers for Ports {
    async fn lease_block(&self, tenant: &Tenant) -> Result<NumberBlock, PortError> {
        if self.world.happens(self.world.plan().counter_restored) {
            self.world.trace(|| "the counter of order numbers is restored from a backup".to_owned());
            self.world.count(|figures| figures.counters_restored += 1);
            self.world.orders.restore_numbers();
        }
        self.call("lease numbers", Adapter::Repeats, || now(self.world.orders.lease_block(tenant))).await
    }
}

impl Orders for Ports {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let order = record.order().id();
        let insert = || {
            if self.has(PortDefect::InsertOverwrites) {
                self.world.orders.forget(order);
            }
            let inserted = now(self.world.orders.insert(record))?;
            let is_mistaken = self.has(PortDefect::DuplicateInsertSucceeds) && self.world.is_accepted(order);
            Ok(match inserted {
                Inserted::AlreadyThere(_) if is_mistaken => Inserted::New,
                inserted => inserted,
            })
        };
        let inserted = self.call("insert", Adapter::Repeats, insert).await?;
        self.world.count(|figures| figures.numbers_taken += u64::from(inserted == Inserted::NumberTaken));
        Ok(inserted)
    }

    async fn existing(&self, key: &OrderKey) -> Result<Option<Existing>, PortError> {
        let existing =
            self.call("existing", Adapter::Repeats, || now(self.world.orders.existing(key))).await?;
        Ok(existing.map(|existing| {
            let number = existing.number.filter(|_| !self.has(PortDefect::NumberForgotten));
            Existing { number, ..existing }
        }))
    }

    async fn apply(&self, change: &OrderChange) -> Result<Option<OrderRecord>, PortError> {
        let mut change = change.clone();
        if self.has(PortDefect::VersionIgnored)
            && let Some(record) = self.find(&change.order).await?
        {
            change.expected = record.order().version();
        }
        if matches!(change.effect, Effect::Payment(_)) && self.has(PortDefect::PaymentForgotten) {
            return self.find(&change.order).await;
        }
        self.call("apply", Adapter::Repeats, || now(self.world.orders.apply(&change))).await
    }

    async fn find(&self, key: &OrderKey) -> Result<Option<OrderRecord>, PortError> {
        self.call("find", Adapter::Repeats, || now(self.world.orders.find(key))).await
    }
}

impl RefundsDue for Ports {
    async fn refunds_due(&self, since: Timestamp) -> Result<u64, PortError> {
        self.call("refunds due", Adapter::Repeats, || now(self.world.orders.refunds_due(since))).await
    }
}

impl PaymentTasks for Ports {
    async fn payment_tasks(
        &self,
        kind: PaymentTaskKind,
        at: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        let tasks = || now(self.world.orders.payment_tasks(kind, at, part));
        let due = self.call("payment tasks", Adapter::Repeats, tasks).await?;
        let without_requests = |record: OrderRecord| {
            let payments = record.payments();
            let payments = Payments::new(payments.facts().to_vec(), Vec::new(), payments.refunds().to_vec());
            record.with_payments(payments)
        };
        let is_ignored = self.has(PortDefect::PendingRequestsIgnored);
        Ok(due.into_iter().map(|it| if is_ignored { it.map(without_requests) } else { it }).collect())
    }

    async fn note_payment_tasks(
        &self,
        order: &OrderKey,
        version: Version,
        next: &NextPaymentTasks,
    ) -> Result<(), PortError> {
        let note = || now(self.world.orders.note_payment_tasks(order, version, next));
        self.call("note payment tasks", Adapter::Repeats, note).await
    }
}

impl ProviderQueue for Ports {
    async fn send(&self, order: &OrderKey, request: &ProviderRequest) -> Result<(), PortError> {
        if self.has(PortDefect::RequestsNeverSent) {
            return Ok(());
        }
        let send = || {
            self.world.count(|figures| figures.requests_sent += 1);
            self.world.provider_queue.send((order.clone(), request.clone()));
            Ok(())
        };
        self.call("send to the provider", Adapter::Repeats, send).await
    }
}

impl OutboxAcks for Ports {
    type Key = OrderKey;
    type EntryId = Version;

    async fn acknowledge(
        &self,
        key: &OrderKey,
        version: Version,
        lease: Option<&Lease>,
    ) -> Result<Remaining, PortError> {
        let lease = lease.filter(|_| !self.has(PortDefect::LeaseOwnerIgnored));
        let acknowledge = || now(self.world.orders.acknowledge(key, version, lease));
        self.call("acknowledge", Adapter::Repeats, acknowledge).await
    }
}

impl RelayQueue for Ports {
    type Payload = Event;

    async fn lease(&self, lease: &Lease) -> Result<Option<LeasedFrom<Self>>, PortError> {
        self.call("lease", Adapter::Repeats, || now(self.world.orders.lease(lease))).await
    }

    async fn reschedule(
        &self,
        lease: &Lease,
        key: &OrderKey,
        next: Reschedule<Version>,
    ) -> Result<(), PortError> {
        let reschedule = || now(self.world.orders.reschedule(lease, key, next));
        self.call("reschedule", Adapter::Repeats, reschedule).await
    }

    async fn clear_empty(&self, lease: &Lease, key: &OrderKey) -> Result<(), PortError> {
        self.call("clear empty", Adapter::Repeats, || now(self.world.orders.clear_empty(lease, key))).await
    }
}

impl OutboxAdmin for Ports {
    type Address = EventAddress;

    async fn requeue(&self, address: &EventAddress) -> Result<Requeued, PortError> {
        self.call("requeue", Adapter::GivesUp, || now(self.world.orders.requeue(address))).await
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        self.call("oldest", Adapter::Repeats, || now(self.world.orders.oldest())).await
    }
}

impl Publisher for Ports {
    type Payload = Event;

    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        let (accepted, rejected): (Vec<_>, Vec<_>) =
            events.iter().cloned().partition(|_| !self.world.happens(self.world.plan().rejected));
        let publish = || {
            now(self.world.bus.publish(&accepted));
            for event in &accepted {
                self.world.tracking_queue.send(TrackedStatus::from(&event.order));
            }
            Ok(events.iter().map(|event| event.id().to_string()).collect::<Vec<_>>())
        };
        if let Err(error) = self.call("publish", Adapter::Repeats, publish).await
            && !self.has(PortDefect::FailedPublishAccepted)
        {
            let error = Arc::new(error);
            return events.iter().map(|_| Delivery::Unsent(Arc::clone(&error))).collect();
        }
        let delivery = |event| {
            if rejected.contains(event) {
                Delivery::Rejected { reason: "injected rejection".to_owned() }
            } else {
                Delivery::Accepted
            }
        };
        events.iter().map(delivery).collect()
    }
}

impl DeadLetterQueue for Ports {
    type Payload = Event;
    type Address = EventAddress;

    async fn send(&self, letter: &DeadLetter<Event>) -> Result<(), PortError> {
        self.world.count(|figures| figures.dead_letters += 1);
        self.call("send dead letter", Adapter::Repeats, || now(self.world.dead_letters.send(letter))).await
    }

    async fn receive(&self) -> Result<Vec<Result<ReceivedDeadLetter<EventAddress>, PortError>>, PortError> {
        self.call("receive dead letters", Adapter::Repeats, || now(self.world.dead_letters.receive())).await
    }

    async fn delete(&self, letter: &ReceivedDeadLetter<EventAddress>) -> Result<(), PortError> {
        self.call("delete dead letter", Adapter::Repeats, || now(self.world.dead_letters.delete(letter)))
            .await
    }
}
