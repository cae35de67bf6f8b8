//! Routes, one file each.

mod change_order;
mod charge_order;
mod create_order;
mod get_order;
mod list_orders;
mod list_refunds;
mod order_payments;
mod order_status;
mod request_refund;
mod review_order;

pub use change_order::ChangeOrder;
pub use create_order::CreateOrder;
pub use get_order::GetOrder;
pub use list_orders::ListOrders;
pub use order_payments::OrderPayments;
pub use order_status::OrderStatus;

use orders_domain::OrderId;
use platform_http::{Request, Route};

/// All routes of the orders.
pub const ROUTES: &[Route] = &[
    create_order::ROUTE,
    list_orders::ROUTE,
    get_order::ROUTE,
    change_order::ROUTE,
    review_order::ROUTE,
    charge_order::ROUTE,
    request_refund::ROUTE,
    list_refunds::ROUTE,
    order_status::ROUTE,
];

/// Returns the order id in the path `/orders/{id}`.
fn order_id(request: &Request) -> Option<OrderId> {
    order_id_of(&get_order::ROUTE, request)
}

/// Returns the order id in the path of a route.
fn order_id_of(route: &Route, request: &Request) -> Option<OrderId> {
    route.parameter(request.path())?.parse().ok()
}
