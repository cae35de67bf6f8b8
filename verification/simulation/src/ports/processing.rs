//! Ports of orders that are processed later.

use super::{Adapter, Ports, now};
use crate::fault_plan::PortDefect;
use kernel::{PortError, Tenant, Timestamp};
use orders_domain::ports::{
    Acceptance, Acceptances, AcceptedOrders, Freshness, NewAcceptance, OpenAcceptance, OpenAcceptances,
    OrderStatuses, ProcessingBacklog, ProcessingProgress, ProcessingQueue, Progress, Screening, StockBatches,
    StockTaken, TrackedStatus,
};
use orders_domain::{AcceptedKey, AcceptedOrder, Offers, Order, OrderId, Sku, Verdict};
use std::collections::BTreeMap;

impl Acceptances for Ports {
    async fn accept(&self, acceptance: &NewAcceptance<'_>) -> Result<Acceptance, PortError> {
        let accept = || {
            let outcome = now(self.world.claims.accept(acceptance))?;
            if let Acceptance::Won(key) = &outcome {
                self.world.note_accepted(key.order.id, acceptance.request);
                if self.has(PortDefect::DecidedWhenAccepted) {
                    now(self.world.claims.decide(key, acceptance.resend_at))?;
                }
            }
            Ok(outcome)
        };
        self.call("accept", Adapter::Repeats, accept).await
    }
}

impl AcceptedOrders for Ports {
    async fn find_all(
        &self,
        keys: &[AcceptedKey],
    ) -> Result<Vec<Option<Result<AcceptedOrder, PortError>>>, PortError> {
        self.call("find accepted", Adapter::Repeats, || now(self.world.claims.find_all(keys))).await
    }

    async fn decide(&self, key: &AcceptedKey, expires_at: Timestamp) -> Result<(), PortError> {
        self.call("decide", Adapter::Repeats, || now(self.world.claims.decide(key, expires_at))).await
    }
}

impl OpenAcceptances for Ports {
    async fn due(&self, at: Timestamp) -> Result<Vec<OpenAcceptance>, PortError> {
        let due = self.call("open acceptances", Adapter::Repeats, || now(self.world.claims.due(at))).await?;
        Ok(due.into_iter().filter(|_| !self.has(PortDefect::AcceptancesForgotten)).collect())
    }

    async fn put_off(&self, open: &OpenAcceptance, until: Timestamp) -> Result<bool, PortError> {
        self.call("put off", Adapter::Repeats, || now(self.world.claims.put_off(open, until))).await
    }
}

impl ProcessingProgress for Ports {
    async fn note(&self, progress: Progress) -> Result<(), PortError> {
        self.call("note progress", Adapter::Repeats, || now(self.world.claims.note(progress))).await
    }

    async fn last(&self) -> Result<Option<Progress>, PortError> {
        self.call("last progress", Adapter::Repeats, || now(self.world.claims.last())).await
    }
}

impl ProcessingQueue for Ports {
    async fn send(&self, order: &AcceptedKey) -> Result<(), PortError> {
        let send = || {
            self.world.accepted_queue.send(order, self.world.now());
            Ok(())
        };
        self.call("send to the processor", Adapter::Repeats, send).await
    }
}

impl ProcessingBacklog for Ports {
    async fn is_empty(&self) -> Result<bool, PortError> {
        self.call("backlog", Adapter::Repeats, || Ok(self.world.accepted_queue.is_empty())).await
    }
}

impl StockBatches for Ports {
    async fn offers(
        &self,
        products: &[(Tenant, Sku)],
        freshness: Freshness,
    ) -> Result<BTreeMap<Tenant, Offers>, PortError> {
        // Some instances are new.
        let freshness = if self.world.happens(200) { Freshness::Present } else { freshness };
        self.call("offers", Adapter::Repeats, || now(self.world.stock.offers(products, freshness))).await
    }

    async fn take_all(&self, orders: &[&Order]) -> Result<Vec<StockTaken>, PortError> {
        let take = || now(self.world.stock.take_all(orders));
        let taken = self.call("take all", Adapter::Repeats, take).await?;
        let is_contended = || self.world.happens(self.world.plan().call_failed);
        Ok(taken.into_iter().map(|it| if is_contended() { StockTaken::Contended } else { it }).collect())
    }
}

impl Screening for Ports {
    async fn screen(&self, orders: &[Order]) -> Result<Vec<Verdict>, PortError> {
        self.call("screen", Adapter::Repeats, || now(self.world.screening.screen(orders))).await
    }
}

impl OrderStatuses for Ports {
    async fn record(&self, status: &TrackedStatus) -> Result<(), PortError> {
        let record = || {
            if self.has(PortDefect::StatusVersionIgnored) {
                self.world.statuses.forget(status.order);
            }
            now(self.world.statuses.record(status))
        };
        self.call("record status", Adapter::Repeats, record).await
    }

    async fn find(&self, order: OrderId) -> Result<Option<TrackedStatus>, PortError> {
        self.call("read status", Adapter::Repeats, || now(self.world.statuses.find(order))).await
    }
}
