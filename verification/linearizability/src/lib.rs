//! Whether what concurrent callers saw could have happened one after the other.
//!
//! A history is *linearizable* when every operation can be given one instant between its call and
//! its answer such that, in the order of these instants, each answer is what [`Sequential`] says
//! (Herlihy and Wing, 1990). An operation whose answer was lost may have happened at any instant
//! after its call, or never.
//!
//! [`check`] looks for such an order as Wing and Gong did (1993), and remembers where it has been, as
//! Lowe proposed (2017): the operations that are done and the state that they led to.
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
