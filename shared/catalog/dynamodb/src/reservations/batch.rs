//! Orders that take their stock in one transaction.

use super::MAX_ITEMS;
use super::batches::{Outcomes, Taken};
use super::refused_stocks::RefusedStocks;
use catalog_domain::{AcceptedOrder, ProductKey};
use kernel::{PortError, Version};
use platform_dynamodb::{Reason, unreadable};
use std::collections::{BTreeMap, HashSet};

/// Number of times that a batch is halved, because others use its items. Each of the parts waits again.
const MAX_HALVINGS: u8 = 2;

/// Orders, and what they take together. A reservation has some hundred bytes for each line, so that the items are far below the
/// 4 MB of a transaction.
#[derive(Debug, Default)]
pub(super) struct Batch<'a> {
    orders: Vec<&'a AcceptedOrder>,
    products: BTreeMap<&'a ProductKey, Wanted>,
    halvings: u8,
}

/// Units of a product that orders want, all at one version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) units: i64,
    pub(super) version: Version,
}

impl<'a> Batch<'a> {
    /// Returns batches of distinct orders. Those of the same products are together.
    pub(super) fn all_of(orders: &'a [AcceptedOrder]) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        let mut known = HashSet::new();
        for order in orders.iter().filter(|it| known.insert(&it.order)) {
            let with_room = batches.iter_mut().rev().filter(|batch| batch.has_room_for(order));
            // Of equal ones the first.
            match with_room.max_by_key(|batch| batch.shared_with(order)) {
                Some(batch) => batch.add(order),
                None => batches.push(Self::of([order], 0)),
            }
        }
        batches
    }

    fn of(orders: impl IntoIterator<Item = &'a AcceptedOrder>, halvings: u8) -> Self {
        let mut batch = Self { halvings, ..Self::default() };
        for order in orders {
            batch.add(order);
        }
        batch
    }

    pub(super) fn orders(&self) -> &[&'a AcceptedOrder] {
        &self.orders
    }

    pub(super) fn products(&self) -> &BTreeMap<&'a ProductKey, Wanted> {
        &self.products
    }

    /// Returns the number of products that an order and the batch want.
    fn shared_with(&self, order: &AcceptedOrder) -> usize {
        order.lines.iter().filter(|line| self.products.contains_key(&line.product)).count()
    }

    /// Returns `true` if the order fits. One update of a stock can't compare it with two versions.
    fn has_room_for(&self, order: &AcceptedOrder) -> bool {
        let is_comparable = |product, version| {
            self.products.get(product).is_none_or(|wanted: &Wanted| wanted.version == version)
        };
        let new = order.lines.len() - self.shared_with(order);
        order.lines.iter().all(|line| is_comparable(&line.product, line.version))
            && self.orders.len() + 1 + self.products.len() + new <= MAX_ITEMS
    }

    fn add(&mut self, order: &'a AcceptedOrder) {
        for line in &order.lines {
            let none = Wanted { units: 0, version: line.version };
            self.products.entry(&line.product).or_insert(none).units += line.units;
        }
        self.orders.push(order);
    }

    /// Returns the halves of a batch whose items others use; none if it was halved often enough.
    pub(super) fn halves(self) -> Vec<Self> {
        if self.orders.len() < 2 || self.halvings == MAX_HALVINGS {
            return Vec::new();
        }
        let (first, second) = self.orders.split_at(self.orders.len() / 2);
        [first, second].map(|half| Self::of(half.iter().copied(), self.halvings + 1)).into()
    }

    /// Returns what is left after a refusal: the orders that the stocks suffice for, and apart from them those that come too late.
    /// Only the next transactions tell whether the former are served, so that the latter are not refused yet.
    pub(super) fn left_after(
        self,
        reasons: &[Reason],
        outcomes: &mut Outcomes<'a>,
    ) -> Result<Vec<Self>, PortError> {
        let (of_orders, of_products) = reasons
            .split_at_checked(self.orders.len())
            .filter(|(_, of_products)| of_products.len() == self.products.len())
            .ok_or_else(|| unreadable("a transaction has more or fewer reasons than items"))?;
        let mut stocks = RefusedStocks::read(self.products.keys().copied().zip(of_products))?;
        let (mut served, mut late) = (Vec::new(), Vec::new());
        for (order, reason) in self.orders.iter().copied().zip(of_orders) {
            if reason.is_refused {
                outcomes.insert(&order.order, Taken::Reserved);
                continue;
            }
            // Another delivery of the order is processed at this moment, and may have taken what is missing.
            if !reason.is_free {
                continue;
            }
            let refused = stocks.refused_lines(order);
            if !refused.is_empty() {
                outcomes.insert(&order.order, Taken::Refused(refused));
            } else if stocks.serve(order) {
                served.push(order);
            } else {
                late.push(order);
            }
        }
        // The stocks have been written since.
        if served.len() == self.orders.len() {
            return Ok(self.halves());
        }
        let left = [served, late].into_iter().filter(|orders| !orders.is_empty());
        Ok(left.map(|orders| Self::of(orders, self.halvings)).collect())
    }
}
