//! Products of the simulation, and the audit of their stock.

use crate::violation::Violation;
use crate::world::World;
use catalog_domain::ports::{ProductCreation, Products as _, StockAdjustment, StockAdjustments as _};
use catalog_domain::{
    Adjustment, Movement, MovementId, Product, ProductDetails, ProductEdit, ProductKey, StockChange,
    UnitDelta, UnitPrice, Units,
};
use futures::FutureExt as _;
use kernel::{Price, Tenant, Timestamp};
use orders_domain::ports::OpenReservations as _;
use orders_domain::{OrderRecord, Refund, Status};
use orders_in_memory::InMemoryCatalog;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Skus of the products.
pub(crate) const SKUS: [&str; 1] = ["P0"];
/// Units of each product in the beginning: fewer than all clients want.
const UNITS: i64 = 2;

fn key_of(sku: &str) -> ProductKey {
    ProductKey { tenant: Tenant::default(), sku: sku.parse().expect("a sku") }
}

/// Returns the catalog in the beginning.
pub(crate) fn catalog() -> InMemoryCatalog {
    let catalog = InMemoryCatalog::default();
    let at = Timestamp::from_unix_millis(1).expect("a time");
    let end = at.after(Duration::from_hours(24));
    for sku in SKUS {
        let price = UnitPrice::new("9.90".parse().expect("a price"), "USD".parse().expect("a currency"));
        let details = ProductDetails {
            name: sku.parse().expect("a name"),
            price: price.expect("two decimals"),
            is_active: true,
            metadata: None,
            low_stock_at: None,
            oversell_limit: Units::default(),
        };
        let product = Product::create(key_of(sku), details, at);
        let key = sku.parse().expect("a key");
        let creation = ProductCreation { key: &key, product: &product, attempt: &key, expires_at: end };
        catalog.create(&creation).now_or_never().expect("at once").expect("a product");
        let change = StockChange::Delta(UnitDelta::try_from(UNITS).expect("a few units"));
        let movement = Movement {
            id: MovementId::v7(at, [0; 10]),
            product: product.key.clone(),
            request: Adjustment { change, reason: "received".parse().expect("a reason") },
            at,
        };
        let adjustment = StockAdjustment { key: &key, movement: &movement, expected: None, expires_at: end };
        catalog.adjust(&adjustment).now_or_never().expect("at once").expect("units");
    }
    catalog
}

/// Returns the present price of a product.
pub(crate) fn present_price(world: &World, sku: &str) -> Price {
    let found = world.catalog.find(&key_of(sku)).now_or_never().expect("at once").expect("a result");
    found.expect("a product").product.details.price.price()
}

/// Changes the price of a random product, or whether it is for sale, a few times.
pub(crate) async fn run_editor(world: Arc<World>) {
    for _ in 0..world.below(4) {
        world.yield_turn().await;
        while world.happens(950) {
            world.yield_turn().await;
        }
        let key = key_of(SKUS[world.below(SKUS.len())]);
        let found = world.catalog.find(&key).now_or_never().expect("at once").expect("a result");
        let before = found.expect("a product").product;
        let edit = ProductEdit {
            price: Some(format!("{}.90", 5 + world.below(3)).parse().expect("a price")),
            is_active: Some(!world.happens(100)),
            ..ProductEdit::default()
        };
        let after = before.edited(edit, world.now()).expect("two decimals");
        world.trace(|| format!("the editor writes {after:?}"));
        world.catalog.replace(&before, &after).now_or_never().expect("at once").expect("an edit");
    }
}

/// Checks that every unit is where the orders say: no more were sold than there were, none is held by nobody, and what a
/// cancelled order held can be sold again unless it says that it doesn't come back. Units of refunds come back once. Returns
/// the number of refunds with such units.
pub(crate) fn audit_stock(world: &World, records: &[OrderRecord]) -> Result<u64, Violation> {
    if let Some(record) = records.iter().find(|record| record.stock().is_some() != is_holding(record)) {
        return Err(Violation::UnsettledStock(format!("{record:?}")));
    }
    let end = Timestamp::from_unix_millis(i64::MAX / 1_000_000).expect("a time");
    let open = world.stock.open_since(end).now_or_never().expect("at once").expect("a list");
    if !open.is_empty() {
        return Err(Violation::UnsettledStock(format!("{open:?}")));
    }
    let held = units_in(records, is_holding);
    let sold =
        units_in(records, |record| record.order().status() == Status::Fulfilled || record.is_written_off());
    let reservations = world.stock.held();
    for found in world.catalog.stocked() {
        let (stock, sku) = (found.stock, found.product.key.sku.as_str().to_owned());
        let units = |of: &BTreeMap<String, i64>| of.get(&sku).copied().unwrap_or(0);
        let reserved: i64 =
            reservations.iter().filter(|((_, it), _)| it.as_str() == sku).map(|(_, n)| n).sum();
        let expected = (UNITS - units(&held) - units(&sold), units(&held), units(&sold), units(&held));
        let actual = (stock.sellable, stock.reserved, stock.committed, reserved);
        if stock.sellable < 0 || actual != expected {
            let detail = format!(
                "{sku}: {actual:?} instead of {expected:?} units are sellable, reserved, committed and held"
            );
            return Err(Violation::WrongStock(detail));
        }
    }
    let is_restock = |record: &OrderRecord| {
        let order = record.order();
        let brings =
            |refund: &Refund| order.products().iter().any(|it| refund.restocked_units_of(&it.sku) > 0);
        record.payments().refunds().iter().filter(|refund| brings(refund)).count() as u64
    };
    Ok(records.iter().map(is_restock).sum())
}

/// Returns `true` for an order that has products and has not ended.
fn is_holding(record: &OrderRecord) -> bool {
    record.order().has_products() && matches!(record.order().status(), Status::Created | Status::Paid)
}

/// Returns the units of the orders, without those that refunds have brought back.
fn units_in(records: &[OrderRecord], filter: impl Fn(&OrderRecord) -> bool) -> BTreeMap<String, i64> {
    let mut units = BTreeMap::new();
    for record in records.iter().filter(|record| filter(record)) {
        let refunds = record.payments().refunds();
        for product in record.order().products() {
            let ordered = u64::from(product.units);
            let back: u64 = refunds.iter().map(|refund| refund.restocked_units_of(&product.sku)).sum();
            let left = i64::try_from(ordered.saturating_sub(back)).expect("a few units");
            *units.entry(product.sku.to_string()).or_default() += left;
        }
    }
    units
}
