//! Audit at the end of a run: compares the observations of the clients, the stored records and the events.

use crate::acceptances::audit_acceptances;
use crate::events::audit_events;
use crate::figures::Figures;
use crate::money::{audit_ledger, audit_requests};
use crate::provider::audit_payments;
use crate::responses::audit_responses;
use crate::stock::audit_stock;
use crate::violation::Violation;
use crate::world::World;
use orders_domain::{Order, OrderRecord, PaymentStatus, Status, StepKind, Transition};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Checks every guarantee. Returns the figures of the run.
pub(crate) fn audit(world: &World) -> Result<Figures, Violation> {
    let records = world.orders.records();
    let mut figures = world.figures();
    figures.orders = records.len() as u64;
    figures.orders_with_stock = records.iter().filter(|record| took_stock(record)).count() as u64;
    figures.changes = records.iter().map(|record| record.history().len() as u64 - 1).sum();
    figures.orders_after_expiry = audit_orders(world, &records)?;
    figures.corrections = records.iter().map(corrections_of).sum();
    figures.refunds_due = records.iter().filter(|record| is_refund_due(record)).count() as u64;
    audit_unique_values(&records)?;
    audit_acceptances(world, &records, &mut figures)?;
    audit_responses(&world.observations(), &records)?;
    figures.restocks = audit_stock(world, &records)?;
    audit_payments(world, &records)?;
    audit_requests(&world.observations(), &records)?;
    audit_ledger(&world.ledger(), &records)?;
    // Later events do not wait for a dead letter.
    let is_ordered = figures.dead_letters == 0;
    figures.duplicates = audit_events(&records, &world.bus.events(), is_ordered)?;
    Ok(figures)
}

fn took_stock(record: &OrderRecord) -> bool {
    record.order().has_products() && record.order().status() != Status::Rejected
}

/// Checks that every order that is not rejected has a number of its own, and that no two have the same external id.
fn audit_unique_values(records: &[OrderRecord]) -> Result<(), Violation> {
    let (mut numbers, mut external_ids) = (BTreeSet::new(), BTreeSet::new());
    for order in records.iter().map(OrderRecord::order) {
        let is_rejected = order.status() == Status::Rejected;
        let is_numbered = order.number().map_or(is_rejected, |number| numbers.insert(number));
        let external_id = order.request().references().external_id.as_ref();
        let has_own_id = external_id.is_none_or(|id| external_ids.insert(id.to_string()));
        if !(is_numbered && has_own_id) {
            return Err(Violation::NotUnique(format!("{order:?}")));
        }
    }
    Ok(())
}

fn is_refund_due(record: &OrderRecord) -> bool {
    record.order().payment().is_some_and(|payment| payment.status == PaymentStatus::RefundDue)
}

fn corrections_of(record: &OrderRecord) -> u64 {
    let is_correction = |step: &&Transition| matches!(step.kind, StepKind::Correction { .. });
    record.history().iter().filter(is_correction).count() as u64
}

/// Minimum lifetime of the claim of an accepted order.
const ACCEPTED_LIFETIME: Duration = Duration::from_hours(24);

/// Checks for one order per key and lifetime of a claim. The customer of an order is its key. Returns the
/// number of orders that followed an earlier one.
fn audit_orders(world: &World, records: &[OrderRecord]) -> Result<u64, Violation> {
    let mut by_key = BTreeMap::<_, Vec<&Order>>::new();
    for record in records {
        by_key.entry(record.order().customer_id().to_string()).or_default().push(record.order());
    }
    let mut later = 0;
    for orders in by_key.values_mut() {
        orders.sort_by_key(|order| order.created_at());
        for pair in orders.windows(2) {
            let is_accepted = world.is_accepted(pair[0].id());
            let ttl = if is_accepted { ACCEPTED_LIFETIME } else { world.plan().ttl };
            if pair[1].created_at() <= pair[0].created_at().after(ttl) {
                return Err(Violation::DuplicateOrder(format!("{pair:?}")));
            }
            later += 1;
        }
    }
    Ok(later)
}
