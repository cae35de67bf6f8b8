//! Actions, their effects, and deliberate mistakes.

use super::properties;
use super::state::{Buyer, Document, Order, Phase, Reservation, Status, StockState};
use stateright::{Model, Property};

/// Two buyers of the last units.
#[derive(Clone, Copy, Debug)]
pub struct StockProtocol {
    /// Maximum number of crashes.
    pub crashes: u8,
    /// Maximum number of claims that expire.
    pub expiries: u8,
    /// Deliberate mistake, if any.
    pub mutant: Option<StockMutant>,
}

/// Step of a process. Orders and buyers are named by their index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockAction {
    /// A buyer's function claims the key and takes the stock, or finds the claim of an equal request.
    Take(u8),
    /// It stores the order of the claim.
    Insert(u8),
    /// It sends the response.
    Respond(u8),
    /// It notes that the order of the reservation is stored.
    Close(u8),
    /// It crashes, and the buyer repeats the request or, if `false`, gives up.
    Crash(u8, bool),
    /// The sweeper stores the order of an open reservation.
    SweepInsert(u8),
    /// The sweeper notes that the order of a reservation is stored.
    SweepClose(u8),
    /// The sweeper gives back the stock of an order that is not stored: only [`StockMutant::RollBack`] does.
    SweepBack(u8),
    /// The order is paid.
    Pay(u8),
    /// The order is cancelled.
    Cancel(u8),
    /// The order is fulfilled.
    Fulfil(u8),
    /// The stock is given back before the cancellation is decided: only [`StockMutant::ReleaseBeforeDecision`] does.
    ReleaseFirst(u8),
    /// The stock of an order that has ended is given back, or sold.
    Settle(u8),
    /// It is noted that the stock is settled.
    NoteSettled(u8),
    /// A refund says that one unit comes back.
    RequestRestock(u8),
    /// That unit is given back.
    Restock(u8),
    /// The claim of a key ends.
    KeyExpires(u8),
}

/// Deliberate mistake. Each must violate a property; otherwise that property checks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockMutant {
    /// The sweeper gives stock back when an order is not stored.
    RollBack,
    /// A settlement leaves no trace in the reservation.
    ReleaseTwice,
    /// A cancellation gives the stock back before it is decided.
    ReleaseBeforeDecision,
    /// A reservation has a state instead of quantities: what a refund has given back is given back again.
    OneStatePerReservation,
    /// Each line is compared with the stock by itself.
    ForgetTheMerge,
    /// The sweeper stores whatever order the claim of the key has, without a comparison of the ids.
    SweepByKey,
    /// A claim can end while its reservation is open.
    ClaimNotProlonged,
}

impl StockMutant {
    /// All mutants.
    pub const ALL: [Self; 7] = [
        Self::RollBack,
        Self::ReleaseTwice,
        Self::ReleaseBeforeDecision,
        Self::OneStatePerReservation,
        Self::ForgetTheMerge,
        Self::SweepByKey,
        Self::ClaimNotProlonged,
    ];
}

impl StockProtocol {
    /// Creates the protocol without a mistake.
    #[must_use]
    pub fn new(crashes: u8, expiries: u8) -> Self {
        Self { crashes, expiries, mutant: None }
    }

    /// Creates the protocol with a mistake, and the faults that it needs to have an effect.
    #[must_use]
    pub fn mutated(mutant: StockMutant) -> Self {
        Self { mutant: Some(mutant), ..Self::new(1, 1) }
    }

    fn has(self, mutant: StockMutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn offer_buyer(index: u8, buyer: Buyer, crashes: u8, offer: &mut impl FnMut(StockAction)) {
        let step: fn(u8) -> StockAction = match buyer.phase {
            Phase::Waiting => StockAction::Take,
            Phase::Inserting { .. } => StockAction::Insert,
            Phase::Responding { .. } => StockAction::Respond,
            Phase::Closing { .. } => StockAction::Close,
            Phase::Done { .. } | Phase::Refused | Phase::Gone => return,
        };
        offer(step(index));
        if crashes > 0 && buyer.phase != Phase::Waiting {
            offer(StockAction::Crash(index, false));
            if !matches!(buyer.phase, Phase::Closing { .. }) {
                offer(StockAction::Crash(index, true));
            }
        }
    }

    fn offer_order(self, state: &StockState, id: u8, order: &Order, offer: &mut impl FnMut(StockAction)) {
        let Order { reservation, document, .. } = order;
        let claimed = state.claims[usize::from(order.key)];
        if reservation.is_open && document.is_none() {
            if claimed == Some(id) || (self.has(StockMutant::SweepByKey) && claimed.is_some()) {
                offer(StockAction::SweepInsert(id));
            }
            if self.has(StockMutant::RollBack) {
                offer(StockAction::SweepBack(id));
            }
        }
        let Some(document) = document else { return };
        if reservation.is_open {
            offer(StockAction::SweepClose(id));
        }
        match document.status {
            Status::Created => {
                offer(StockAction::Pay(id));
                offer(StockAction::Cancel(id));
            }
            Status::Paid => {
                offer(StockAction::Fulfil(id));
                offer(StockAction::Cancel(id));
            }
            Status::Cancelled | Status::Fulfilled => {}
        }
        if self.has(StockMutant::ReleaseBeforeDecision) && order.is_live() && reservation.held > 0 {
            offer(StockAction::ReleaseFirst(id));
        }
        if document.has_ended_stock {
            // With the mistake, nothing tells that the effect was made.
            let forgets = self.has(StockMutant::ReleaseTwice);
            if !reservation.is_settled && state.reserved >= 0 {
                offer(StockAction::Settle(id));
            }
            if reservation.is_settled || forgets {
                offer(StockAction::NoteSettled(id));
            }
        }
        if !document.is_restock_requested && matches!(document.status, Status::Paid | Status::Fulfilled) {
            offer(StockAction::RequestRestock(id));
        }
        if document.is_restock_requested && !reservation.is_restocked {
            offer(StockAction::Restock(id));
        }
    }

    /// Enumerates every action that is possible in a state.
    pub(super) fn possible_actions(self, state: &StockState, mut offer: impl FnMut(StockAction)) {
        for (index, buyer) in (0..).zip(state.buyers) {
            Self::offer_buyer(index, buyer, state.crashes, &mut offer);
        }
        for (id, order) in (0..).zip(&state.orders) {
            self.offer_order(state, id, order, &mut offer);
        }
        for (key, claim) in (0..).zip(state.claims) {
            // The sweeper prolongs the claim of an open reservation.
            let may_end = claim.is_some_and(|id| {
                !state.order(id).reservation.is_open
                    || self.has(StockMutant::ClaimNotProlonged)
                    || self.has(StockMutant::SweepByKey)
            });
            if state.expiries > 0 && may_end {
                offer(StockAction::KeyExpires(key));
            }
        }
    }

    /// Returns `true` when no action is possible.
    pub(super) fn is_at_rest(self, state: &StockState) -> bool {
        let mut is_any = false;
        self.possible_actions(state, |_| is_any = true);
        !is_any
    }

    fn perform(self, state: &mut StockState, action: StockAction) {
        match action {
            StockAction::Take(buyer) => self.take(state, buyer.into()),
            StockAction::Insert(buyer) => {
                let Phase::Inserting { order } = state.buyers[usize::from(buyer)].phase else { return };
                insert(state, order);
                state.buyers[usize::from(buyer)].phase = Phase::Responding { order };
            }
            StockAction::Respond(buyer) => {
                let Phase::Responding { order } = state.buyers[usize::from(buyer)].phase else { return };
                state.buyers[usize::from(buyer)].phase = Phase::Closing { order };
            }
            StockAction::Close(buyer) => {
                let Phase::Closing { order } = state.buyers[usize::from(buyer)].phase else { return };
                state.order_mut(order).reservation.is_open = false;
                state.buyers[usize::from(buyer)].phase = Phase::Done { order };
            }
            StockAction::Crash(buyer, repeats) => {
                state.crashes -= 1;
                state.buyers[usize::from(buyer)].phase = if repeats { Phase::Waiting } else { Phase::Gone };
            }
            StockAction::SweepInsert(id) => {
                let claimed = state.claims[usize::from(state.order(id).key)].expect("a claim");
                insert(state, claimed);
                if claimed != id {
                    state.order_mut(id).reservation.is_open = false;
                }
            }
            StockAction::SweepClose(id) => state.order_mut(id).reservation.is_open = false,
            StockAction::SweepBack(id) => {
                release(state, id);
                state.order_mut(id).reservation.is_open = false;
            }
            StockAction::Pay(id) => state.document_mut(id).status = Status::Paid,
            StockAction::Cancel(id) => end(state, id, Status::Cancelled),
            StockAction::Fulfil(id) => end(state, id, Status::Fulfilled),
            StockAction::ReleaseFirst(id) => release(state, id),
            StockAction::Settle(id) => self.settle(state, id),
            StockAction::NoteSettled(id) => state.document_mut(id).has_ended_stock = false,
            StockAction::RequestRestock(id) => state.document_mut(id).is_restock_requested = true,
            StockAction::Restock(id) => Self::restock(state, id),
            StockAction::KeyExpires(key) => {
                state.expiries -= 1;
                state.claims[usize::from(key)] = None;
            }
        }
    }

    fn take(self, state: &mut StockState, buyer: usize) {
        let Buyer { key, lines, .. } = state.buyers[buyer];
        if let Some(order) = state.claims[usize::from(key)] {
            state.buyers[buyer].phase = Phase::Inserting { order };
            return;
        }
        let needed = if self.has(StockMutant::ForgetTheMerge) { 1 } else { lines };
        if state.sellable < needed {
            state.buyers[buyer].phase = Phase::Refused;
            return;
        }
        let order = u8::try_from(state.orders.len()).expect("a few orders");
        state.claims[usize::from(key)] = Some(order);
        state.sellable -= lines;
        state.reserved += lines;
        let reservation =
            Reservation { held: lines, committed: 0, is_open: true, is_settled: false, is_restocked: false };
        state.orders.push(Order { key, units: lines, reservation, document: None });
        state.buyers[buyer].phase = Phase::Inserting { order };
    }

    fn settle(self, state: &mut StockState, id: u8) {
        let order = state.order(id).clone();
        let is_cancelled = order.document.is_some_and(|it| it.status == Status::Cancelled);
        let by_document = self.has(StockMutant::OneStatePerReservation) && is_cancelled;
        let units = if by_document { order.units } else { order.reservation.held };
        state.reserved -= units;
        let forgets = self.has(StockMutant::ReleaseTwice);
        let reservation = &mut state.order_mut(id).reservation;
        if !forgets {
            reservation.held = 0;
            reservation.is_settled = true;
        }
        if is_cancelled {
            state.sellable += units;
        } else {
            reservation.committed += units;
            state.committed += units;
        }
    }

    /// Gives one unit back: out of what is held, or out of what is sold; nothing when all was given back already.
    fn restock(state: &mut StockState, id: u8) {
        let order = state.order_mut(id);
        order.reservation.is_restocked = true;
        if order.reservation.held > 0 {
            order.reservation.held -= 1;
            state.reserved -= 1;
            state.sellable += 1;
        } else if order.reservation.committed > 0 {
            order.reservation.committed -= 1;
            state.committed -= 1;
            state.sellable += 1;
        }
    }
}

fn insert(state: &mut StockState, id: u8) {
    state.order_mut(id).document.get_or_insert(Document {
        status: Status::Created,
        has_ended_stock: false,
        is_restock_requested: false,
    });
}

fn end(state: &mut StockState, id: u8, status: Status) {
    let document = state.document_mut(id);
    document.status = status;
    document.has_ended_stock = true;
}

fn release(state: &mut StockState, id: u8) {
    let held = std::mem::take(&mut state.order_mut(id).reservation.held);
    state.reserved -= held;
    state.sellable += held;
}

impl Model for StockProtocol {
    type State = StockState;
    type Action = StockAction;

    /// The first buyer wants both units in two lines, and the second has the same request, or one of its own for one unit. Or
    /// both have a request for one unit.
    fn init_states(&self) -> Vec<StockState> {
        let buyer = |key, lines| Buyer { key, lines, phase: Phase::Waiting };
        let pairs = [[buyer(0, 2), buyer(0, 2)], [buyer(0, 2), buyer(1, 1)], [buyer(0, 1), buyer(0, 1)]];
        pairs.into_iter().map(|buyers| StockState::new(buyers, self.crashes, self.expiries)).collect()
    }

    fn actions(&self, state: &StockState, actions: &mut Vec<StockAction>) {
        self.possible_actions(state, |action| actions.push(action));
    }

    fn next_state(&self, last: &StockState, action: StockAction) -> Option<StockState> {
        let mut next = last.clone();
        self.perform(&mut next, action);
        (next != *last).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
