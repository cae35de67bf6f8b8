//! Orders on hold: paid and cancelled like others, fulfilled only after somebody has approved them.

use crate::shop::{Shop, UNITS, captured};
use crate::{at, order};
use futures::executor::block_on;
use kernel::Version;
use orders_domain::ports::Orders as _;
use orders_domain::{
    CancelReason, Change, ChangeOrderError, ChangeRefused, Effect, EventKind, Hold, Order, OrderChange,
    OrderRecord, PaymentStatus, RequestKey, ReviewDecision, ScreeningReason, Status, StoredHold,
    change_order,
};
use orders_in_memory::InMemoryOrders;

/// Second at which the hold of an order ends.
const UNTIL: i64 = 7_200;

fn hold() -> Hold {
    Hold { reason: ScreeningReason::OrdersPerHour, until: at(UNTIL) }
}

impl Shop {
    /// Returns the shop with its order on hold.
    fn on_hold(self) -> Self {
        let record = self.record().with_hold(hold());
        let orders = InMemoryOrders::default();
        block_on(orders.insert(&record)).expect("a result");
        Self { orders, ..self }
    }

    /// Reviews the order at a version.
    fn review(&self, decision: ReviewDecision, version: Version) -> Result<Change, ChangeRefused> {
        let change = OrderChange {
            order: self.order.clone(),
            customer: None,
            expected: version,
            effect: Effect::Review(decision),
            key: RequestKey::Generated("review".parse().expect("a key")),
            at: at(20),
            traceparent: None,
        };
        refused(block_on(change_order(&self.orders, &change)))
    }

    fn reviewed(&self, decision: ReviewDecision) -> Result<Change, ChangeRefused> {
        self.review(decision, self.record().order().version())
    }

    fn hold(&self) -> Option<Hold> {
        self.record().order().hold()
    }

    fn cancel_reason(&self) -> Option<CancelReason> {
        self.record().order().cancel_reason()
    }
}

fn refused<T>(result: Result<T, ChangeOrderError>) -> Result<T, ChangeRefused> {
    result.map_err(|error| match error {
        ChangeOrderError::Refused(reason) => reason,
        ChangeOrderError::Store(error) => panic!("{error}"),
    })
}

#[test]
fn an_order_on_hold_is_paid_and_corrected_but_not_fulfilled_until_it_is_approved() {
    let shop = Shop::new().on_hold();
    assert!(shop.told(&captured("p-1", 1980)), "a fact is never refused");
    assert_eq!((shop.status(), shop.hold()), (Status::Paid, Some(hold())));
    let fulfil = || refused(shop.change(Effect::Status(Status::Fulfilled))).map(drop);
    assert_eq!(fulfil(), Err(ChangeRefused::OnHold { until: at(UNTIL) }));
    shop.change(Effect::Correction(Box::default())).expect("a correction");
    assert_eq!((fulfil().is_err(), shop.hold()), (true, Some(hold())));
    shop.reviewed(ReviewDecision::Approve).expect("an approval");
    assert_eq!((shop.status(), shop.hold()), (Status::Paid, None));
    assert_eq!(shop.record().hold(), Some(StoredHold::Over(hold())));
    assert_eq!((fulfil(), shop.status()), (Ok(()), Status::Fulfilled));
    assert_eq!(shop.sweep(UNTIL + 1).expired, 0);
}

#[test]
fn the_first_decision_counts_and_repeating_it_changes_nothing() {
    for (first, second) in
        [(ReviewDecision::Approve, ReviewDecision::Reject), (ReviewDecision::Reject, ReviewDecision::Approve)]
    {
        let shop = Shop::new().on_hold();
        let stale = Version::FIRST.next();
        let conflict = ChangeRefused::VersionConflict { current: Version::FIRST };
        assert_eq!(shop.review(first, stale), Err(conflict));
        let Ok(Change::Applied(applied)) = shop.reviewed(first) else { panic!("not applied: {first}") };
        if first == ReviewDecision::Approve {
            shop.change(Effect::Correction(Box::default())).expect("a later change");
        }
        // With the version of the first request, and with the present one.
        for version in [Version::FIRST, shop.record().order().version()] {
            let Ok(Change::Replayed { then, .. }) = shop.review(first, version) else { panic!("{first}") };
            assert_eq!(&then, applied.order());
            assert_eq!(shop.review(second, version), Err(ChangeRefused::NotOnHold));
        }
        let steps = if first == ReviewDecision::Approve { 3 } else { 2 };
        assert_eq!(shop.record().history().len(), steps, "one decision");
    }
}

#[test]
fn only_an_order_on_hold_is_reviewed() {
    for decision in ReviewDecision::ALL {
        let shop = Shop::new();
        assert_eq!(shop.reviewed(decision), Err(ChangeRefused::NotOnHold));
        let shop = Shop::new().on_hold();
        shop.set(Status::Cancelled);
        assert_eq!((shop.hold(), shop.cancel_reason()), (None, None), "cancelled by a client");
        assert_eq!(shop.reviewed(decision), Err(ChangeRefused::NotOnHold));
    }
}

#[test]
fn a_rejected_order_gives_back_its_stock_and_its_money() {
    let shop = Shop::with_product("9.90").on_hold();
    shop.told(&captured("p-1", 1980));
    assert_eq!(shop.units(), (UNITS - 2, 2, 0));
    shop.reviewed(ReviewDecision::Reject).expect("a rejection");
    assert_eq!((shop.status(), shop.cancel_reason()), (Status::Cancelled, Some(CancelReason::Fraud)));
    assert!(!shop.record().is_rejected(), "a retry of the request that placed it returns the order");
    let report = shop.sweep(100);
    assert_eq!((report.settled, report.planned, shop.units()), (1, 1, (UNITS, 0, 0)));
    assert_eq!((shop.carry_out(), shop.payment()), (1, (PaymentStatus::Refunded, 0)));
}

#[test]
fn an_order_that_nobody_reviews_in_time_ends_like_an_unpaid_one() {
    let shop = Shop::new().on_hold();
    assert_eq!((shop.sweep(UNTIL - 61).expired, shop.status()), (0, Status::Created));
    assert_eq!((shop.sweep(UNTIL).expired, shop.status()), (1, Status::Cancelled));
    assert_eq!((shop.cancel_reason(), shop.sweep(UNTIL + 60).expired), (Some(CancelReason::Expired), 0));
    let paid = Shop::with_product("9.90").on_hold();
    paid.told(&captured("p-1", 1980));
    let report = paid.sweep(UNTIL);
    assert_eq!((report.expired, report.settled, report.planned), (1, 1, 1));
    assert_eq!((paid.status(), paid.units()), (Status::Cancelled, (UNITS, 0, 0)));
    assert_eq!((paid.carry_out(), paid.payment()), (1, (PaymentStatus::Refunded, 0)));
}

#[test]
fn events_show_the_hold_as_of_their_version() {
    let shop = Shop::new().on_hold();
    shop.reviewed(ReviewDecision::Approve).expect("an approval");
    shop.set(Status::Paid);
    let events: Vec<_> = shop.record().pending_events().collect();
    let holds: Vec<_> = events.iter().map(|event| event.order.hold()).collect();
    assert_eq!(holds, [Some(hold()), None, None]);
    let approval =
        EventKind::OrderUpdated { previous_status: Status::Created, changed: vec!["hold".to_owned()] };
    assert_eq!(events[1].kind, approval);
    let shop = Shop::new().on_hold();
    shop.set(Status::Cancelled);
    let holds: Vec<_> = shop.record().pending_events().map(|event| event.order.hold()).collect();
    assert_eq!(holds, [Some(hold()), None]);
}

#[test]
fn an_order_that_is_cancelled_at_once_was_on_hold_when_it_was_created() {
    let held = OrderRecord::created(order(), None).with_hold(hold());
    assert_eq!(held.order().hold(), Some(hold()));
    let cancelled = held.rejected();
    assert_eq!((cancelled.order().hold(), cancelled.hold()), (None, Some(StoredHold::Over(hold()))));
    let created: Order = cancelled.as_created();
    assert_eq!(created.hold(), Some(hold()));
}
