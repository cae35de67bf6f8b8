//! Store of orders.

use kernel::{Patch, PortError, Tenant, Timestamp, Version};
use orders_domain::ports::{
    Existing, HeldOrders, Inserted, Listing, NextPaymentTasks, OrderNumbers, Orders, PaidOrders, Part,
    PaymentTaskKind, PaymentTasks, RefundsDue, StockHolders,
};
use orders_domain::{
    Compensation, Effect, ExternalId, NumberBlock, Order, OrderChange, OrderId, OrderKey, OrderParts,
    OrderQuery, OrderRecord, Outbox, Page, PaymentChange, PaymentReference, Position, ProviderName,
    RecordedFact, ReviewDecision, Sort, Status, StockHold, StoredHold, Tasks,
};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

/// Orders and their outboxes in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryOrders {
    orders: Arc<Mutex<BTreeMap<OrderId, Stored>>>,
    /// Last number that is leased, by tenant.
    numbers: Arc<Mutex<HashMap<Tenant, u64>>>,
}

/// Stored order.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) record: OrderRecord,
    pub(crate) due_at: Timestamp,
    pub(crate) lease_owner: Option<String>,
    payment_tasks: PaymentMarks,
}

/// Times from which on the payments of an order need something.
#[derive(Clone, Copy, Debug, Default)]
struct PaymentMarks {
    requests_at: Option<Timestamp>,
    compensation_at: Option<Timestamp>,
    /// Time since which money has to go back.
    compensation_since: Option<Timestamp>,
}

impl PaymentMarks {
    fn after(self, change: &OrderChange, record: &OrderRecord) -> Self {
        let owed = record.owed(record.order().status());
        let compensation = owed.map(|owed| record.payments().compensation(&owed));
        let is_capture = change.target() == Some(Status::Fulfilled)
            && owed.is_some_and(|it| record.payments().can_be_captured(&it));
        let requests_at = match &change.effect {
            Effect::Payment(payment) => match payment.tasks {
                Tasks::New => Some(change.at.after(PaymentChange::SENDING_GRACE)),
                Tasks::Earlier => self.requests_at,
                Tasks::Nothing => None,
            },
            Effect::Review(ReviewDecision::Approve) => Some(change.at),
            _ if is_capture => Some(change.at),
            _ => self.requests_at,
        };
        let is_due = compensation == Some(Compensation::Due);
        let asks = matches!(&change.effect, Effect::Payment(payment) if payment.tasks == Tasks::New);
        let since = self.compensation_since.filter(|_| !asks).unwrap_or(change.at);
        let compensation_since = is_due.then_some(since);
        Self { requests_at, compensation_at: is_due.then_some(change.at), compensation_since }
    }
}

impl Stored {
    fn new(record: OrderRecord) -> Self {
        let due_at = record.order().updated_at().after(OrderRecord::RELAY_GRACE);
        let asked_at = record.payments().requests().first().map(|request| request.at);
        let requests_at = asked_at.map(|at| at.after(PaymentChange::SENDING_GRACE));
        let payment_tasks = PaymentMarks { requests_at, ..PaymentMarks::default() };
        Self { record, due_at, lease_owner: None, payment_tasks }
    }

    pub(crate) fn set_outbox(&mut self, outbox: Outbox) {
        let (order, history) = (self.record.order().clone(), self.record.history().to_vec());
        let record = OrderRecord::restore(order, history, outbox).expect("a record with another outbox");
        let record = record.with_stock(self.record.stock()).with_payments(self.record.payments().clone());
        let record = record.with_stored_hold(self.record.hold());
        let record = record.with_held_charge(self.record.held_charge().cloned());
        self.record = record.with_restock_due(self.record.is_restock_due());
    }
}

impl InMemoryOrders {
    /// Returns all records, sorted by the ids of their orders.
    ///
    /// # Panics
    ///
    /// When a test has panicked while storing.
    #[must_use]
    pub fn records(&self) -> Vec<OrderRecord> {
        self.stored().values().map(|stored| stored.record.clone()).collect()
    }

    /// Forgets which order numbers are leased, as a counter does that is restored from a backup.
    ///
    /// # Panics
    ///
    /// When a test has panicked while leasing.
    pub fn restore_numbers(&self) {
        self.numbers.lock().expect("no panic").clear();
    }

    /// Forgets an order, as a store does in which another one takes its place.
    ///
    /// # Panics
    ///
    /// When a test has panicked while storing.
    pub fn forget(&self, order: OrderId) {
        self.stored().remove(&order);
    }

    pub(crate) fn stored(&self) -> MutexGuard<'_, BTreeMap<OrderId, Stored>> {
        self.orders.lock().expect("no panic")
    }

    /// Returns `true` when another order of the tenant has a value.
    fn is_taken(&self, key: &OrderKey, has_value: impl Fn(&Order) -> bool) -> bool {
        let is_holder =
            |order: &Order| order.tenant() == &key.tenant && order.id() != key.id && has_value(order);
        self.stored().values().any(|stored| is_holder(stored.record.order()))
    }

    /// Runs `work` on an order; `None` when the tenant has no such order.
    pub(crate) fn with<T>(&self, key: &OrderKey, work: impl FnOnce(&mut Stored) -> T) -> Option<T> {
        let mut orders = self.stored();
        orders.get_mut(&key.id).filter(|stored| stored.record.order().tenant() == &key.tenant).map(work)
    }
}

impl Listing for InMemoryOrders {
    async fn page(&self, query: &OrderQuery) -> Result<Page, PortError> {
        let stored = self.stored();
        let orders = stored.values().map(|stored| stored.record.order());
        let mut orders: Vec<_> = orders.filter(|order| query.includes(order)).cloned().collect();
        match query.sort {
            Sort::Created => orders.sort_by_key(|order| std::cmp::Reverse(order.id())),
            Sort::Updated => orders.sort_by_key(|order| Position::of(order, Sort::Updated)),
        }
        let has_more = orders.len() > query.limit.get();
        orders.truncate(query.limit.get());
        let next_after = orders.last().filter(|_| has_more).map(|order| Position::of(order, query.sort));
        Ok(Page { orders, next_after, ..Page::default() })
    }
}

impl Orders for InMemoryOrders {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let order = record.order();
        let key = order.key();
        if let Some(existing) = self.existing(&key).await? {
            return Ok(Inserted::AlreadyThere(existing));
        }
        let external_id = external_id_of(order);
        if external_id.is_some() && self.is_taken(&key, |other| external_id_of(other) == external_id) {
            return Ok(Inserted::ExternalIdTaken);
        }
        if order.number().is_some() && self.is_taken(&key, |other| other.number() == order.number()) {
            return Ok(Inserted::NumberTaken);
        }
        Ok(match self.stored().entry(order.id()) {
            Entry::Occupied(it) => Inserted::AlreadyThere(existing(&it.get().record)),
            Entry::Vacant(place) => {
                place.insert(Stored::new(record.clone()));
                Inserted::New
            }
        })
    }

    async fn existing(&self, key: &OrderKey) -> Result<Option<Existing>, PortError> {
        Ok(self.with(key, |stored| existing(&stored.record)))
    }

    async fn apply(&self, change: &OrderChange) -> Result<Option<OrderRecord>, PortError> {
        if let Effect::Correction(correction) = &change.effect
            && let Patch::Set(external_id) = &correction.external_id
            && self.is_taken(&change.order, |other| external_id_of(other) == Some(external_id))
        {
            return Ok(None);
        }
        let applied = self.with(&change.order, |stored| {
            let record = &stored.record;
            if change.outcome_without_write(Some(record)).is_some() {
                return None;
            }
            let order = record.order();
            let step = change.step(order.status());
            let request = match &change.effect {
                Effect::Correction(correction) => correction.applied_to(order.request()),
                Effect::Status(_)
                | Effect::WriteOff
                | Effect::Expiry
                | Effect::HoldExpiry
                | Effect::Review(_)
                | Effect::Payment(_) => order.request().clone(),
            };
            let changed = Order::restore(OrderParts {
                id: order.id(),
                tenant: order.tenant().clone(),
                number: order.number(),
                request,
                version: order.version().next(),
                status: step.status,
                cancel_reason: None,
                reject_reason: order.reject_reason(),
                hold: None,
                payment_due_at: order.payment_due_at(),
                payment: None,
                created_at: order.created_at(),
                updated_at: change.at,
            });
            let step_status = step.status;
            let history = [record.history(), &[step]].concat();
            let mut outbox = record.outbox().clone();
            outbox.events.push(change.event());
            let changed = OrderRecord::restore(changed.expect("a later version"), history, outbox);
            let stock = record.stock().map(|hold| hold.after(step_status));
            let added = change.payment_additions().unwrap_or_default();
            let payments = record.payments().with(&added, order.version().next(), change.at);
            let changed = changed.expect("a record after an allowed change");
            let (stock, is_restock_due) = match &change.effect {
                Effect::Payment(payment) => (
                    match (stock, payment.payment_due_at) {
                        (Some(StockHold::Held { .. }), Some(due_at)) => {
                            Some(StockHold::Held { payment_due_at: Some(due_at) })
                        }
                        _ => stock,
                    },
                    record.is_restock_due() || payment.restocks,
                ),
                _ => (stock, record.is_restock_due()),
            };
            let hold =
                record.hold().map(|it| if change.ends_hold() { StoredHold::Over(it.hold()) } else { it });
            let changed = changed.with_stock(stock).with_payments(payments).with_stored_hold(hold);
            let held_charge = record.held_charge().filter(|_| !change.ends_held_charge()).cloned();
            let changed = changed.with_held_charge(held_charge);
            stored.record = changed.with_restock_due(is_restock_due);
            stored.payment_tasks = stored.payment_tasks.after(change, &stored.record);
            stored.due_at = change.at.after(OrderRecord::RELAY_GRACE);
            Some(stored.record.clone())
        });
        Ok(applied.flatten())
    }

    async fn find(&self, key: &OrderKey) -> Result<Option<OrderRecord>, PortError> {
        Ok(self.with(key, |stored| stored.record.clone()))
    }
}

impl PaidOrders for InMemoryOrders {
    async fn order_with_payment(
        &self,
        tenant: &Tenant,
        provider: &ProviderName,
        payment: &PaymentReference,
    ) -> Result<Option<OrderKey>, PortError> {
        let is_about =
            |known: &RecordedFact| (&known.fact.provider, &known.fact.payment) == (provider, payment);
        let orders = self.stored();
        let mut orders = orders.values().map(|stored| &stored.record);
        let found = orders.find(|record| {
            record.order().tenant() == tenant && record.payments().facts().iter().any(is_about)
        });
        Ok(found.map(|record| record.order().key()))
    }
}

impl RefundsDue for InMemoryOrders {
    async fn refunds_due(&self, since: Timestamp) -> Result<u64, PortError> {
        let is_due = |stored: &&Stored| stored.payment_tasks.compensation_since.is_some_and(|it| it <= since);
        Ok(self.stored().values().filter(is_due).count() as u64)
    }
}

impl PaymentTasks for InMemoryOrders {
    async fn payment_tasks(
        &self,
        kind: PaymentTaskKind,
        now: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        let due_at = |marks: &PaymentMarks| match kind {
            PaymentTaskKind::Requests => marks.requests_at,
            PaymentTaskKind::Compensation => marks.compensation_at,
        };
        let stored = self.stored();
        let due = stored.values().filter(|it| due_at(&it.payment_tasks).is_some_and(|at| at <= now));
        let due = due.map(|stored| Ok(stored.record.clone()));
        Ok(due.skip(part.skip as usize).take(part.limit as usize).collect())
    }

    async fn note_payment_tasks(
        &self,
        order: &OrderKey,
        version: Version,
        next: &NextPaymentTasks,
    ) -> Result<(), PortError> {
        self.with(order, |stored| {
            if stored.record.order().version() == version {
                let NextPaymentTasks { requests_at, is_restock_due, compensation_at } = *next;
                let since = stored.payment_tasks.compensation_since.filter(|_| compensation_at.is_some());
                stored.payment_tasks =
                    PaymentMarks { requests_at, compensation_at, compensation_since: since };
                let is_restock_due = is_restock_due && stored.record.is_restock_due();
                stored.record = stored.record.clone().with_restock_due(is_restock_due);
            }
        });
        Ok(())
    }
}

impl OrderNumbers for InMemoryOrders {
    async fn lease_block(&self, tenant: &Tenant) -> Result<NumberBlock, PortError> {
        let mut numbers = self.numbers.lock().expect("no panic");
        let last = numbers.entry(tenant.clone()).or_default();
        *last += NumberBlock::SIZE;
        Ok(NumberBlock::ending_with(*last).expect("a few numbers"))
    }
}

impl StockHolders for InMemoryOrders {
    async fn unpaid(
        &self,
        now: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        Ok(self.part(part, |record| match record.stock() {
            Some(StockHold::Held { payment_due_at }) => payment_due_at.filter(|due_at| *due_at <= now),
            _ => None,
        }))
    }

    async fn ended(
        &self,
        before: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        Ok(self.part(part, |record| {
            let is_due = record.stock() == Some(StockHold::Ended) && record.order().updated_at() <= before;
            is_due.then(|| record.order().created_at())
        }))
    }

    async fn settled(&self, orders: &[OrderKey]) -> Result<(), PortError> {
        for key in orders {
            self.with(key, |stored| {
                if stored.record.stock() == Some(StockHold::Ended) {
                    stored.record = stored.record.clone().with_stock(None);
                }
            });
        }
        Ok(())
    }
}

impl HeldOrders for InMemoryOrders {
    async fn holds_due(
        &self,
        now: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        Ok(self.part(part, |record| {
            let until = record.order().hold()?.until;
            (until <= now).then_some(until)
        }))
    }
}

impl InMemoryOrders {
    /// Returns a part of the records that have a time, earliest first.
    fn part(
        &self,
        part: Part,
        time: impl Fn(&OrderRecord) -> Option<Timestamp>,
    ) -> Vec<Result<OrderRecord, PortError>> {
        let mut found: Vec<_> = self.records().into_iter().filter_map(|it| Some((time(&it)?, it))).collect();
        found.sort_by_key(|(time, _)| *time);
        let found = found.into_iter().map(|(_, record)| Ok(record));
        found.skip(part.skip as usize).take(part.limit as usize).collect()
    }
}

fn external_id_of(order: &Order) -> Option<&ExternalId> {
    order.request().references().external_id.as_ref()
}

fn existing(record: &OrderRecord) -> Existing {
    Existing { number: record.order().number(), is_rejected: record.is_rejected() }
}
