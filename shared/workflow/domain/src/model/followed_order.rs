//! Orders that the workflow follows.

use kernel::{Tenant, Timestamp};

kernel::text_type! {
    /// Id of an order: 1 to 80 lower-case letters, digits and hyphens of ASCII. It is also the name of an execution, whose
    /// limits these are (AWS Step Functions API reference, `StartExecution`).
    OrderReference, 80,
    |text| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
    "lower-case letters, digits and hyphens"
}

/// Owner and id of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedOrder {
    /// Owner.
    pub tenant: Tenant,
    /// Id, unique among the orders of all tenants.
    pub id: OrderReference,
}

/// Order that was placed, as its event tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Order.
    pub order: FollowedOrder,
    /// Time at which it was placed.
    pub placed_at: Timestamp,
    /// Time until which it has to be paid; `None` for an order that is never due.
    pub payment_due_at: Option<Timestamp>,
}

impl PlacedOrder {
    /// Returns the time of the first look at the order. One that is never due is looked at immediately, which says when to
    /// look again.
    #[must_use]
    pub fn first_check_at(&self) -> Timestamp {
        self.payment_due_at.unwrap_or(self.placed_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_can_be_the_name_of_an_execution() {
        for good in ["019c1363-49c0-7101-8101-010101010101", "a", &"9".repeat(80)] {
            assert_eq!(good.parse::<OrderReference>().expect(good).as_str(), good);
        }
        for bad in ["", "A", "a b", "a:b", "a/b", "ä", &"9".repeat(81)] {
            assert!(bad.parse::<OrderReference>().is_err(), "{bad}");
        }
    }
}
