//! Responses with orders.

use http::{HeaderValue, StatusCode, header};
use orders_domain::ports::TrackedStatus;
use orders_domain::{Order, OrderId, Page, Payments, Refund, RequestedCharge};
use platform_http::{Request, Response};

/// Status 201 with the order, the reference to it, and its version.
pub(crate) fn created(order: &Order, request: &Request) -> Response {
    let location = request.reference_to(&format!("/orders/{}", order.id()));
    let location = HeaderValue::try_from(location).expect("an encoded path is a header value");
    with_status(StatusCode::CREATED, order).with_header(header::LOCATION, location)
}

/// Time after which it is worth asking for the status of an order again.
const STATUS_RETRY_AFTER_S: HeaderValue = HeaderValue::from_static("1");

/// Status 202 with the reference to the status of the order. `body` is that of the first response to the key.
pub(crate) fn accepted(body: String) -> Response {
    let location = orders_json::status_url_of(&body).and_then(|url| HeaderValue::try_from(url).ok());
    let response =
        Response::json(StatusCode::ACCEPTED, body).with_header(header::RETRY_AFTER, STATUS_RETRY_AFTER_S);
    match location {
        Some(location) => response.with_header(header::LOCATION, location),
        None => response,
    }
}

/// Status 200 with the status of an order; `None` for one that is not decided. Pages that the reader follows from there don't
/// learn the link.
pub(crate) fn status(order: OrderId, status: Option<&TrackedStatus>) -> Response {
    let response = Response::json(StatusCode::OK, orders_json::status_to_json(order, status))
        .with_header(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if status.is_some() { response } else { response.with_header(header::RETRY_AFTER, STATUS_RETRY_AFTER_S) }
}

/// Status 200 with the order and its version.
pub(crate) fn ok(order: &Order) -> Response {
    with_status(StatusCode::OK, order)
}

/// Status 200 with the order and its version, for a caller who may not see personal data.
pub(crate) fn ok_without_personal(order: &Order) -> Response {
    let body = orders_json::order_to_json_without_personal(order);
    Response::json(StatusCode::OK, body).with_version(order.version())
}

/// Status 304: the client already has this version.
pub(crate) fn not_modified(order: &Order) -> Response {
    ok(order).without_body(StatusCode::NOT_MODIFIED)
}

fn with_status(status: StatusCode, order: &Order) -> Response {
    Response::json(status, orders_json::order_to_json(order)).with_version(order.version())
}

/// Status 200 with a page. `next` is the cursor and the query of the next page.
pub(crate) fn page(page: &Page, next: Option<(String, String)>) -> Response {
    let (cursor, query) = next.unzip();
    Response::json(StatusCode::OK, orders_json::page_to_json(page, cursor)).with_next(query.as_deref())
}

/// Status 201 with a refund.
pub(crate) fn refund_created(refund: &Refund, payments: &Payments) -> Response {
    Response::json(StatusCode::CREATED, orders_json::refund_to_json(refund, payments))
}

/// Status 200 with all refunds of an order.
pub(crate) fn refunds(payments: &Payments) -> Response {
    Response::json(StatusCode::OK, orders_json::refunds_to_json(payments))
}

/// Status 202 with a charge, and the reference to its order.
pub(crate) fn charge_accepted(charge: &RequestedCharge, request: &Request) -> Response {
    let order = charge.record.order().id();
    let location = HeaderValue::try_from(request.reference_to(&format!("/orders/{order}")));
    let location = location.expect("an encoded path is a header value");
    Response::json(StatusCode::ACCEPTED, orders_json::charge_to_json(charge))
        .with_header(header::LOCATION, location)
}
