//! Scopes of the orders, and the orders that a caller may use.

use crate::body::ParsedOrder;
use orders_domain::CustomerId;
use platform_http::{Access, Caller, Problem, Scope};

/// Read and list all orders of the tenant.
pub const READ: Scope = Scope::new("orders:read");
/// Place, change and cancel orders of the tenant.
pub const WRITE: Scope = Scope::new("orders:write");
/// A buyer: place, read, list and cancel the orders whose `customer_id` is the subject of the token.
pub const OWN: Scope = Scope::new("orders:own");
/// Decide about orders on hold.
pub const REVIEW: Scope = Scope::new("orders:review");
/// Set the prices of an order.
pub const PRICE: Scope = Scope::new("orders:price");

/// Take the money of orders, and mark orders as paid by other means.
pub const PAYMENTS: Scope = Scope::new("payments:write");
/// List refunds.
pub const REFUNDS_READ: Scope = Scope::new("refunds:read");
/// Refund orders.
pub const REFUNDS: Scope = Scope::new("refunds:write");

/// All scopes of the orders.
pub const SCOPES: &[Scope] = &[READ, WRITE, OWN, PRICE, REVIEW, PAYMENTS, REFUNDS_READ, REFUNDS];

/// Callers of the routes that read.
pub(crate) const READERS: Access = Access::AnyScope(&[READ, OWN]);
/// Callers of the routes that write.
pub(crate) const WRITERS: Access = Access::AnyScope(&[WRITE, OWN]);

/// Callers of the route that decides about an order on hold.
pub(crate) const REVIEWERS: Access = Access::AnyScope(&[REVIEW]);
/// Callers of the route that charges an order.
pub(crate) const PAYERS: Access = Access::AnyScope(&[PAYMENTS, OWN]);
/// Callers of the route that refunds an order.
pub(crate) const REFUNDERS: Access = Access::AnyScope(&[REFUNDS]);
/// Callers of the route that lists refunds.
pub(crate) const REFUND_READERS: Access = Access::AnyScope(&[REFUNDS_READ, REFUNDS]);

/// Returns the customer whose orders the caller may use; `None` for a caller with the scope for all of them.
pub(crate) fn customer_of(caller: &Caller, of_tenant: Scope) -> Result<Option<CustomerId>, Problem> {
    if caller.has(of_tenant) {
        return Ok(None);
    }
    // A subject that no customer can have owns no orders.
    let customer = caller.subject().and_then(|subject| subject.parse().ok());
    customer.map(Some).ok_or_else(|| Problem::insufficient_scope(&[of_tenant]))
}

/// Checks that the caller may place the order. Who sets amounts needs a scope of its own, and so does who decides how long
/// the order holds its stock without being paid.
pub(crate) fn check_new_order(
    caller: &Caller,
    customer: Option<&CustomerId>,
    parsed: &ParsedOrder,
) -> Result<(), Problem> {
    let ParsedOrder { order, charge } = parsed;
    if customer.is_some_and(|customer| customer != order.customer_id()) {
        return Err(Problem::insufficient_scope(&[WRITE]));
    }
    if order.payment_window().is_some() {
        caller.require(WRITE)?;
    }
    // A buyer may pay with its own means. Money that nobody takes would hold stock for a week.
    if charge.as_ref().is_some_and(|terms| customer.is_none() || !terms.is_captured) {
        caller.require(PAYMENTS)?;
    }
    if order.sets_an_amount() { caller.require(PRICE) } else { Ok(()) }
}
