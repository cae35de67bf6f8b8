//! Contract of `StockBatches`, and of the settlements of orders that were accepted before their stock was taken.

use crate::stock::Shop;
use crate::{at, aws, tenant};
use catalog_domain::ports::{Changed, Products, StockAdjustments};
use catalog_domain::{ProductEdit, reconcile_stock};
use catalog_dynamodb::CatalogTable;
use futures::future::join_all;
use orders_domain::ports::{
    Freshness, OpenReservations, StockBatches, StockClaims, StockEffect, StockSettlement, StockSettlements,
    StockTaken,
};
use orders_domain::{Order, ProductUnits, Sku};
use orders_dynamodb::{DynamoDbClaims, DynamoDbStock};
use orders_in_memory::{InMemoryCatalog, InMemoryClaims, InMemoryStock};
use orders_tests::{OwnCatalog, TestServers, fresh_key};
use std::collections::HashMap;

/// Products that some buyers want together, and their units: fewer than these buyers want.
const STOCK: [(&str, i64); 3] = [("TEA", 40), ("MUG", 20), ("POT", 30)];
const CARTS: [&[(&str, u64)]; 4] =
    [&[("TEA", 1), ("MUG", 1)], &[("TEA", 2)], &[("MUG", 1), ("POT", 1)], &[("TEA", 1), ("POT", 2)]];

fn sku(text: &str) -> Sku {
    text.parse().expect("a sku")
}

fn settlement(order: &Order, effect: StockEffect) -> StockSettlement {
    StockSettlement { order: order.key(), products: order.products(), effect }
}

/// Returns the products that were refused, with what is left of them.
fn refused(outcome: &StockTaken) -> Vec<(&str, Option<i64>)> {
    let StockTaken::Refused(products) = outcome else { panic!("not refused: {outcome:?}") };
    products.iter().map(|it| (it.sku.as_str(), it.offer.as_ref().map(|it| it.1))).collect()
}

fn count(outcomes: &[StockTaken], wanted: &StockTaken) -> usize {
    outcomes.iter().filter(|outcome| *outcome == wanted).count()
}

impl<C, S> Shop<'_, C, S>
where
    C: Products + StockAdjustments,
    S: StockClaims + OpenReservations + StockSettlements + StockBatches,
{
    async fn order(&self, items: &[(&str, u64)]) -> Order {
        self.attempt(items, 0).await.order
    }

    async fn orders(&self, count: usize, items: &[(&str, u64)]) -> Vec<Order> {
        join_all((0..count).map(|_| self.order(items))).await
    }

    async fn take(&self, orders: &[&Order]) -> Vec<StockTaken> {
        let outcomes = self.stock.take_all(orders).await.expect("a response");
        assert_eq!(outcomes.len(), orders.len());
        outcomes
    }

    /// Takes the stock of orders, which all get it.
    async fn reserve(&self, orders: &[&Order]) {
        let outcomes = self.take(orders).await;
        assert_eq!(count(&outcomes, &StockTaken::Reserved), orders.len(), "{outcomes:?}");
    }

    async fn taking_in_batches(&self) {
        self.product("TEA", 9).await;
        let (first, second) = (self.order(&[("TEA", 2)]).await, self.order(&[("TEA", 1), ("TEA", 1)]).await);
        self.reserve(&[&first, &second, &first]).await;
        assert_eq!(self.units("TEA").await, [5, 4, 0]);
        assert_eq!(self.open(&first, 100).await, None, "nobody has to look for it");
        // Delivered again, some with others.
        let third = self.order(&[("TEA", 1)]).await;
        self.reserve(&[&second]).await;
        self.reserve(&[&third, &second, &first]).await;
        assert_eq!(self.units("TEA").await, [4, 5, 0]);

        let other = Shop { tenant: tenant(&fresh_key()), catalog: self.catalog, stock: self.stock };
        other.product("TEA", 1).await;
        let theirs = other.orders(2, &[("TEA", 1)]).await;
        let fourth = self.order(&[("TEA", 1)]).await;
        let outcomes = self.take(&[&theirs[0], &fourth, &theirs[1]]).await;
        assert_eq!(outcomes[..2], [StockTaken::Reserved, StockTaken::Reserved]);
        assert_eq!(refused(&outcomes[2]), [("TEA", Some(0))]);
        assert_eq!((self.units("TEA").await, other.units("TEA").await), ([3, 6, 0], [0, 1, 0]));
        let unpriced = crate::order_of(&self.tenant, at(0));
        assert_eq!(
            self.take(&[&unpriced]).await,
            [StockTaken::Reserved],
            "it has no products of the catalog"
        );
        assert_eq!(self.take(&[]).await, []);
    }

    async fn refusing_in_batches(&self) {
        let tea = self.product("TEA", 99).await;
        self.product("MUG", 1).await;
        let (mut orders, greedy) =
            (self.orders(99, &[("TEA", 1)]).await, self.order(&[("TEA", 1), ("MUG", 2)]).await);
        orders.insert(50, greedy);
        let outcomes = self.take(&orders.iter().collect::<Vec<_>>()).await;
        assert_eq!(refused(&outcomes[50]), [("MUG", Some(1))]);
        assert_eq!(count(&outcomes, &StockTaken::Reserved), 99, "one does not keep the others");
        assert_eq!((self.units("TEA").await, self.units("MUG").await), ([0, 99, 0], [1, 0, 0]));

        self.settle(&[settlement(&orders[0], StockEffect::Reject)]).await;
        let old = self.orders(2, &[("TEA", 1)]).await;
        let edit = ProductEdit { price: "7.20".parse().ok(), ..ProductEdit::default() };
        let edited = tea.edited(edit, at(1)).expect("two decimals");
        assert_eq!(self.catalog.replace(&tea, &edited).await.expect("a response"), Changed::Changed);
        let (new, both) =
            (self.order(&[("TEA", 1)]).await, self.order(&[("TEA", 1), ("MUG", 1), ("MUG", 1)]).await);
        let outcomes = self.take(&[&old[0], &new, &old[1], &both]).await;
        assert_eq!(outcomes[1], StockTaken::Reserved);
        for outcome in [&outcomes[0], &outcomes[2]] {
            let StockTaken::Refused(products) = outcome else { panic!("another version: {outcome:?}") };
            let (offer, _) = products[0].offer.as_ref().expect("an offer");
            assert_eq!((offer.price.to_string(), offer.version), ("7.20".to_owned(), edited.version));
        }
        assert!(refused(&outcomes[3]).contains(&("MUG", Some(1))), "{outcomes:?}");
        assert_eq!((self.units("TEA").await, self.units("MUG").await), ([0, 99, 0], [1, 0, 0]));

        let archived = edited.archived(at(2));
        let late = self.order(&[("TEA", 1)]).await;
        assert_eq!(self.catalog.replace(&edited, &archived).await.expect("a response"), Changed::Changed);
        let outcomes = self.take(&[&late]).await;
        assert_eq!(refused(&outcomes[0]).len(), 1, "not for sale");
        let nobody = Shop { tenant: tenant(&fresh_key()), catalog: self.catalog, stock: self.stock };
        nobody.product("OLD", 1).await;
        let unknown = Order::place(
            nobody.order(&[("OLD", 1)]).await.request().clone(),
            self.tenant.clone(),
            nobody.order(&[("OLD", 1)]).await.id(),
            at(0),
        );
        let outcomes = self.take(&[&unknown]).await;
        assert_eq!(refused(&outcomes[0]), [("OLD", None)]);
    }

    async fn mixing(&self) {
        for (sku, units) in STOCK {
            self.product(sku, units).await;
        }
        let mut orders = Vec::new();
        for cart in CARTS {
            orders.extend(self.orders(30, cart).await);
        }
        let outcomes = self.take(&orders.iter().collect::<Vec<_>>()).await;
        let mut left = HashMap::from(STOCK.map(|(text, units)| (sku(text), units)));
        let reserved = orders.iter().zip(&outcomes).filter(|(_, it)| **it == StockTaken::Reserved);
        for product in reserved.flat_map(|(order, _)| order.products()) {
            *left.get_mut(&product.sku).expect("a product") -= i64::from(product.units);
        }
        for (text, units) in STOCK {
            let left = left[&sku(text)];
            assert_eq!(self.units(text).await, [left, units - left, 0], "{text}");
        }
        for (order, outcome) in orders.iter().zip(&outcomes).filter(|(_, it)| **it != StockTaken::Reserved) {
            assert!(!refused(outcome).is_empty());
            let is_left = |it: &ProductUnits| left[&it.sku] >= i64::from(it.units);
            assert!(!order.products().iter().all(is_left), "the rest suffices for it: {order:?}");
        }
    }

    async fn selling_out(&self) {
        self.product("TEA", 100).await;
        let orders = self.orders(150, &[("TEA", 1)]).await;
        let all: Vec<_> = orders.iter().collect();
        for _ in 0..2 {
            let outcomes = self.take(&all).await;
            assert_eq!(count(&outcomes[..100], &StockTaken::Reserved), 100, "those that came first");
            assert!(outcomes[100..].iter().all(|outcome| refused(outcome) == [("TEA", Some(0))]));
            assert_eq!(self.units("TEA").await, [0, 100, 0]);
        }
        self.product("MUG", 5).await;
        let (large, small) = (self.order(&[("MUG", 4)]).await, self.order(&[("MUG", 1)]).await);
        let outcomes = self.take(&[&large, &self.order(&[("MUG", 2)]).await, &small]).await;
        assert_eq!((&outcomes[0], &outcomes[2]), (&StockTaken::Reserved, &StockTaken::Reserved));
        let [("MUG", Some(left))] = refused(&outcomes[1])[..] else { panic!("{outcomes:?}") };
        assert!(left < 2 && self.units("MUG").await == [0, 5, 0]);
    }

    /// Two processors at a time, of which each gets half of the other's orders, too.
    async fn competing(&self) {
        self.product("TEA", 100).await;
        let orders = self.orders(150, &[("TEA", 1)]).await;
        let process = async |orders: &[Order]| {
            let mut outcomes = vec![StockTaken::Contended; orders.len()];
            while outcomes.contains(&StockTaken::Contended) {
                let open = outcomes.iter_mut().zip(orders).filter(|(it, _)| **it == StockTaken::Contended);
                let (open, left): (Vec<_>, Vec<_>) = open.unzip();
                for (outcome, taken) in open.into_iter().zip(self.take(&left).await) {
                    *outcome = taken;
                }
            }
            outcomes
        };
        let (first, second) = futures::join!(process(&orders[..100]), process(&orders[50..]));
        let reserved = |of_first: Option<&StockTaken>, of_second: Option<&StockTaken>| {
            [of_first, of_second].contains(&Some(&StockTaken::Reserved))
        };
        let second_of = |index: usize| index.checked_sub(50).and_then(|index| second.get(index));
        let total = (0..150).filter(|index| reserved(first.get(*index), second_of(*index))).count();
        assert_eq!((total, self.units("TEA").await), (100, [0, 100, 0]));
        let again = self.take(&orders.iter().collect::<Vec<_>>()).await;
        assert_eq!(count(&again, &StockTaken::Reserved), 100);
    }

    async fn taking_many_products(&self) {
        let skus: Vec<_> = (0..98).map(|number| format!("P-{number}")).collect();
        join_all(skus.iter().map(|sku| self.product(sku, 2))).await;
        let items: Vec<_> = skus.iter().map(|sku| (sku.as_str(), 1)).collect();
        let largest = self.orders(3, &items).await;
        let outcomes = self.take(&largest.iter().collect::<Vec<_>>()).await;
        assert_eq!(outcomes[..2], [StockTaken::Reserved, StockTaken::Reserved]);
        assert_eq!(refused(&outcomes[2]).len(), 98);
        assert_eq!((self.units("P-0").await, self.units("P-97").await), ([0, 2, 0], [0, 2, 0]));
        self.settle(&[
            settlement(&largest[0], StockEffect::Reject),
            settlement(&largest[1], StockEffect::Reject),
        ])
        .await;
        assert_eq!((self.units("P-0").await, self.units("P-97").await), ([2, 0, 0], [2, 0, 0]));
        // What rejected orders hold is known after the first attempt only: more than a transaction has room for.
        let each = join_all(items.iter().map(|item| self.order(std::slice::from_ref(item)))).await;
        self.reserve(&each.iter().collect::<Vec<_>>()).await;
        assert_eq!(self.units("P-97").await, [1, 1, 0]);
        let rejections: Vec<_> = each.iter().map(|order| settlement(order, StockEffect::Reject)).collect();
        for _ in 0..2 {
            self.settle(&rejections).await;
            for sku in &skus {
                assert_eq!(self.units(sku).await, [2, 0, 0], "{sku}");
            }
        }
    }

    async fn rejecting(&self) {
        self.product("TEA", 9).await;
        self.product("MUG", 9).await;
        let (never, late) = (self.order(&[("TEA", 1)]).await, self.order(&[("TEA", 3), ("MUG", 1)]).await);
        for _ in 0..2 {
            self.settle(&[settlement(&never, StockEffect::Reject)]).await;
            self.reserve(&[&never]).await;
            assert_eq!(self.units("TEA").await, [9, 0, 0], "nothing is taken for an order that was rejected");
        }
        self.reserve(&[&late]).await;
        // The order of the document can say something else than what was taken.
        let wrong = StockSettlement { products: never.products(), ..settlement(&late, StockEffect::Reject) };
        for _ in 0..2 {
            self.settle(std::slice::from_ref(&wrong)).await;
            self.settle(&[settlement(&late, StockEffect::Release), wrong.clone()]).await;
            assert_eq!((self.units("TEA").await, self.units("MUG").await), ([9, 0, 0], [9, 0, 0]), "once");
            self.reserve(&[&late]).await;
        }
        let [released, sold, other, unknown] = [
            self.order(&[("TEA", 1)]).await,
            self.order(&[("TEA", 2)]).await,
            self.order(&[("TEA", 4)]).await,
            self.order(&[("TEA", 1)]).await,
        ];
        self.reserve(&[&released, &sold, &other]).await;
        self.settle(&[
            settlement(&released, StockEffect::Release),
            settlement(&unknown, StockEffect::Reject),
            settlement(&sold, StockEffect::Commit),
            settlement(&other, StockEffect::Reject),
        ])
        .await;
        assert_eq!(self.units("TEA").await, [7, 0, 2]);
        self.settle(&[released, sold, other, unknown].map(|order| settlement(&order, StockEffect::Reject)))
            .await;
        assert_eq!(self.units("TEA").await, [7, 0, 2], "the first settlement decides");
    }

    async fn offering(&self) {
        let tea = self.product("TEA", 1).await;
        let other = Shop { tenant: tenant(&fresh_key()), catalog: self.catalog, stock: self.stock };
        let skus = ["TEA", "NONE", "no sku of the catalog"];
        let wanted: Vec<_> = skus.iter().map(|text| (self.tenant.clone(), sku(text))).collect();
        let wanted = [wanted.clone(), wanted, vec![(other.tenant.clone(), sku("TEA"))]].concat();
        let price = async |freshness| {
            let offers = self.stock.offers(&wanted, freshness).await.expect("a response");
            assert_eq!((offers.len(), offers[&self.tenant].len(), offers[&other.tenant].len()), (2, 1, 0));
            offers[&self.tenant][&sku("TEA")].price.to_string()
        };
        assert_eq!(price(Freshness::Remembered).await, "6.90");
        let edit = ProductEdit { price: "7.20".parse().ok(), ..ProductEdit::default() };
        let edited = tea.edited(edit, at(1)).expect("two decimals");
        assert_eq!(self.catalog.replace(&tea, &edited).await.expect("a response"), Changed::Changed);
        assert_eq!(price(Freshness::Remembered).await, "6.90");
        assert_eq!(price(Freshness::Present).await, "7.20");
        assert_eq!(price(Freshness::Remembered).await, "7.20");
    }
}

/// Runs the suites, each with a tenant of its own, and checks after each that the reservations explain the stock.
async fn suites(
    catalog: &(impl Products + StockAdjustments),
    stock: &(impl StockClaims + OpenReservations + StockSettlements + StockBatches),
    check: impl AsyncFn(),
) {
    let shop = || Shop { tenant: tenant(&fresh_key()), catalog, stock };
    shop().taking_in_batches().await;
    shop().refusing_in_batches().await;
    shop().mixing().await;
    check().await;
    shop().selling_out().await;
    shop().competing().await;
    check().await;
    shop().taking_many_products().await;
    shop().rejecting().await;
    shop().offering().await;
    check().await;
}

#[tokio::test]
async fn dynamodb_keeps_the_contract_of_batches() {
    let own = OwnCatalog::create().await;
    let catalog = CatalogTable::new(&aws(), own.table().to_owned());
    let claims = DynamoDbClaims::new(&aws(), TestServers::shared().idempotency_table.clone());
    suites(&catalog, &DynamoDbStock::new(claims, catalog.clone()), async || {
        assert_eq!(own.drift().await, [""; 0]);
        let reconciled = reconcile_stock(&catalog).await.expect("a count");
        assert_eq!((reconciled.drift, reconciled.undecided), (vec![], 0));
        assert_eq!(own.open_reservations().await, 0);
    })
    .await;
}

#[tokio::test]
async fn memory_keeps_the_contract_of_batches() {
    let catalog = InMemoryCatalog::default();
    let stock = InMemoryStock::new(InMemoryClaims::default(), catalog.clone());
    suites(&catalog, &stock, async || {
        let held = stock.held();
        for found in catalog.stocked() {
            let key = (found.product.key.tenant.clone(), sku(found.product.key.sku.as_str()));
            assert_eq!(found.stock.reserved, held.get(&key).copied().unwrap_or(0), "{key:?}");
            assert!(found.stock.sellable >= 0, "{key:?}");
        }
    })
    .await;
}
