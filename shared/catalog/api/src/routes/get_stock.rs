//! `GET /products/{sku}/stock`: returns the stock of a product and its movements.

use super::product_of;
use crate::listing::{movement_query, next_movements};
use crate::{examples, permissions, problems};
use catalog_domain::ports::{MovementListing, Products};
use http::StatusCode;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Caller, CursorKeySource, Problem, ProblemType, Request, Response, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["GET", "HEAD"],
    path: "/products/{sku}/stock",
    function: "read-products",
    access: permissions::STOCK_KEEPERS,
    problems: &[ProblemType::OF_STORES, &[ProblemType::INVALID_PARAMETERS, problems::PRODUCT_NOT_FOUND]],
    describe,
};

/// Returns the stock of a request.
pub(super) async fn handle(
    stock: &(impl Products + MovementListing),
    keys: &(impl CursorKeySource + Sync),
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let product = product_of(&ROUTE, request, caller)?;
    let read = |keys: &_| movement_query(request.parameters(), &product, keys);
    let (keys, query) = keys.read_query(read).await?;
    let found = stock.find(&product).await?.ok_or_else(problems::product_not_found)?;
    let page = stock.movements(&query).await?;
    let next = page.next_after.map(|last| next_movements(&keys, &query, last));
    let (cursor, next) = next.unzip();
    let body = catalog_json::stock_page_to_json(product.sku.as_str(), &found.stock, &page, cursor);
    Ok(Response::json(StatusCode::OK, body).with_next(next.as_deref()))
}

fn describe() -> Operation {
    Operation {
        id: "getStock",
        tag: "Products",
        summary: "Get the stock of a product",
        description: "With its adjustments, newest first. Every unit that was ever received is available, reserved or committed; \
            orders have what they took.",
        parameters: &["Sku", "Limit", "CatalogCursor"],
        responses: vec![Success {
            status: "200",
            description: "The stock",
            headers: &["Cache-Control", "Link", "X-Request-Id"],
            content: Content::Json { schema: "StockPage", example: examples::stock_page() },
        }],
        ..Operation::default()
    }
}
