//! Properties: invariants that hold in every state, and examples that some state must show.

use super::protocol::StockProtocol;
use super::state::{Document, Order, Phase, Status, StockState, UNITS};
use stateright::Property;

/// Fewer than no units are sellable, or held, or sold, in no state.
pub const NEVER_OVERSOLD: &str = "no unit is sold twice";
/// Every unit is sellable, reserved or committed.
pub const KEEPS_ALL_UNITS: &str = "no unit is lost or made";
/// The reserved units are those that reservations hold.
pub const HELD_BY_ORDERS: &str = "reserved units are held by reservations";
/// An order that has not ended holds the units that it was placed for, but for those that a refund has given back.
pub const ORDERS_HAVE_STOCK: &str = "every open order has its stock";
/// Nobody looks for the order of a closed reservation, so it is stored.
pub const CLOSED_ARE_STORED: &str = "the order of a closed reservation is stored";
/// When no action is possible, every reservation has an order and is closed, and holds nothing once the order has ended.
pub const ENDS_SETTLED: &str = "in the end no stock is held by nobody";

const SOLD_OUT: &str = "a buyer is refused";
const SWEPT: &str = "the sweeper stores the order of a buyer who is gone";
const SOLD_AGAIN: &str = "units of a cancelled order are sold again";
const RESTOCKED: &str = "a refund gives a unit back, and the rest is sold";
const SECOND_ORDER: &str = "an expired key makes a second order";

/// Properties that must hold in every state.
pub const ALWAYS: [&str; 6] =
    [NEVER_OVERSOLD, KEEPS_ALL_UNITS, HELD_BY_ORDERS, ORDERS_HAVE_STOCK, CLOSED_ARE_STORED, ENDS_SETTLED];

/// Examples that some state must show; otherwise the model checks nothing.
pub const SOMETIMES: [&str; 5] = [SOLD_OUT, SWEPT, SOLD_AGAIN, RESTOCKED, SECOND_ORDER];

pub(super) fn all() -> Vec<Property<StockProtocol>> {
    vec![
        Property::always(NEVER_OVERSOLD, |_, state: &StockState| {
            state.sellable >= 0 && state.reserved >= 0 && state.committed >= 0
        }),
        Property::always(KEEPS_ALL_UNITS, |_, state: &StockState| {
            state.sellable + state.reserved + state.committed == UNITS
        }),
        Property::always(HELD_BY_ORDERS, |_, state: &StockState| {
            state.reserved == state.orders.iter().map(|order| order.reservation.held).sum::<i8>()
        }),
        Property::always(ORDERS_HAVE_STOCK, |_, state: &StockState| state.orders.iter().all(has_its_stock)),
        Property::always(CLOSED_ARE_STORED, |_, state: &StockState| {
            state.orders.iter().all(|order| order.reservation.is_open || order.document.is_some())
        }),
        Property::always(ENDS_SETTLED, |protocol: &StockProtocol, state: &StockState| {
            state.orders.iter().all(is_settled) || !protocol.is_at_rest(state)
        }),
        Property::sometimes(SOLD_OUT, |_, state: &StockState| {
            state.buyers.iter().any(|buyer| buyer.phase == Phase::Refused)
        }),
        Property::sometimes(SWEPT, |_, state: &StockState| {
            let is_gone = state.buyers.iter().any(|buyer| buyer.phase == Phase::Gone);
            is_gone && state.orders.len() == 1 && state.orders.iter().all(is_settled)
        }),
        Property::sometimes(SOLD_AGAIN, |_, state: &StockState| {
            state.orders.iter().map(|order| order.units).sum::<i8>() > UNITS
                && state.orders.iter().any(Order::is_live)
        }),
        Property::sometimes(RESTOCKED, |_, state: &StockState| {
            state.orders.iter().any(|it| it.reservation.is_restocked && it.reservation.committed == 1)
        }),
        Property::sometimes(
            SECOND_ORDER,
            |_, state: &StockState| matches!(&state.orders[..], [one, other] if one.key == other.key),
        ),
    ]
}

fn has_its_stock(order: &Order) -> bool {
    !order.is_live() || order.reservation.held == order.units - i8::from(order.reservation.is_restocked)
}

fn is_settled(order: &Order) -> bool {
    let Some(Document { status, has_ended_stock, .. }) = order.document else { return false };
    let has_ended = matches!(status, Status::Cancelled | Status::Fulfilled);
    !order.reservation.is_open && !has_ended_stock && (!has_ended || order.reservation.held == 0)
}
