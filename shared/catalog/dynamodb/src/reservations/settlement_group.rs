//! Settlements that one transaction makes.

use super::MAX_ITEMS;
use super::item::{line_of, lines_of, list};
use aws_sdk_dynamodb::types::AttributeValue;
use catalog_domain::{ProductKey, ReservedUnits, ReservingOrder, Settlement, SettlementEffect};
use kernel::PortError;
use platform_dynamodb::{Item, Reason, integer};
use std::collections::BTreeMap;

/// Settlements that one transaction makes.
#[derive(Default)]
pub(super) struct Group<'a> {
    pub(super) endings: Vec<Ending<'a>>,
    pub(super) products: BTreeMap<ProductKey, Units>,
}

/// Units of a product that a transaction settles.
#[derive(Clone, Copy, Default)]
pub(super) struct Units {
    /// Held, and can be sold again.
    pub(super) released: i64,
    /// Held, and were handed over.
    pub(super) committed: i64,
    /// Were handed over, and can be sold again.
    pub(super) returned: i64,
}

/// Line of a reservation.
struct Line {
    product: ProductKey,
    held: i64,
    committed: i64,
}

/// Settlement, and the reservation as it is known.
pub(super) struct Ending<'a> {
    pub(super) settlement: &'a Settlement,
    /// Its version; `None` when the order is expected to have none.
    pub(super) v: Option<u64>,
    lines: Vec<Line>,
}

impl<'a> Group<'a> {
    /// Returns groups of endings that a transaction each can make, in their sequence.
    pub(super) fn all_of(endings: Vec<Ending<'a>>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for ending in endings {
            let mut group = groups.pop_if(|group| group.has_room_for(&ending)).unwrap_or_default();
            group.add(ending);
            groups.push(group);
        }
        groups
    }

    fn has_room_for(&self, ending: &Ending<'_>) -> bool {
        // A transaction can't write a reservation twice.
        if self.endings.iter().any(|it| it.settlement.order == ending.settlement.order) {
            return false;
        }
        let new = ending.lines.iter().filter(|line| !self.products.contains_key(&line.product)).count();
        self.endings.len() + 1 + self.products.len() + new <= MAX_ITEMS
    }

    fn add(&mut self, ending: Ending<'a>) {
        for line in &ending.lines {
            let Units { released, committed, returned } = ending.units_of(line);
            if released + committed + returned > 0 {
                let units = self.products.entry(line.product.clone()).or_default();
                units.released += released;
                units.committed += committed;
                units.returned += returned;
            }
        }
        self.endings.push(ending);
    }

    /// Returns what is left after a refusal: the endings of reservations that are not settled already, as they are.
    pub(super) fn left_after(
        self,
        reasons: &[Reason],
        settled: &mut Vec<ReservingOrder>,
    ) -> Result<Vec<Ending<'a>>, PortError> {
        let mut left = Vec::new();
        for (ending, reason) in self.endings.into_iter().zip(reasons) {
            match reason.item.as_ref().filter(|_| reason.is_refused) {
                Some(item) => match Ending::read(ending.settlement, item)? {
                    Some(present) => left.push(present),
                    None => settled.push(ending.settlement.order.clone()),
                },
                // A reservation is deleted long after it was settled.
                None if reason.is_refused => settled.push(ending.settlement.order.clone()),
                None => left.push(ending),
            }
        }
        Ok(left)
    }
}

impl<'a> Ending<'a> {
    /// Returns the ending of a reservation as it was made. A rejected order may have none, or for other products than the order
    /// says.
    pub(super) fn of_new_reservation(settlement: &'a Settlement) -> Self {
        if settlement.effect == SettlementEffect::Reject {
            return Self { settlement, v: None, lines: Vec::new() };
        }
        let line = |it: &ReservedUnits| Line { product: it.product.clone(), held: it.units, committed: 0 };
        Self { settlement, v: Some(1), lines: settlement.lines.iter().map(line).collect() }
    }

    /// Returns the ending of a reservation as it is; `None` when the effect was made already.
    fn read(settlement: &'a Settlement, reservation: &Item) -> Result<Option<Self>, PortError> {
        let effects = list(reservation, "effects")?;
        let has = |name: &str| effects.iter().any(|it| it.as_s().is_ok_and(|it| it == name));
        let is_sold = settlement.effect == SettlementEffect::Reject && has(&SettlementEffect::Commit.name());
        if has(&settlement.effect.name()) || is_sold {
            return Ok(None);
        }
        let lines = lines_of(reservation, &settlement.order.tenant)?.into_iter();
        let line = |(held, committed): (ReservedUnits, ReservedUnits)| Line {
            product: held.product,
            held: held.units,
            committed: committed.units,
        };
        Ok(Some(Self { settlement, v: Some(integer(reservation, "v")?), lines: lines.map(line).collect() }))
    }

    /// Returns the units of a line that the settlement moves.
    fn units_of(&self, line: &Line) -> Units {
        match &self.settlement.effect {
            SettlementEffect::Release | SettlementEffect::Reject => {
                Units { released: line.held, ..Units::default() }
            }
            SettlementEffect::Commit => Units { committed: line.held, ..Units::default() },
            SettlementEffect::Restock { units, .. } => {
                let wanted = units.iter().find(|it| it.product == line.product).map_or(0, |it| it.units);
                let released = wanted.min(line.held);
                Units { released, returned: (wanted - released).min(line.committed), ..Units::default() }
            }
        }
    }

    pub(super) fn lines_after(&self) -> Vec<AttributeValue> {
        let after = |line: &Line| {
            let Units { released, committed, returned } = self.units_of(line);
            line_of(&line.product, line.held - released - committed, line.committed + committed - returned)
        };
        self.lines.iter().map(after).collect()
    }
}
