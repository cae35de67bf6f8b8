//! Routes, one file each, and the handlers of the two functions that serve them: one reads, one writes.

mod adjust_stock;
mod archive_product;
mod create_product;
mod edit_product;
mod get_product;
mod get_stock;
mod list_products;

use crate::problems;
use catalog_domain::ProductKey;
use catalog_domain::ports::{MovementListing, ProductListing, Products, StockAdjustments};
use platform_http::{Caller, CursorKeySource, Handler, Problem, Request, Response, Route};
use std::sync::Arc;
use std::time::Duration;

/// All routes of the catalog.
pub const ROUTES: &[Route] = &[
    create_product::ROUTE,
    list_products::ROUTE,
    get_product::ROUTE,
    edit_product::ROUTE,
    archive_product::ROUTE,
    adjust_stock::ROUTE,
    get_stock::ROUTE,
];

/// Dependencies of the routes that read.
#[derive(Debug)]
pub struct ReadProducts<C, K> {
    /// Products, their stock and its movements.
    pub catalog: C,
    /// Keys of the cursors.
    pub keys: K,
}

/// Dependencies of the routes that write.
#[derive(Debug)]
pub struct WriteProducts<C> {
    /// Products and their stock.
    pub catalog: C,
    /// Lifetime of a claim on an idempotency key.
    pub claim_ttl: Duration,
}

impl<C, K> Handler for ReadProducts<C, K>
where
    C: Products + ProductListing + MovementListing + Send + Sync + 'static,
    K: CursorKeySource + Send + Sync + 'static,
{
    const ACTION: &'static str = "read-products";

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        let is = |route: &Route| route.handles(request.method().as_str(), request.path());
        let Self { catalog, keys } = &*self;
        if is(&list_products::ROUTE) {
            list_products::handle(catalog, keys, &request, &caller).await
        } else if is(&get_stock::ROUTE) {
            get_stock::handle(catalog, keys, &request, &caller).await
        } else {
            get_product::handle(catalog, &request, &caller).await
        }
    }
}

impl<C> Handler for WriteProducts<C>
where
    C: Products + StockAdjustments + Send + Sync + 'static,
{
    const ACTION: &'static str = "write-products";

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        ROUTES
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        let is = |route: &Route| route.handles(request.method().as_str(), request.path());
        let Self { catalog, claim_ttl } = &*self;
        if is(&create_product::ROUTE) {
            create_product::handle(catalog, *claim_ttl, &request, &caller).await
        } else if is(&adjust_stock::ROUTE) {
            adjust_stock::handle(catalog, *claim_ttl, &request, &caller).await
        } else if is(&archive_product::ROUTE) {
            archive_product::handle(catalog, &request, &caller).await
        } else {
            edit_product::handle(catalog, &request, &caller).await
        }
    }
}

/// Returns the product of the caller that the path of a route names.
fn product_of(route: &Route, request: &Request, caller: &Caller) -> Result<ProductKey, Problem> {
    let sku = route.parameter(request.path()).and_then(|sku| sku.parse().ok());
    let sku = sku.ok_or_else(problems::product_not_found)?;
    Ok(ProductKey { tenant: caller.tenant().clone(), sku })
}
