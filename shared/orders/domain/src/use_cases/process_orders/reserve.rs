//! Prices and stock of the orders of a batch.

use super::{Draft, Plan, ProcessOrders};
use crate::ports::{Freshness, StockBatches, StockTaken};
use crate::use_cases::place_order::{payment_due_at, refuse_shortage, renew};
use crate::{CatalogOrder, NewOrder, Offers, Order, OrderRequest, ProductsRefused, RejectReason, Sku};
use kernel::{PortError, Tenant, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Maximum number of times that the orders of a batch are priced. Each further one means that a product was edited in the
/// meantime.
const MAX_PRICINGS: usize = 4;

impl<A, S: StockBatches, F, O, N, T, E, Q> ProcessOrders<A, S, F, O, N, T, E, Q> {
    /// Prices the orders of a batch, and takes their stock. Leaves no plan open.
    pub(super) async fn reserve(&self, drafts: Vec<&mut Draft>, now: Timestamp) {
        let mut open = Vec::new();
        for draft in drafts {
            match draft.accepted.request.order() {
                OrderRequest::Priced(request) => {
                    draft.plan = Plan::create(draft.order(request.clone(), None));
                }
                OrderRequest::OfCatalog(_) => open.push(draft),
            }
        }
        for pricing in 0..MAX_PRICINGS {
            if open.is_empty() {
                return;
            }
            let freshness = if pricing == 0 { Freshness::Remembered } else { Freshness::Present };
            if let Err(error) = self.reserve_once(&mut open, freshness, now).await {
                for draft in &mut open {
                    draft.plan = Plan::Fail(PortError::Unavailable {
                        dependency: "stock",
                        source: kernel::ErrorChain(&error).to_string().into(),
                    });
                }
                return;
            }
            open.retain(|draft| matches!(draft.plan, Plan::Open));
        }
        for draft in open {
            draft.plan = Plan::Fail(contended());
        }
    }

    async fn reserve_once(
        &self,
        open: &mut [&mut Draft],
        freshness: Freshness,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let mut offers = self.stock.offers(&products(open), freshness).await?;
        let mut priced = Vec::with_capacity(open.len());
        for (index, draft) in open.iter_mut().enumerate() {
            let offers = offers.entry(draft.accepted.key.order.tenant.clone()).or_default();
            match draft.priced(offers, self.payment_window, now) {
                Ok(order) => priced.push((index, order)),
                // What the instance remembers may be out of date.
                Err(_) if freshness == Freshness::Remembered => {}
                Err(refused) => draft.plan = Plan::Reject(reason_of(&refused)),
            }
        }
        if priced.is_empty() {
            return Ok(());
        }
        let taken = self.stock.take_all(&priced.iter().map(|(_, order)| order).collect::<Vec<_>>()).await?;
        for ((index, order), taken) in priced.into_iter().zip(taken) {
            let draft = &mut *open[index];
            draft.plan = match taken {
                StockTaken::Reserved => Plan::create(order),
                StockTaken::Contended => Plan::Fail(contended()),
                StockTaken::Refused(refused) => {
                    let offers = offers.entry(draft.accepted.key.order.tenant.clone()).or_default();
                    let sellable = renew(offers, refused);
                    let Some(request) = draft.catalog_order() else { continue };
                    match request.priced(offers).map(drop).and_then(|()| refuse_shortage(request, &sellable))
                    {
                        Err(refused) => Plan::Reject(reason_of(&refused)),
                        // A product was edited, and still has the price that the buyer expects.
                        Ok(()) => Plan::Open,
                    }
                }
            };
        }
        Ok(())
    }
}

impl Plan {
    fn create(order: Order) -> Self {
        Self::Create { order, review: None }
    }
}

impl Draft {
    fn order(&self, request: NewOrder, payment_due_at: Option<Timestamp>) -> Order {
        let key = &self.accepted.key.order;
        Order::place(request, key.tenant.clone(), key.id, self.accepted.at)
            .with_payment_due_at(payment_due_at)
    }

    fn catalog_order(&self) -> Option<&CatalogOrder> {
        match self.accepted.request.order() {
            OrderRequest::OfCatalog(order) => Some(order),
            OrderRequest::Priced(_) => None,
        }
    }

    fn priced(
        &self,
        offers: &Offers,
        payment_window: Option<Duration>,
        now: Timestamp,
    ) -> Result<Order, ProductsRefused> {
        match self.accepted.request.order() {
            OrderRequest::Priced(request) => Ok(self.order(request.clone(), None)),
            OrderRequest::OfCatalog(request) => {
                let priced = request.priced(offers)?;
                let due_at = payment_due_at(&priced, request, payment_window, now);
                Ok(self.order(priced, due_at))
            }
        }
    }
}

/// Returns the products of orders, each once.
fn products(open: &[&mut Draft]) -> Vec<(Tenant, Sku)> {
    let mut products: BTreeMap<&Tenant, BTreeSet<Sku>> = BTreeMap::new();
    for draft in open {
        let of_order = draft.catalog_order().map(CatalogOrder::products).unwrap_or_default();
        let skus = of_order.into_iter().map(|product| product.sku);
        products.entry(&draft.accepted.key.order.tenant).or_default().extend(skus);
    }
    let of_tenant = |(tenant, skus): (&Tenant, BTreeSet<Sku>)| {
        skus.into_iter().map(|sku| (tenant.clone(), sku)).collect()
    };
    products.into_iter().flat_map::<Vec<_>, _>(of_tenant).collect()
}

fn reason_of(refused: &ProductsRefused) -> RejectReason {
    match refused {
        ProductsRefused::Unknown(_)
        | ProductsRefused::Inactive(_)
        | ProductsRefused::CurrencyMismatch(_)
        | ProductsRefused::Total(_) => RejectReason::Invalid,
        ProductsRefused::PriceChanged(_) => RejectReason::PriceChanged,
        ProductsRefused::InsufficientStock(_) => RejectReason::OutOfStock,
    }
}

fn contended() -> PortError {
    PortError::Unavailable { dependency: "stock", source: "it is in use by other orders".into() }
}
