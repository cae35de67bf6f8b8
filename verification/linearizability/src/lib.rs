//! Checker for the linearizability of histories of concurrent callers.
//!
//! A history is *linearizable* when every operation can be given one instant between its call and
//! its answer such that, in the order of these instants, each answer equals that of [`Sequential`]
//! (Herlihy and Wing, 1990). An operation whose answer was lost may have happened at any instant
//! after its call, or never.
//!
//! [`check`] searches for such an order with the algorithm of Wing and Gong (1993). It remembers the
//! configurations that it has visited, as Lowe proposed (2017): the operations that are done and the
//! state that they led to.
//!
//! ```text
//!   a  |---- PATCH 1→PAID: 200 ----|
//!   b       |-- GET: version 1 --|               b, a, c
//!   c                    |-- GET: version 2 --|
//! ```

mod history;
mod search;
mod sequential;

pub use history::{History, Operation};
pub use search::{NotLinearizable, check};
pub use sequential::{OrderAnswer, OrderCall, OrderState, Sequential};
