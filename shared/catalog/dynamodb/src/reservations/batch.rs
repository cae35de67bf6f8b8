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

#[cfg(test)]
mod tests {
    use super::*;
    use catalog_domain::{ReservingOrder, UnitsAtVersion};
    use kernel::Tenant;
    use platform_dynamodb::{Item, boolean, number, string};

    /// Order of some units of each product, all at one version.
    fn order(id: usize, skus: &[String], units: i64, version: u64) -> AcceptedOrder {
        let line = |sku: &String| UnitsAtVersion {
            product: ProductKey { tenant: Tenant::default(), sku: sku.parse().expect("a sku") },
            units,
            version: version.try_into().expect("a version"),
        };
        let order = ReservingOrder { tenant: Tenant::default(), id: id.to_string() };
        AcceptedOrder { order, lines: skus.iter().map(line).collect() }
    }

    fn skus(numbers: std::ops::Range<usize>) -> Vec<String> {
        numbers.map(|number| format!("P-{number}")).collect()
    }

    fn ids(batches: &[Batch<'_>]) -> Vec<Vec<usize>> {
        let id = |order: &&AcceptedOrder| order.order.id.parse().expect("a number");
        batches.iter().map(|batch| batch.orders.iter().map(id).collect()).collect()
    }

    fn stock(sellable: i64) -> Item {
        let attributes = [
            ("name", string("Tea")),
            ("price", number(1)),
            ("currency", string("EUR")),
            ("version", number(1)),
            ("is_for_sale", boolean(true)),
            ("sellable", number(sellable)),
        ];
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn free() -> Reason {
        Reason { is_free: true, ..Reason::default() }
    }

    fn refused(item: Option<Item>) -> Reason {
        Reason { is_refused: true, item, ..Reason::default() }
    }

    #[test]
    fn batches_are_filled_with_distinct_orders_of_the_same_products() {
        let (tea, mug) = (skus(0..1), skus(1..2));
        let of = |count: usize, sku: &[String]| (0..count).map(|id| order(id, sku, 1, 1)).collect::<Vec<_>>();
        assert_eq!(ids(&Batch::all_of(&of(150, &tea))), [(0..99).collect::<Vec<_>>(), (99..150).collect()]);
        let twice = [of(2, &tea), of(2, &tea)].concat();
        assert_eq!(ids(&Batch::all_of(&twice)), [[0, 1]]);
        let versions =
            [order(0, &tea, 1, 1), order(1, &tea, 1, 2), order(2, &tea, 1, 1), order(3, &mug, 1, 1)];
        assert_eq!(ids(&Batch::all_of(&versions)), [vec![0, 2, 3], vec![1]], "one version of each product");
        let large =
            [order(0, &skus(0..98), 1, 1), order(1, &skus(98..196), 1, 1), order(2, &skus(98..99), 1, 1)];
        assert_eq!(ids(&Batch::all_of(&large)), [vec![0], vec![1, 2]], "where its products are");
        let units = Batch::all_of(&of(99, &tea))[0].products.values().map(|it| it.units).collect::<Vec<_>>();
        assert_eq!(units, [99]);
    }

    #[test]
    fn a_batch_is_halved_twice() {
        let orders: Vec<_> = (0..5).map(|id| order(id, &skus(0..1), 1, 1)).collect();
        let halves = Batch::all_of(&orders).remove(0).halves();
        assert_eq!(ids(&halves), [vec![0, 1], vec![2, 3, 4]]);
        let quarters: Vec<_> = halves.into_iter().flat_map(Batch::halves).collect();
        assert_eq!(ids(&quarters), [vec![0], vec![1], vec![2], vec![3, 4]]);
        assert!(quarters.into_iter().all(|quarter| quarter.halves().is_empty()));
    }

    #[test]
    fn a_refusal_takes_out_the_orders_that_keep_the_others() {
        let (tea, both) = (skus(0..1), skus(0..2));
        let orders = [
            order(0, &tea, 9, 1),
            order(1, &tea, 1, 1),
            order(2, &both, 2, 1),
            order(3, &tea, 1, 1),
            order(4, &tea, 1, 1),
            order(5, &tea, 1, 1),
        ];
        let mut outcomes: Outcomes<'_> = orders.iter().map(|it| (&it.order, Taken::Contended)).collect();
        // The second has a reservation, and the last one is in use.
        let of_orders = [free(), refused(None), free(), free(), free(), Reason::default()];
        let reasons = [&of_orders[..], &[refused(Some(stock(3))), Reason::default()]].concat();
        let left = Batch::all_of(&orders).remove(0).left_after(&reasons, &mut outcomes).expect("offers");
        assert_eq!(ids(&left), [vec![2, 3], vec![4]], "the units are for those that came first");
        assert!(matches!(&outcomes[&orders[0].order], Taken::Refused(products) if products.len() == 1));
        assert_eq!(outcomes[&orders[1].order], Taken::Reserved);
        for order in &orders[2..] {
            assert_eq!(outcomes[&order.order], Taken::Contended, "not decided: {}", order.order.id);
        }
    }

    #[test]
    fn a_stock_that_suffices_by_now_halves_the_batch() {
        let orders: Vec<_> = (0..4).map(|id| order(id, &skus(0..1), 1, 1)).collect();
        let mut outcomes = Outcomes::new();
        let reasons = [vec![free(); 4], vec![refused(Some(stock(4)))]].concat();
        let left = Batch::all_of(&orders).remove(0).left_after(&reasons, &mut outcomes).expect("offers");
        assert_eq!((ids(&left), outcomes.len()), (vec![vec![0, 1], vec![2, 3]], 0));
        let too_few = Batch::all_of(&orders).remove(0).left_after(&reasons[1..], &mut outcomes);
        assert!(too_few.is_err(), "a reason for each item");
    }
}
