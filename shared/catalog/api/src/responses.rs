//! Responses with products and stock.

use catalog_domain::{Movement, Product, StockedProduct};
use http::{HeaderValue, StatusCode, header};
use platform_http::{Request, Response};

/// Status 201 with the product, the reference to it, and its version.
pub(crate) fn created(product: &Product, request: &Request) -> Response {
    let location = request.reference_to(&format!("/products/{}", product.key.sku.as_str()));
    let location = HeaderValue::try_from(location).expect("a path is a header value");
    edited(product).with_status(StatusCode::CREATED).with_header(header::LOCATION, location)
}

/// Status 200 with the product and its version.
pub(crate) fn edited(product: &Product) -> Response {
    Response::json(StatusCode::OK, catalog_json::product_to_json(product)).with_version(product.version)
}

/// Status 200 with the product, its stock, and an entity tag for both.
pub(crate) fn found(found: &StockedProduct, has_numbers: bool) -> Response {
    let body = catalog_json::stocked_product_to_json(found, has_numbers);
    Response::json(StatusCode::OK, body).with_tagged_version(found.product.version, &tag(found, has_numbers))
}

/// Returns what distinguishes the representations of one version: the number of the stock's latest write for a reader who
/// sees the counters, the availability for all others.
pub(crate) fn tag(found: &StockedProduct, has_numbers: bool) -> String {
    if has_numbers {
        found.stock.seq.to_string()
    } else {
        found.stock.availability(found.product.details.low_stock_at).as_str().to_owned()
    }
}

/// Status 201 with the movement.
pub(crate) fn adjusted(movement: &Movement) -> Response {
    Response::json(StatusCode::CREATED, catalog_json::movement_to_json(movement))
}
