//! Products, their stock and its movements.

use catalog_domain::ports::{
    Adjusted, Changed, Created, MovementListing, ProductCreation, ProductListing, Products, StockAdjustment,
    StockAdjustments,
};
use catalog_domain::{
    Movement, MovementPage, MovementQuery, Page, Product, ProductKey, ProductPage, ProductQuery, Stock,
    StockedProduct,
};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Catalog in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct InMemoryCatalog {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    products: HashMap<ProductKey, StockedProduct>,
    movements: Vec<Movement>,
    creations: Claims<(Product, IdempotencyKey)>,
    adjustments: Claims<Movement>,
}

/// Results of requests by tenant and key, each until its claim ends.
type Claims<T> = HashMap<(Tenant, String), (T, Timestamp)>;

/// Returns the result under a claim that is valid at a time.
fn claimed<T: Clone>(claims: &Claims<T>, tenant: &Tenant, key: &IdempotencyKey, at: Timestamp) -> Option<T> {
    let (result, expires_at) = claims.get(&(tenant.clone(), key.to_string()))?;
    (expires_at.unix_seconds() >= at.unix_seconds()).then(|| result.clone())
}

impl InMemoryCatalog {
    /// Runs `work` on a product and its stock; `None` when the tenant has no such product.
    pub(crate) fn with<T>(&self, key: &ProductKey, work: impl FnOnce(&mut StockedProduct) -> T) -> Option<T> {
        self.state().products.get_mut(key).map(work)
    }

    /// Returns all products with their stock.
    ///
    /// # Panics
    ///
    /// When a test has panicked while storing.
    #[must_use]
    pub fn stocked(&self) -> Vec<StockedProduct> {
        self.state().products.values().cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }
}

impl Products for InMemoryCatalog {
    async fn create(&self, creation: &ProductCreation<'_>) -> Result<Created, PortError> {
        let (product, mut state) = (creation.product, self.state());
        let tenant = &product.key.tenant;
        if let Some((earlier, attempt)) = claimed(&state.creations, tenant, creation.key, product.created_at)
        {
            let is_own = attempt == *creation.attempt;
            return Ok(if is_own { Created::New } else { Created::Claimed(Box::new(earlier)) });
        }
        if state.products.contains_key(&product.key) {
            return Ok(Created::SkuTaken);
        }
        let limit = product.details.oversell_limit;
        let stock = Stock { sellable: limit.get(), oversell_limit: limit, ..Stock::default() };
        let claim = (tenant.clone(), creation.key.to_string());
        state.creations.insert(claim, ((product.clone(), creation.attempt.clone()), creation.expires_at));
        state.products.insert(product.key.clone(), StockedProduct { product: product.clone(), stock });
        Ok(Created::New)
    }

    async fn find(&self, key: &ProductKey) -> Result<Option<StockedProduct>, PortError> {
        Ok(self.state().products.get(key).cloned())
    }

    async fn replace(&self, before: &Product, after: &Product) -> Result<Changed, PortError> {
        let mut state = self.state();
        let Some(found) = state.products.get_mut(&before.key) else {
            return Ok(Changed::VersionConflict);
        };
        if found.product.version != before.version || found.product.is_archived {
            return Ok(Changed::VersionConflict);
        }
        let limit = after.details.oversell_limit;
        let sellable = found.stock.sellable + limit.get() - before.details.oversell_limit.get();
        if sellable < 0 {
            return Ok(Changed::Oversold);
        }
        found.product = after.clone();
        found.stock = Stock { sellable, oversell_limit: limit, seq: found.stock.seq + 1, ..found.stock };
        Ok(Changed::Changed)
    }
}

impl StockAdjustments for InMemoryCatalog {
    async fn adjust(&self, adjustment: &StockAdjustment<'_>) -> Result<Adjusted, PortError> {
        let (movement, mut state) = (adjustment.movement, self.state());
        let tenant = &movement.product.tenant;
        if let Some(earlier) = claimed(&state.adjustments, tenant, adjustment.key, movement.at) {
            let is_own = earlier.id == movement.id;
            return Ok(if is_own { Adjusted::Adjusted } else { Adjusted::Claimed(Box::new(earlier)) });
        }
        let found = state.products.get_mut(&movement.product).filter(|found| !found.product.is_archived);
        let Some(StockedProduct { stock, .. }) = found else {
            return Ok(Adjusted::Refused(None));
        };
        let sellable = stock.sellable + movement.request.change.delta().get();
        let is_expected = adjustment.expected.is_none_or(|expected| {
            (expected.sellable, expected.oversell_limit) == (stock.sellable, stock.oversell_limit)
        });
        if !is_expected || !(0..=Stock::MAX_SELLABLE).contains(&sellable) {
            return Ok(Adjusted::Refused(Some(*stock)));
        }
        *stock = Stock { sellable, seq: stock.seq + 1, ..*stock };
        state.movements.push(movement.clone());
        let claim = (tenant.clone(), adjustment.key.to_string());
        state.adjustments.insert(claim, (movement.clone(), adjustment.expires_at));
        Ok(Adjusted::Adjusted)
    }
}

impl ProductListing for InMemoryCatalog {
    async fn products(&self, query: &ProductQuery) -> Result<ProductPage, PortError> {
        let state = self.state();
        let matches = |product: &&Product| {
            product.key.tenant == query.tenant
                && !product.is_archived
                && query.is_active.is_none_or(|is_active| product.details.is_active == is_active)
                && query.after.as_ref().is_none_or(|after| product.key.sku.as_str() > after.as_str())
        };
        let products = state.products.values().map(|found| &found.product);
        let mut found: Vec<_> = products.filter(matches).cloned().collect();
        found.sort_by(|one, other| one.key.sku.as_str().cmp(other.key.sku.as_str()));
        Ok(Page::of(found, query.limit, |product| product.key.sku.clone()))
    }
}

impl MovementListing for InMemoryCatalog {
    async fn movements(&self, query: &MovementQuery) -> Result<MovementPage, PortError> {
        let state = self.state();
        let matches = |movement: &&Movement| {
            movement.product == query.product && query.after.is_none_or(|after| movement.id < after)
        };
        let mut found: Vec<_> = state.movements.iter().filter(matches).cloned().collect();
        found.sort_by_key(|movement| std::cmp::Reverse(movement.id));
        Ok(Page::of(found, query.limit, |movement| movement.id))
    }
}
