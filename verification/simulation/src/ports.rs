//! The ports of one process: those in memory, with whatever the plan has in store.

use crate::plan::Sabotage;
use crate::world::World;
use futures::FutureExt as _;
use orders_domain::ports::{
    Backlog, BuriedEvents, Claim, Claims, DeadLetters, Delivery, EventPublisher, Inserted, NewClaim, Orders,
    Outbox, PortError, PutBack, Settled, WaitingEvents,
};
use orders_domain::{
    BuriedEvent, DeadLetter, Event, Lease, OrderId, OrderRecord, PendingEvent, PutOff, StatusChange, Tenant,
    Timestamp, Version,
};
use std::fmt::Debug;
use std::sync::Arc;

/// All ports, as one process sees them.
#[derive(Clone)]
pub(crate) struct Ports {
    pub(crate) world: Arc<World>,
    pub(crate) process: String,
}

/// The answer of an effect in memory, which is there at once.
fn now<T>(effect: impl Future<Output = T>) -> T {
    effect.now_or_never().expect("memory doesn't wait")
}

fn unavailable() -> PortError {
    PortError::Unavailable { dependency: "the simulation", source: "as planned".into() }
}

/// Whether the adapter of a call sends it again when its answer is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Adapter {
    Repeats,
    GivesUp,
}

impl Ports {
    fn is(&self, sabotage: Sabotage) -> bool {
        self.world.plan().sabotage == Some(sabotage)
    }

    /// A call, with a turn for others before it and after it.
    async fn call<T: Debug + Send>(
        &self,
        what: &str,
        adapter: Adapter,
        effect: impl Fn() -> Result<T, PortError> + Send,
    ) -> Result<T, PortError> {
        let (world, plan) = (&self.world, self.world.plan());
        world.turn().await;
        if world.happens(plan.not_done) {
            world.tell(|| format!("{} {what}: not done", self.process));
            world.count(|figures| figures.calls_not_done += 1);
            return Err(unavailable());
        }
        let mut answer = effect();
        world.tell(|| format!("{} {what}: {answer:?}", self.process));
        world.turn().await;
        if adapter == Adapter::Repeats && world.happens(plan.repeated) {
            answer = effect();
            world.tell(|| format!("{} {what}, repeated: {answer:?}", self.process));
            world.count(|figures| figures.calls_repeated += 1);
            world.turn().await;
        }
        if world.happens(plan.answer_lost) {
            world.tell(|| format!("{} {what}: the answer is lost", self.process));
            world.count(|figures| figures.answers_lost += 1);
            return Err(unavailable());
        }
        answer
    }
}

impl Claims for Ports {
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        self.call("claim", Adapter::Repeats, || {
            if self.is(Sabotage::ClaimsForget) { Ok(Claim::Won) } else { now(self.world.claims.claim(claim)) }
        })
        .await
    }
}

impl Orders for Ports {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        self.call("insert", Adapter::Repeats, || now(self.world.orders.insert(record))).await
    }

    async fn apply(&self, change: &StatusChange) -> Result<Option<OrderRecord>, PortError> {
        let mut change = change.clone();
        if self.is(Sabotage::VersionIgnored)
            && let Some(record) = self.find(&change.tenant, change.order_id).await?
        {
            change.expected = record.order().version();
        }
        self.call("apply", Adapter::Repeats, || now(self.world.orders.apply(&change))).await
    }

    async fn find(&self, tenant: &Tenant, id: OrderId) -> Result<Option<OrderRecord>, PortError> {
        self.call("find", Adapter::Repeats, || now(self.world.orders.find(tenant, id))).await
    }
}

impl Outbox for Ports {
    async fn settle(&self, tenant: &Tenant, id: OrderId, version: Version) -> Result<Settled, PortError> {
        let settle = || now(Outbox::settle(&self.world.orders, tenant, id, version));
        self.call("settle", Adapter::Repeats, settle).await
    }
}

impl Backlog for Ports {
    async fn lease(&self, lease: &Lease) -> Result<Option<OrderRecord>, PortError> {
        self.call("lease", Adapter::Repeats, || now(self.world.orders.lease(lease))).await
    }

    async fn settle(
        &self,
        lease: &Lease,
        record: &OrderRecord,
        version: Version,
    ) -> Result<Settled, PortError> {
        if self.is(Sabotage::OwnerIgnored) {
            return Outbox::settle(self, record.order().tenant(), record.order().id(), version).await;
        }
        let settle = || now(Backlog::settle(&self.world.orders, lease, record, version));
        self.call("settle of its lease", Adapter::Repeats, settle).await
    }

    async fn put_off(&self, lease: &Lease, record: &OrderRecord, put_off: PutOff) -> Result<(), PortError> {
        let put_off = || now(self.world.orders.put_off(lease, record, put_off));
        self.call("put off", Adapter::Repeats, put_off).await
    }
}

impl WaitingEvents for Ports {
    async fn put_back(
        &self,
        tenant: &Tenant,
        id: OrderId,
        event: &PendingEvent,
    ) -> Result<PutBack, PortError> {
        let put_back = || now(self.world.orders.put_back(tenant, id, event));
        self.call("put back", Adapter::GivesUp, put_back).await
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        self.call("oldest", Adapter::Repeats, || now(self.world.orders.oldest())).await
    }
}

impl EventPublisher for Ports {
    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        let (accepted, rejected): (Vec<_>, Vec<_>) =
            events.iter().cloned().partition(|_| !self.world.happens(self.world.plan().rejected));
        let publish = || {
            now(self.world.bus.publish(&accepted));
            Ok(events.iter().map(|event| event.id().to_string()).collect::<Vec<_>>())
        };
        if let Err(error) = self.call("publish", Adapter::Repeats, publish).await
            && !self.is(Sabotage::FailureAccepted)
        {
            let error = Arc::new(error);
            return events.iter().map(|_| Delivery::Unsent(Arc::clone(&error))).collect();
        }
        let fate = |event| {
            if rejected.contains(event) {
                Delivery::Rejected { reason: "as planned".to_owned() }
            } else {
                Delivery::Accepted
            }
        };
        events.iter().map(fate).collect()
    }
}

impl DeadLetters for Ports {
    async fn bury(&self, letter: &DeadLetter) -> Result<(), PortError> {
        self.world.count(|figures| figures.buried += 1);
        self.call("bury", Adapter::Repeats, || now(self.world.letters.bury(letter))).await
    }
}

impl BuriedEvents for Ports {
    async fn exhume(&self) -> Result<Vec<Result<BuriedEvent, PortError>>, PortError> {
        self.call("exhume", Adapter::Repeats, || now(self.world.letters.exhume())).await
    }

    async fn forget(&self, letter: &BuriedEvent) -> Result<(), PortError> {
        self.call("forget", Adapter::Repeats, || now(self.world.letters.forget(letter))).await
    }
}
