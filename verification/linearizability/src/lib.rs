//! Checker for the linearizability of histories of concurrent callers.
//!
//! A history is *linearizable* when each operation has an instant between its call and its response, so that
//! the following holds. In the order of these instants, each response equals that of [`Sequential`] (Herlihy
//! and Wing, 1990). An operation whose response was lost may have had its effect at any instant after its
//! call, or never.
//!
//! [`check`] searches for such an order with the algorithm of Wing and Gong (1993). It stores the
//! configurations that it has visited, as Lowe proposed (2017): the set of executed operations and the
//! resulting state.
//!
//! ```text
//!   a  |---- PATCH 1→PAID: 200 ----|
//!   b       |-- GET: version 1 --|               b, a, c
//!   c                    |-- GET: version 2 --|
//! ```

mod history;
mod search;
mod sequential;
mod stock;

pub use history::{History, Operation};
pub use search::{NotLinearizable, check};
pub use sequential::{OrderCall, OrderResponse, OrderState, Sequential};
pub use stock::{StockCall, StockResponse, StockState};
