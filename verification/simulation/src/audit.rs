//! What the clients were told, what is stored and what was announced, held against each other.

use crate::announcements::all_announced;
use crate::shop::Figures;
use crate::truth::told_the_truth;
use crate::world::World;
use orders_domain::{Order, OrderRecord};
use std::collections::BTreeMap;
use std::time::Duration;

/// A promise that was not kept.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Broken {
    /// Somebody never finishes.
    #[error("somebody never finishes")]
    Endless,
    /// Two orders of one key within the life of a claim.
    #[error("two orders of one request: {0}")]
    TwoOrders(String),
    /// A client was told of an order that is not stored, or not so.
    #[error("a client was told what is not stored: {0}")]
    NotStored(String),
    /// A client was given the order of another request.
    #[error("a client was given another's order: {0}")]
    WrongOrder(String),
    /// A client was told that a change was made which was not, or not so.
    #[error("a change was not made as a client was told: {0}")]
    WrongChange(String),
    /// A client was refused a change that was made for it.
    #[error("a change was made and refused: {0}")]
    RefusedAndMade(String),
    /// A client read what was no longer so.
    #[error("a stale read: {0}")]
    StaleRead(String),
    /// A change that nobody will ever hear of.
    #[error("not announced: {0}")]
    Unannounced(String),
    /// An event about what never happened.
    #[error("announced and never committed: {0}")]
    Invented(String),
    /// An event arrived before an earlier one of its order.
    #[error("overtaken: {0}")]
    Overtaken(String),
}

/// Holds everything against everything. Answers the figures of the day.
pub(crate) fn audit(world: &World) -> Result<Figures, Broken> {
    let records = world.orders.records();
    let mut figures = world.figures();
    figures.orders = records.len() as u64;
    figures.changes = records.iter().map(|record| record.history().len() as u64 - 1).sum();
    figures.orders_after_expiry = one_order_for_a_request(&records, world.plan().ttl)?;
    told_the_truth(&world.all_told(), &records)?;
    // What was buried comes after what did not wait for it.
    let is_ordered = figures.buried == 0;
    figures.duplicates = all_announced(&records, &world.bus.events(), is_ordered)?;
    Ok(figures)
}

/// The customer of an order is its key. Answers how many orders followed an earlier one.
fn one_order_for_a_request(records: &[OrderRecord], ttl: Duration) -> Result<u64, Broken> {
    let mut by_key = BTreeMap::<_, Vec<&Order>>::new();
    for record in records {
        by_key.entry(record.order().customer_id().to_string()).or_default().push(record.order());
    }
    let mut later = 0;
    for orders in by_key.values_mut() {
        orders.sort_by_key(|order| order.created_at());
        for pair in orders.windows(2) {
            if pair[1].created_at() <= pair[0].created_at().after(ttl) {
                return Err(Broken::TwoOrders(format!("{pair:?}")));
            }
            later += 1;
        }
    }
    Ok(later)
}
