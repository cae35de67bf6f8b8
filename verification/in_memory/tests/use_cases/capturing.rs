//! Money that is set aside: who takes it, and how long an order waits for it.

use crate::at;
use crate::shop::{Shop, authorized, captured, done, fact};
use orders_domain::{
    CapturePolicy, FactKind, Operation, PaymentFact, PaymentStatus, RequestStatus, Status, StockHold,
};

fn on_fulfilment(shop: Shop) -> Shop {
    shop.capturing(CapturePolicy::OnFulfilment)
}

#[test]
fn an_authorization_of_the_total_pays_when_the_fulfilment_takes_the_money() {
    let shop = on_fulfilment(Shop::new());
    shop.told(&authorized("p-1", 1979));
    assert_eq!((shop.status(), shop.payment().0), (Status::Created, PaymentStatus::Mismatch));
    shop.told(&authorized("p-1", 1980));
    assert_eq!((shop.status(), shop.payment()), (Status::Paid, (PaymentStatus::Authorized, 0)));
    assert_eq!(shop.sweep(5_000).planned, 0, "nothing is taken before the fulfilment");
}

#[test]
fn an_authorization_does_not_pay_when_the_provider_takes_the_money() {
    let shop = Shop::new();
    shop.told(&authorized("p-1", 1980));
    assert_eq!((shop.status(), shop.payment().0), (Status::Created, PaymentStatus::Authorized));
    shop.told(&captured("p-1", 1980));
    assert_eq!((shop.status(), shop.payment()), (Status::Paid, (PaymentStatus::Paid, 1980)));
}

#[test]
fn a_fulfilled_order_takes_its_money_once() {
    let shop = on_fulfilment(Shop::new());
    shop.told(&authorized("p-1", 2500));
    shop.set(Status::Fulfilled);
    assert_eq!((shop.sweep(100).planned, shop.sweep(5_000).planned), (1, 0));
    let requests = shop.sent();
    let Operation::Capture { money, .. } = &requests[0].operation else { panic!("{requests:?}") };
    assert_eq!((money.minor_units(), requests.len()), (1980, 1), "the total, and not all that is set aside");
    shop.told(&done(&requests[0]));
    assert_eq!(shop.payment(), (PaymentStatus::Paid, 1980));
    assert_eq!((shop.sweep(9_000).planned, shop.sent()), (0, vec![]));
}

#[test]
fn a_fact_after_the_fulfilment_does_not_end_the_capture() {
    let shop = on_fulfilment(Shop::new());
    shop.told(&authorized("p-1", 1980));
    shop.set(Status::Fulfilled);
    shop.told(&fact(FactKind::Failed, "p-0", None, None));
    assert_eq!((shop.sweep(100).planned, shop.carry_out()), (1, 1));
    assert_eq!(shop.payment(), (PaymentStatus::Paid, 1980));
}

#[test]
fn a_capture_that_the_provider_refuses_is_not_asked_for_again() {
    let shop = on_fulfilment(Shop::new());
    shop.told(&authorized("p-1", 1980));
    shop.set(Status::Fulfilled);
    shop.sweep(100);
    assert_eq!((shop.refuse(), shop.sweep(5_000).planned, shop.sent()), (1, 0, vec![]));
    assert_eq!(shop.payment().0, PaymentStatus::Authorized);
}

#[test]
fn money_that_was_taken_is_not_captured() {
    for policy in CapturePolicy::ALL {
        let shop = Shop::new().capturing(policy);
        shop.told(&authorized("p-1", 1980));
        shop.told(&captured("p-1", 1980));
        shop.set(Status::Fulfilled);
        assert_eq!((shop.sweep(100).planned, shop.sent()), (0, vec![]), "{policy:?}");
    }
    let by_hand = on_fulfilment(Shop::new());
    by_hand.set(Status::Paid);
    by_hand.told(&authorized("p-1", 1980));
    by_hand.set(Status::Fulfilled);
    assert_eq!((by_hand.sweep(100).planned, by_hand.sent()), (0, vec![]), "it was paid by other means");
}

#[test]
fn the_cancellation_of_a_paid_order_frees_what_is_set_aside() {
    let shop = on_fulfilment(Shop::new());
    shop.told(&authorized("p-1", 1980));
    shop.set(Status::Cancelled);
    assert_eq!((shop.sweep(100).planned, shop.carry_out()), (1, 1));
    assert_eq!((shop.payment(), shop.refunds_due()), ((PaymentStatus::Unpaid, 0), 0));
}

fn due_at(shop: &Shop) -> Option<i64> {
    match shop.record().stock() {
        Some(StockHold::Held { payment_due_at }) => {
            payment_due_at.map(|due_at| due_at.unix_seconds() - at(0).unix_seconds())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_authorized_order_is_due_when_its_authorization_ends() {
    let shop = Shop::with_product("9.90");
    assert_eq!(due_at(&shop), Some(1_800));
    let until = |second| PaymentFact { until: Some(at(second)), ..authorized("p-1", 1980) };
    shop.told(&until(600));
    assert_eq!(due_at(&shop), Some(1_800), "never earlier");
    shop.told(&until(9_000));
    assert_eq!(due_at(&shop), Some(9_000));
    assert_eq!((shop.sweep(8_999).expired, shop.status()), (0, Status::Created));
    assert_eq!((shop.sweep(9_000).expired, shop.status()), (1, Status::Cancelled));
    // The sweep that cancels the order frees its money and its stock, too.
    assert_eq!((shop.carry_out(), shop.payment().0, shop.units()), (1, PaymentStatus::Unpaid, (5, 0, 0)));
}

#[test]
fn without_an_end_an_authorization_lasts_seven_days() {
    let shop = Shop::with_product("9.90");
    shop.told(&authorized("p-1", 1980));
    // The fact has arrived at second 9.
    assert_eq!(due_at(&shop), Some(7 * 86_400 + 9));
}

#[test]
fn an_order_whose_authorization_is_voided_is_due_at_its_own_time() {
    let shop = Shop::with_product("9.90");
    shop.told(&PaymentFact { until: Some(at(9_000)), ..authorized("p-1", 1980) });
    assert_eq!(shop.sweep(2_000).expired, 0);
    shop.told(&fact(FactKind::Voided, "p-1", None, None));
    assert_eq!(due_at(&shop), Some(1_800));
    assert_eq!((shop.sweep(2_000).expired, shop.status()), (1, Status::Cancelled));
}

#[test]
fn an_authorization_of_less_than_the_total_prolongs_nothing() {
    let shop = Shop::with_product("9.90");
    shop.told(&PaymentFact { until: Some(at(9_000)), ..authorized("p-1", 1979) });
    assert_eq!(due_at(&shop), Some(1_800));
}

#[test]
fn an_authorization_that_has_ended_is_seen_before_and_after_the_fulfilment() {
    for is_fulfilled in [false, true] {
        let shop = on_fulfilment(Shop::new());
        shop.told(&authorized("p-1", 1980));
        if is_fulfilled {
            shop.set(Status::Fulfilled);
            shop.advance();
        }
        let mut voided = fact(FactKind::Voided, "p-1", None, None);
        // The provider answers the capture with what it finds.
        voided.request = shop.sent().first().map(|request| request.id.clone());
        assert_eq!(voided.request.is_some(), is_fulfilled);
        shop.told(&voided);
        assert_eq!(shop.payment(), (PaymentStatus::Mismatch, 0), "for the alarm");
        let record = shop.record();
        let statuses: Vec<_> =
            record.payments().requests().iter().map(|it| record.payments().status_of(it)).collect();
        let expected = if is_fulfilled { vec![RequestStatus::Failed] } else { vec![] };
        assert_eq!(statuses, expected);
    }
}
