//! Stock that orders take from the catalog.

use crate::{InMemoryCatalog, InMemoryClaims};
use catalog_domain::{ProductKey, Stock};
use kernel::{PortError, Tenant, Timestamp};
use orders_domain::ports::{
    ClaimedKey, Holder, LookUp, NewClaim, OpenReservation, OpenReservations, RefusedProduct, StockClaim,
    StockClaims, StockEffect, StockSettlement, StockSettlements,
};
use orders_domain::{Offer, Offers, Order, OrderId, OrderKey, ProductUnits, RefundId, Sku};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

/// Claims with stock, and reservations, in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryStock {
    claims: InMemoryClaims,
    catalog: InMemoryCatalog,
    reservations: Arc<Mutex<BTreeMap<OrderId, Reservation>>>,
    /// Products as this instance remembers them.
    remembered: Arc<Mutex<BTreeMap<(Tenant, Sku), Offer>>>,
}

/// Reservation of an order.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    order: OrderKey,
    held: Vec<ProductUnits>,
    /// Units that were handed over.
    committed: Vec<ProductUnits>,
    /// Refunds whose units have come back.
    restocks: BTreeSet<RefundId>,
    is_open: bool,
    /// Time of the reservation, or at which it was postponed.
    since: Timestamp,
}

impl Reservation {
    /// Returns the reservation of an order that was claimed before. Nobody looks for it.
    pub(crate) fn without_claim(order: &OrderKey, held: Vec<ProductUnits>) -> Self {
        Self {
            order: order.clone(),
            held,
            committed: Vec::new(),
            restocks: BTreeSet::new(),
            is_open: false,
            since: order.id.made_at(),
        }
    }
}

impl InMemoryStock {
    /// Creates stores without reservations.
    #[must_use]
    pub fn new(claims: InMemoryClaims, catalog: InMemoryCatalog) -> Self {
        Self { claims, catalog, ..Self::default() }
    }

    /// Returns the same stores as another instance sees them, which remembers no products.
    #[must_use]
    pub fn another_instance(&self) -> Self {
        Self { remembered: Arc::default(), ..self.clone() }
    }

    /// Returns the units of each product that reservations hold.
    ///
    /// # Panics
    ///
    /// When a test has panicked while storing.
    #[must_use]
    pub fn held(&self) -> BTreeMap<(Tenant, Sku), i64> {
        let mut held = BTreeMap::new();
        for reservation in self.reservations().values() {
            for ProductUnits { sku, units } in &reservation.held {
                *held.entry((reservation.order.tenant.clone(), sku.clone())).or_default() +=
                    i64::from(*units);
            }
        }
        held
    }

    pub(crate) fn reservations(&self) -> MutexGuard<'_, BTreeMap<OrderId, Reservation>> {
        self.reservations.lock().expect("no panic")
    }

    fn offer(&self, tenant: &Tenant, sku: &Sku) -> Option<(Offer, i64)> {
        self.catalog.with(&product_key(tenant, sku)?, |found| {
            let details = &found.product.details;
            let offer = Offer {
                name: details.name.as_str().parse().expect("a name"),
                price: details.price.price(),
                currency: details.price.currency(),
                version: found.product.version,
                is_for_sale: found.product.is_for_sale(),
            };
            (offer, found.stock.sellable)
        })
    }

    /// Returns a product as this instance remembers it.
    pub(crate) fn remembered_offer(&self, tenant: &Tenant, sku: &Sku) -> Option<Offer> {
        self.remembered.lock().expect("no panic").get(&(tenant.clone(), sku.clone())).cloned()
    }

    /// Reads a product, and remembers it.
    pub(crate) fn present_offer(&self, tenant: &Tenant, sku: &Sku) -> Option<(Offer, i64)> {
        let found = self.offer(tenant, sku)?;
        let product = (tenant.clone(), sku.clone());
        self.remembered.lock().expect("no panic").insert(product, found.0.clone());
        Some(found)
    }

    /// Returns the products of an order that have changed, or too few units.
    pub(crate) fn refused(&self, order: &Order) -> Vec<RefusedProduct> {
        let version_of = |sku: &Sku| {
            let item = order.items().iter().find(|item| item.sku == *sku && item.product.is_some());
            item.and_then(|item| item.product.as_ref()).map(|product| product.version)
        };
        order
            .products()
            .iter()
            .filter_map(|ProductUnits { sku, units }| {
                let offer = self.offer(order.tenant(), sku);
                let is_possible = offer.is_some_and(|(offer, sellable)| {
                    offer.is_for_sale
                        && Some(offer.version) == version_of(sku)
                        && sellable >= i64::from(*units)
                });
                (!is_possible).then(|| RefusedProduct {
                    sku: sku.clone(),
                    offer: self.present_offer(order.tenant(), sku),
                })
            })
            .collect()
    }

    /// Takes the units of an order.
    pub(crate) fn take(&self, order: &Order) -> Vec<ProductUnits> {
        let products = order.products();
        for product in &products {
            self.change(order.tenant(), product, |stock, units| {
                stock.sellable -= units;
                stock.reserved += units;
            });
        }
        products
    }

    fn change(&self, tenant: &Tenant, product: &ProductUnits, change: impl FnOnce(&mut Stock, i64)) {
        let key = product_key(tenant, &product.sku).expect("a product");
        self.catalog.with(&key, |found| {
            found.stock.seq += 1;
            change(&mut found.stock, product.units.into());
        });
    }
}

fn product_key(tenant: &Tenant, sku: &Sku) -> Option<ProductKey> {
    Some(ProductKey { tenant: tenant.clone(), sku: sku.as_str().parse().ok()? })
}

impl StockClaims for InMemoryStock {
    fn remembered(&self, tenant: &Tenant, products: &[ProductUnits]) -> Option<Offers> {
        let offer = |product: &ProductUnits| {
            Some((product.sku.clone(), self.remembered_offer(tenant, &product.sku)?))
        };
        products.iter().map(offer).collect()
    }

    async fn look_up(&self, key: &ClaimedKey<'_>, products: &[ProductUnits]) -> Result<LookUp, PortError> {
        if let Some(holder) = self.claims.holder_of(key) {
            return Ok(LookUp::Claimed(holder));
        }
        let offer = |product: &ProductUnits| {
            Some((product.sku.clone(), self.present_offer(key.tenant, &product.sku)?.0))
        };
        Ok(LookUp::Products(products.iter().filter_map(offer).collect()))
    }

    async fn holder(&self, key: &ClaimedKey<'_>) -> Result<Option<Holder>, PortError> {
        Ok(self.claims.holder_of(key))
    }

    async fn claim_with_stock(&self, claim: &NewClaim<'_>) -> Result<StockClaim, PortError> {
        let mut reservations = self.reservations();
        if let Some(holder) = self.claims.holder_of(&claim.key) {
            return Ok(StockClaim::Claimed(holder));
        }
        let order = claim.order;
        let refused = self.refused(order);
        if !refused.is_empty() {
            return Ok(StockClaim::Refused(refused));
        }
        self.claims.take(claim);
        let reservation = Reservation {
            is_open: true,
            since: claim.key.at,
            ..Reservation::without_claim(&order.key(), self.take(order))
        };
        reservations.insert(order.id(), reservation);
        Ok(StockClaim::Won)
    }

    async fn close(&self, order: &OrderKey) -> Result<(), PortError> {
        if let Some(reservation) = self.reservations().get_mut(&order.id) {
            reservation.is_open = false;
        }
        Ok(())
    }
}

impl OpenReservations for InMemoryStock {
    async fn open_since(&self, before: Timestamp) -> Result<Vec<OpenReservation>, PortError> {
        let reservations = self.reservations();
        let open =
            reservations.values().filter(|reservation| reservation.is_open && reservation.since < before);
        let open = open
            .map(|reservation| OpenReservation { order: reservation.order.clone(), claim: String::new() });
        let mut open: Vec<_> = open.collect();
        open.sort_by_key(|open| reservations[&open.order.id].since);
        Ok(open)
    }

    async fn claimed_order(&self, reservation: &OpenReservation) -> Result<Option<Order>, PortError> {
        Ok(self.claims.order_with(reservation.order.id))
    }

    async fn postpone(
        &self,
        reservation: &OpenReservation,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), PortError> {
        self.claims.prolong(reservation.order.id, until);
        if let Some(postponed) = self.reservations().get_mut(&reservation.order.id) {
            postponed.since = now;
        }
        Ok(())
    }

    async fn set_aside(&self, reservation: &OpenReservation) -> Result<(), PortError> {
        self.close(&reservation.order).await
    }
}

impl StockSettlements for InMemoryStock {
    async fn settle(&self, settlements: &[StockSettlement]) -> Result<Vec<OrderKey>, PortError> {
        let mut reservations = self.reservations();
        for StockSettlement { order, effect, .. } in settlements {
            if *effect == StockEffect::Reject {
                // Nothing can be taken any more.
                reservations.entry(order.id).or_insert_with(|| Reservation::without_claim(order, Vec::new()));
            }
            let Some(reservation) = reservations.get_mut(&order.id) else { continue };
            reservation.is_open = false;
            if let StockEffect::Restock { refund, units } = effect {
                if reservation.restocks.insert(refund.clone()) {
                    for wanted in units {
                        self.restock(reservation, wanted);
                    }
                }
                continue;
            }
            for product in std::mem::take(&mut reservation.held) {
                let is_sold = *effect == StockEffect::Commit;
                self.change(&order.tenant, &product, |stock, units| {
                    stock.reserved -= units;
                    if is_sold {
                        stock.committed += units;
                    } else {
                        stock.sellable += units;
                    }
                });
                if is_sold {
                    reservation.committed.push(product);
                }
            }
        }
        Ok(settlements.iter().map(|settlement| settlement.order.clone()).collect())
    }
}

impl InMemoryStock {
    /// Puts units back on sale: of those that a reservation holds, and then of those that were handed over.
    fn restock(&self, reservation: &mut Reservation, wanted: &ProductUnits) {
        let take = |lines: &mut Vec<ProductUnits>, wanted_units: u32| {
            let line = lines.iter_mut().find(|line| line.sku == wanted.sku);
            line.map_or(0, |line| {
                let taken = line.units.min(wanted_units);
                line.units -= taken;
                taken
            })
        };
        let released = take(&mut reservation.held, wanted.units);
        let returned = take(&mut reservation.committed, wanted.units - released);
        if released + returned > 0 {
            let back = ProductUnits { sku: wanted.sku.clone(), units: released + returned };
            self.change(&reservation.order.tenant, &back, |stock, units| {
                stock.sellable += units;
                stock.reserved -= i64::from(released);
                stock.committed -= i64::from(returned);
            });
        }
    }
}
