//! `POST /products/{sku}/stock-adjustments`: adjusts a stock, once per idempotency key.

use super::product_of;
use crate::body::parse_adjustment;
use crate::{examples, permissions, problems, responses};
use catalog_domain::ports::{Products, StockAdjustments};
use catalog_domain::{MovementId, adjust_stock};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Response, Route};
use std::time::Duration;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/products/{sku}/stock-adjustments",
    function: "write-products",
    access: permissions::STOCK_KEEPERS,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        ProblemType::OF_KEYS,
        &[problems::PRODUCT_NOT_FOUND, problems::STOCK_CONFLICT],
    ],
    describe,
};

/// Makes the adjustment of a request.
pub(super) async fn handle(
    stock: &(impl Products + StockAdjustments),
    claim_ttl: Duration,
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let product = product_of(&ROUTE, request, caller)?;
    let body = request.json_body()?;
    let key = request.required_idempotency_key()?;
    let adjustment = parse_adjustment(body)?;
    let command = catalog_domain::AdjustStock {
        product,
        request: adjustment,
        id: MovementId::v7(request.received_at(), request.entropy()?),
        key,
        claim_ttl,
        received_at: request.received_at(),
    };
    let adjusted = adjust_stock(stock, command).await;
    let adjusted = adjusted.map_err(|error| problems::of_adjust_stock(&error))?;
    Ok(responses::adjusted(&adjusted.movement).replayed(adjusted.is_replay))
}

fn describe() -> Operation {
    Operation {
        id: "adjustStock",
        tag: "Products",
        summary: "Adjust the stock of a product",
        description: "By a difference, or to a number if the available units are still those that you have seen. The units that \
            can be sold never become negative.",
        parameters: &["Sku", "IdempotencyKey"],
        body: Some(RequestBody { schema: "StockAdjustment", example: examples::adjustment() }),
        responses: vec![Success {
            status: "201",
            description: "The movement",
            headers: &["Cache-Control", "Idempotent-Replayed", "X-Request-Id"],
            content: Content::Json { schema: "Movement", example: examples::movement() },
        }],
    }
}
