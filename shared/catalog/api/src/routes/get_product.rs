//! `GET /products/{sku}`: returns a product with its availability.

use super::product_of;
use crate::{examples, permissions, problems, responses};
use catalog_domain::ports::Products;
use http::StatusCode;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Response, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["GET", "HEAD"],
    path: "/products/{sku}",
    function: "read-products",
    access: permissions::READERS,
    problems: &[ProblemType::OF_STORES, &[problems::PRODUCT_NOT_FOUND]],
    describe,
};

const HEADERS: &[&str] = &["Cache-Control", "ETag", "X-Request-Id"];

/// Returns the product of a request.
pub(super) async fn handle(
    products: &impl Products,
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let key = product_of(&ROUTE, request, caller)?;
    let found = products.find(&key).await?.ok_or_else(problems::product_not_found)?;
    let has_numbers = caller.has(permissions::STOCK);
    let response = responses::found(&found, has_numbers).revalidated();
    let tag = responses::tag(&found, has_numbers);
    Ok(if request.has_tagged_version(found.product.version, &tag) {
        response.without_body(StatusCode::NOT_MODIFIED)
    } else {
        response
    })
}

fn describe() -> Operation {
    let product = Success {
        status: "200",
        description: "The product",
        headers: HEADERS,
        content: Content::Json { schema: "Product", example: examples::stocked_product() },
    };
    let not_modified = Success {
        status: "304",
        description: "The client already has this version",
        headers: HEADERS,
        content: Content::Empty,
    };
    Operation {
        id: "getProduct",
        tag: "Products",
        summary: "Get a product",
        description: "Also an archived one. `stock` is shown to callers with `stock:write`. The ETag changes with the version, \
            and with the availability or the stock.",
        parameters: &["Sku", "IfNoneMatch"],
        responses: vec![product, not_modified],
        ..Operation::default()
    }
}
