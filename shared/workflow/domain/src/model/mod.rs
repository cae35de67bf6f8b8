//! Values of the workflow.

mod followed_order;
mod fulfilment_event;
mod schedule;
mod standing;

pub use followed_order::{FollowedOrder, OrderReference, PlacedOrder};
pub use fulfilment_event::{FulfilmentEvent, FulfilmentEventKind};
pub use schedule::Schedule;
pub use standing::{FollowedStatus, OrderFacts, Standing};
