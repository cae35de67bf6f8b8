//! `POST /products`: creates a product, once per idempotency key.

use crate::body::parse_new_product;
use crate::{examples, permissions, problems, responses};
use catalog_domain::ports::Products;
use catalog_domain::{ProductKey, create_product};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Response, Route};
use std::time::Duration;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/products",
    function: "write-products",
    access: permissions::WRITERS,
    problems: &[ProblemType::OF_STORES, ProblemType::OF_BODIES, ProblemType::OF_KEYS, &[problems::SKU_TAKEN]],
    describe,
};

/// Creates the product of a request.
pub(super) async fn handle(
    products: &impl Products,
    claim_ttl: Duration,
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let body = request.json_body()?;
    let key = request.required_idempotency_key()?;
    let (sku, details) = parse_new_product(body)?;
    let command = catalog_domain::CreateProduct {
        product: ProductKey { tenant: caller.tenant().clone(), sku },
        details,
        key,
        attempt: request.generated_key()?,
        claim_ttl,
        received_at: request.received_at(),
    };
    let created = create_product(products, command).await;
    let created = created.map_err(|error| problems::of_create_product(&error))?;
    Ok(responses::created(&created.product, request).replayed(created.is_replay))
}

fn describe() -> Operation {
    Operation {
        id: "createProduct",
        tag: "Products",
        summary: "Create a product",
        description: "Its stock is empty. A repeated request with the same key returns the same response, byte for byte, \
            with `Idempotent-Replayed: true`.",
        parameters: &["IdempotencyKey"],
        body: Some(RequestBody { schema: "NewProduct", example: examples::new_product() }),
        responses: vec![Success {
            status: "201",
            description: "The new product",
            headers: &["Cache-Control", "ETag", "Idempotent-Replayed", "Location", "X-Request-Id"],
            content: Content::Json { schema: "Product", example: examples::product() },
        }],
    }
}
