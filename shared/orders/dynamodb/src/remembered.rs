//! Products that an instance remembers.

use kernel::Tenant;
use orders_domain::{Offer, Offers, ProductUnits, Sku};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Maximum number of products: a few hundred kilobytes.
const MAX_PRODUCTS: usize = 1_000;

/// Products as the instance saw them last. They may be out of date: a claim compares them.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    products: Mutex<HashMap<(Tenant, Sku), Offer>>,
}

impl Remembered {
    /// Returns the products, if the instance remembers all.
    pub(crate) fn all(&self, tenant: &Tenant, products: &[ProductUnits]) -> Option<Offers> {
        let remembered = self.products();
        let offer = |product: &ProductUnits| {
            let offer = remembered.get(&(tenant.clone(), product.sku.clone()))?;
            Some((product.sku.clone(), offer.clone()))
        };
        products.iter().map(offer).collect()
    }

    /// Returns a product, if the instance remembers it.
    pub(crate) fn get(&self, tenant: &Tenant, sku: &Sku) -> Option<Offer> {
        self.products().get(&(tenant.clone(), sku.clone())).cloned()
    }

    pub(crate) fn remember(&self, tenant: &Tenant, sku: &Sku, offer: &Offer) {
        let mut remembered = self.products();
        if remembered.len() >= MAX_PRODUCTS {
            remembered.clear();
        }
        remembered.insert((tenant.clone(), sku.clone()), offer.clone());
    }

    fn products(&self) -> MutexGuard<'_, HashMap<(Tenant, Sku), Offer>> {
        // A panic in between leaves nothing half done.
        self.products.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
