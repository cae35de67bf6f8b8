//! `DELETE /products/{sku}`: archives a product.

use super::product_of;
use crate::{permissions, problems};
use catalog_domain::archive_product;
use catalog_domain::ports::Products;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Response, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["DELETE"],
    path: "/products/{sku}",
    function: "write-products",
    access: permissions::WRITERS,
    problems: &[
        ProblemType::OF_STORES,
        &[
            ProblemType::IF_MATCH_MISSING,
            ProblemType::IF_MATCH_INVALID,
            problems::PRODUCT_NOT_FOUND,
            problems::PRODUCT_VERSION_CONFLICT,
            problems::PRODUCT_ARCHIVED,
        ],
    ],
    describe,
};

/// Archives the product of a request.
pub(super) async fn handle(
    products: &impl Products,
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let product = product_of(&ROUTE, request, caller)?;
    let expected = request.expected_version()?;
    let command = catalog_domain::ArchiveProduct { product, expected, at: request.received_at() };
    let archived = archive_product(products, &command).await;
    archived.map_err(|error| problems::of_change_product(&error))?;
    Ok(Response::no_content())
}

fn describe() -> Operation {
    Operation {
        id: "archiveProduct",
        tag: "Products",
        summary: "Archive a product",
        description: "It can no longer be ordered, changed or listed. Orders keep their copy, and the sku stays taken.",
        parameters: &["Sku", "IfMatch"],
        responses: vec![Success {
            status: "204",
            description: "The product is archived",
            headers: &["Cache-Control", "X-Request-Id"],
            content: Content::Empty,
        }],
        ..Operation::default()
    }
}
