//! Counters of a simulation.

use std::iter::Sum;

/// Counters of a run or, added up, of many runs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Turns of the scheduler.
    pub turns: u64,
    /// Processes that crashed.
    pub crashes: u64,
    /// Calls that failed before they had an effect.
    pub calls_failed: u64,
    /// Calls that had their effect and lost their response.
    pub responses_lost: u64,
    /// Calls that the adapter sent twice.
    pub calls_repeated: u64,
    /// Requests whose response was the order of an earlier request.
    pub replays: u64,
    /// Requests that were rejected, since their key was used for another request.
    pub keys_reused: u64,
    /// Orders that were stored.
    pub orders: u64,
    /// Orders that were made because the claim of an earlier one had expired.
    pub orders_after_expiry: u64,
    /// Restorations of the counter of order numbers.
    pub counters_restored: u64,
    /// Inserts that were refused since another order had the number.
    pub numbers_taken: u64,
    /// Corrections that were made.
    pub corrections: u64,
    /// Facts about payments that were accepted.
    pub facts: u64,
    /// Orders whose payment is `REFUND_DUE`.
    pub refunds_due: u64,
    /// Changes that were made.
    pub changes: u64,
    /// Events that arrived more than once.
    pub duplicates: u64,
    /// Events that relays published.
    pub relayed: u64,
    /// Sends to the dead-letter queue.
    pub dead_letters: u64,
    /// Events that a redrive requeued.
    pub redriven: u64,
    /// Orders that took stock.
    pub orders_with_stock: u64,
    /// Requests that were refused for their products.
    pub products_refused: u64,
    /// Reservations whose order a sweeper has stored.
    pub completed: u64,
    /// Orders that were cancelled because nobody paid them.
    pub expired: u64,
    /// Orders whose stock a sweeper has settled.
    pub settled: u64,
    /// Sends of requests to providers.
    pub requests_sent: u64,
    /// Refunds that the provider has made by requests.
    pub refunds_made: u64,
    /// Requests for a refund that the provider has refused.
    pub refunds_refused: u64,
    /// Charges by which the provider has taken money, or set it aside.
    pub charges: u64,
    /// Authorizations that requests have freed.
    pub voids: u64,
    /// Authorizations whose money requests have taken.
    pub captures: u64,
    /// Refunds whose units came back into stock.
    pub restocks: u64,
    /// Orders that were accepted, to be processed later.
    pub accepted: u64,
    /// Accepted orders that were placed.
    pub accepted_placed: u64,
    /// Accepted orders that were rejected since too few units were left.
    pub rejected_out_of_stock: u64,
    /// Accepted orders that were rejected since a product had another price.
    pub rejected_price_changed: u64,
    /// Accepted orders that were rejected by screening.
    pub rejected_fraud: u64,
    /// Accepted orders that were rejected since they could not be ordered like this.
    pub rejected_invalid: u64,
    /// Responses with an accepted order that was placed, or with the reason of its rejection.
    pub outcomes_told: u64,
    /// Deliveries of a message about an accepted order after its first one.
    pub redeliveries: u64,
    /// Messages about accepted orders that the queue lost.
    pub messages_lost: u64,
    /// Messages about accepted orders that a sweeper sent again.
    pub resent: u64,
}

impl Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(runs: I) -> Self {
        runs.fold(Self::default(), |sum, run| Self {
            turns: sum.turns + run.turns,
            crashes: sum.crashes + run.crashes,
            calls_failed: sum.calls_failed + run.calls_failed,
            responses_lost: sum.responses_lost + run.responses_lost,
            calls_repeated: sum.calls_repeated + run.calls_repeated,
            replays: sum.replays + run.replays,
            keys_reused: sum.keys_reused + run.keys_reused,
            orders: sum.orders + run.orders,
            orders_after_expiry: sum.orders_after_expiry + run.orders_after_expiry,
            counters_restored: sum.counters_restored + run.counters_restored,
            numbers_taken: sum.numbers_taken + run.numbers_taken,
            corrections: sum.corrections + run.corrections,
            facts: sum.facts + run.facts,
            refunds_due: sum.refunds_due + run.refunds_due,
            changes: sum.changes + run.changes,
            duplicates: sum.duplicates + run.duplicates,
            relayed: sum.relayed + run.relayed,
            dead_letters: sum.dead_letters + run.dead_letters,
            redriven: sum.redriven + run.redriven,
            orders_with_stock: sum.orders_with_stock + run.orders_with_stock,
            products_refused: sum.products_refused + run.products_refused,
            completed: sum.completed + run.completed,
            expired: sum.expired + run.expired,
            settled: sum.settled + run.settled,
            requests_sent: sum.requests_sent + run.requests_sent,
            refunds_made: sum.refunds_made + run.refunds_made,
            refunds_refused: sum.refunds_refused + run.refunds_refused,
            charges: sum.charges + run.charges,
            voids: sum.voids + run.voids,
            captures: sum.captures + run.captures,
            restocks: sum.restocks + run.restocks,
            accepted: sum.accepted + run.accepted,
            accepted_placed: sum.accepted_placed + run.accepted_placed,
            rejected_out_of_stock: sum.rejected_out_of_stock + run.rejected_out_of_stock,
            rejected_price_changed: sum.rejected_price_changed + run.rejected_price_changed,
            rejected_fraud: sum.rejected_fraud + run.rejected_fraud,
            rejected_invalid: sum.rejected_invalid + run.rejected_invalid,
            outcomes_told: sum.outcomes_told + run.outcomes_told,
            redeliveries: sum.redeliveries + run.redeliveries,
            messages_lost: sum.messages_lost + run.messages_lost,
            resent: sum.resent + run.resent,
        })
    }
}
