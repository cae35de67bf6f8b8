//! `PATCH /products/{sku}`: edits a product.

use super::product_of;
use crate::body::parse_product_edit;
use crate::{examples, permissions, problems, responses};
use catalog_domain::edit_product;
use catalog_domain::ports::Products;
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Response, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["PATCH"],
    path: "/products/{sku}",
    function: "write-products",
    access: permissions::WRITERS,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        &[
            ProblemType::IF_MATCH_MISSING,
            ProblemType::IF_MATCH_INVALID,
            problems::PRODUCT_NOT_FOUND,
            problems::PRODUCT_VERSION_CONFLICT,
            problems::PRODUCT_ARCHIVED,
            problems::STOCK_CONFLICT,
        ],
    ],
    describe,
};

/// Edits the product of a request.
pub(super) async fn handle(
    products: &impl Products,
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let product = product_of(&ROUTE, request, caller)?;
    let body = request.json_body()?;
    let expected = request.expected_version()?;
    let edit = parse_product_edit(body)?;
    let command = catalog_domain::EditProduct { product, expected, edit, at: request.received_at() };
    let edited = edit_product(products, command).await;
    let edited = edited.map_err(|error| problems::of_change_product(&error))?;
    Ok(responses::edited(&edited))
}

fn describe() -> Operation {
    Operation {
        id: "editProduct",
        tag: "Products",
        summary: "Edit a product",
        description: "A sale does not change the version. Orders keep the name and the price of the time when they were \
            placed.",
        parameters: &["Sku", "IfMatch"],
        body: Some(RequestBody { schema: "ProductEdit", example: examples::edit() }),
        responses: vec![Success {
            status: "200",
            description: "The product at its new version",
            headers: &["Cache-Control", "ETag", "X-Request-Id"],
            content: Content::Json { schema: "Product", example: examples::edited_product() },
        }],
    }
}
