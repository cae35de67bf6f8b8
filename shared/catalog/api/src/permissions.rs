//! Scopes of the catalog.

use platform_http::{Access, Scope};

/// Read and list products.
pub const READ: Scope = Scope::new("products:read");
/// Create, edit and archive products.
pub const WRITE: Scope = Scope::new("products:write");
/// See the numbers of a stock, and adjust it.
pub const STOCK: Scope = Scope::new("stock:write");

/// All scopes of the catalog.
pub const SCOPES: &[Scope] = &[READ, WRITE, STOCK];

/// Callers of the routes that read products.
pub(crate) const READERS: Access = Access::AnyScope(&[READ]);
/// Callers of the routes that write products.
pub(crate) const WRITERS: Access = Access::AnyScope(&[WRITE]);
/// Callers of the routes of the stock.
pub(crate) const STOCK_KEEPERS: Access = Access::AnyScope(&[STOCK]);
