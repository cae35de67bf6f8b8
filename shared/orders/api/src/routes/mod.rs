//! Routes, one file each.

mod change_order;
mod create_order;
mod get_order;
mod list_orders;

pub use change_order::ChangeOrder;
pub use create_order::CreateOrder;
pub use get_order::GetOrder;
pub use list_orders::ListOrders;

use orders_domain::OrderId;
use platform_http::{Request, Route};

/// All routes of the orders.
pub const ROUTES: &[Route] =
    &[create_order::ROUTE, list_orders::ROUTE, get_order::ROUTE, change_order::ROUTE];

/// Returns the order id in the path `/orders/{id}`.
fn order_id(request: &Request) -> Option<OrderId> {
    get_order::ROUTE.parameter(request.path())?.parse().ok()
}
