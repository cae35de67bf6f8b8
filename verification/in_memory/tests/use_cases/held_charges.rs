//! Charges that wait until somebody has reviewed the order.

use crate::at;
use crate::shop::{Shop, authorized, captured, done, fact, refused};
use futures::executor::block_on;
use orders_domain::ports::Orders as _;
use orders_domain::{
    CancelReason, ChargeTerms, Effect, FactKind, Hold, Operation, PaymentFact, PaymentRequestId,
    PaymentStatus, PaymentToken, ProviderRequest, ReviewDecision, ScreeningReason, Status,
};
use orders_in_memory::InMemoryOrders;

/// Second at which the hold of an order ends.
const UNTIL: i64 = 7_200;

impl Shop {
    /// Returns a shop with an order on hold, and a charge that waits.
    fn with_held_charge() -> Self {
        let shop = Self::new();
        let (provider, token) = ("standard".parse().expect("a name"), "tok_1".parse().expect("a token"));
        let charge = ChargeTerms { provider, token, is_captured: true };
        let hold = Hold { reason: ScreeningReason::OrdersPerHour, until: at(UNTIL) };
        let record = shop.record().with_hold(hold).with_held_charge(Some(charge));
        let orders = InMemoryOrders::default();
        block_on(orders.insert(&record)).expect("a result");
        Self { orders, ..shop }
    }

    fn has_held_charge(&self) -> bool {
        self.record().held_charge().is_some()
    }

    fn decide(&self, decision: ReviewDecision) {
        self.change(Effect::Review(decision)).expect("a decision");
    }
}

#[test]
fn a_charge_waits_for_the_approval_and_is_made_once() {
    let shop = Shop::with_held_charge();
    shop.advance();
    assert_eq!((shop.sweep(5_000).sent, shop.sent().len()), (0, 0), "nobody has decided");
    shop.change(Effect::Correction(Box::default())).expect("a correction");
    shop.told(&fact(FactKind::Failed, "p-0", None, None));
    assert_eq!((shop.sweep(5_000).sent, shop.has_held_charge()), (0, true), "other changes keep it");
    shop.decide(ReviewDecision::Approve);
    // A fact before the sweep keeps the work.
    shop.told(&fact(FactKind::Failed, "p-1", None, None));
    let report = shop.sweep(5_000);
    assert_eq!((report.planned, report.sent, shop.has_held_charge()), (1, 1, false));
    let requests = shop.sent();
    assert_eq!(requests[0].id, PaymentRequestId::of_creation(shop.order.id));
    let Operation::Charge { money, token, .. } = &requests[0].operation else { panic!("{requests:?}") };
    assert_eq!((money.minor_units(), token.as_ref().map(PaymentToken::expose)), (1980, Some("tok_1")));
    shop.told(&done(&requests[0]));
    assert_eq!((shop.status(), shop.payment()), (Status::Paid, (PaymentStatus::Paid, 1980)));
    let report = shop.sweep(50_000);
    assert_eq!((report.planned, report.sent, shop.record().payments().requests().len()), (0, 0, 1));
}

#[test]
fn a_charge_that_is_declined_after_the_approval_cancels_the_order() {
    let shop = Shop::with_held_charge();
    shop.decide(ReviewDecision::Approve);
    shop.sweep(30);
    shop.told(&refused(&shop.sent()[0]));
    let order = shop.record().order().clone();
    assert_eq!(
        (order.status(), order.cancel_reason()),
        (Status::Cancelled, Some(CancelReason::PaymentFailed))
    );
}

#[test]
fn an_order_that_ends_or_is_paid_on_hold_is_not_charged() {
    type End = fn(&Shop);
    let ends: [End; 4] = [
        |shop| shop.decide(ReviewDecision::Reject),
        |shop| shop.set(Status::Cancelled),
        |shop| drop(shop.sweep(UNTIL)),
        |shop| assert!(shop.told(&captured("p-1", 1980))),
    ];
    for end in ends {
        let shop = Shop::with_held_charge();
        end(&shop);
        assert!(!shop.has_held_charge(), "its token is of no use any more");
        if shop.status() == Status::Paid {
            shop.decide(ReviewDecision::Approve);
        }
        shop.sweep(UNTIL + 60);
        assert_eq!((shop.sent().len(), shop.record().payments().requests().len()), (0, 0));
    }
}

#[test]
fn a_charge_that_waits_for_another_payment_is_made_when_that_is_void() {
    for is_early in [true, false] {
        let shop = Shop::with_held_charge();
        let authorize = || assert!(shop.told(&authorized("p-1", 1980)));
        if is_early {
            authorize();
        }
        shop.decide(ReviewDecision::Approve);
        if !is_early {
            authorize();
        }
        let report = shop.sweep(60);
        assert_eq!((report.planned, shop.has_held_charge()), (0, true), "the money is set aside");
        assert_eq!(shop.sweep(4_000).planned, 0);
        shop.told(&fact(FactKind::Voided, "p-1", None, None));
        assert_eq!(
            (shop.status(), shop.sweep(5_000).planned, shop.has_held_charge()),
            (Status::Created, 1, false)
        );
    }
}

#[test]
fn a_charge_of_the_shop_after_the_approval_comes_first() {
    for (answer, is_paid) in [(done as fn(&ProviderRequest) -> PaymentFact, true), (refused, false)] {
        let shop = Shop::with_held_charge();
        shop.decide(ReviewDecision::Approve);
        let command = crate::charging::charge_of(&shop.order);
        block_on(orders_domain::charge_order(&shop.orders, &command)).expect("a charge");
        shop.advance();
        let sent = shop.sent();
        assert_eq!((sent.len(), shop.has_held_charge()), (1, true), "one charge at a time");
        shop.told(&answer(&sent[0]));
        assert_eq!((shop.status() == Status::Paid, shop.has_held_charge()), (is_paid, !is_paid));
        shop.sweep(5_000);
        // The one that has waited follows only if it still has to.
        assert_eq!(shop.record().payments().requests().len(), if is_paid { 1 } else { 2 });
    }
}
