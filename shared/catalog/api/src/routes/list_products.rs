//! `GET /products`: returns a page of products, sorted by sku.

use crate::listing::{next_products, product_query};
use crate::{examples, permissions};
use catalog_domain::ports::ProductListing;
use http::StatusCode;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Caller, CursorKeySource, Problem, ProblemType, Request, Response, Route};
use serde_json::json;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["GET", "HEAD"],
    path: "/products",
    function: "read-products",
    access: permissions::READERS,
    problems: &[ProblemType::OF_STORES, &[ProblemType::INVALID_PARAMETERS]],
    describe,
};

/// Returns the page of a request.
pub(super) async fn handle(
    products: &impl ProductListing,
    keys: &(impl CursorKeySource + Sync),
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let read = |keys: &_| product_query(request.parameters(), caller.tenant(), keys);
    let (keys, query) = keys.read_query(read).await?;
    let page = products.products(&query).await?;
    let next = page.next_after.as_ref().map(|last| next_products(&keys, &query, last));
    let (cursor, next) = next.unzip();
    let body = catalog_json::product_page_to_json(&page, cursor);
    Ok(Response::json(StatusCode::OK, body).with_next(next.as_deref()))
}

fn describe() -> Operation {
    Operation {
        id: "listProducts",
        tag: "Products",
        summary: "List products by sku",
        description: "Without archived ones. A change appears after a moment.",
        parameters: &["Active", "Limit", "CatalogCursor"],
        responses: vec![Success {
            status: "200",
            description: "A page of products",
            headers: &["Cache-Control", "Link", "X-Request-Id"],
            content: Content::Json {
                schema: "ProductPage",
                example: json!({ "items": [examples::product()] }),
            },
        }],
        ..Operation::default()
    }
}
