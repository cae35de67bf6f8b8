//! Compensation: money that nobody owes goes back, once, and people decide about what the provider refuses.

use crate::refunding::{all_of, amounts};
use crate::shop::{Shop, authorized, by_webhook, captured, done, pending};
use kernel::Money;
use orders_domain::{
    CapturePolicy, Effect, FactKind, Operation, PaymentFact, PaymentStatus, RefundCause, RefundStatus, Status,
};

#[test]
fn a_cancelled_paid_order_gets_one_refund_however_often_the_sweep_runs() {
    let shop = Shop::paid();
    shop.set(Status::Cancelled);
    assert_eq!((shop.payment(), shop.refunds_due()), ((PaymentStatus::RefundDue, 1980), 1));
    let first = shop.sweep(100);
    assert_eq!((first.planned, first.sent, first.refunds_due), (1, 1, Some(0)), "not for long");
    assert_eq!(shop.sweep(100 + 15 * 60).refunds_due, Some(1), "for too long");
    let requests = shop.sent();
    assert_eq!(amounts(&requests), [("p-1".to_owned(), 1980)]);
    for second in [101, 5_000, 50_000] {
        assert_eq!(shop.sweep(second).planned, 0);
        assert!(shop.sent().iter().all(|again| again.id == requests[0].id), "the same request");
    }
    shop.told(&pending(&requests[0]));
    assert_eq!((shop.sweep(60_000).planned, shop.sent(), shop.refunds_due()), (0, vec![], 1));
    shop.told(&by_webhook(done(&requests[0])));
    assert_eq!((shop.sweep(70_000).planned, shop.sent(), shop.refunds_due()), (0, vec![], 0));
    assert_eq!(
        (shop.payment(), shop.refunds()),
        ((PaymentStatus::Refunded, 0), vec![RefundStatus::Succeeded])
    );
    assert_eq!(shop.record().payments().refunds()[0].cause, RefundCause::Compensation);
}

#[test]
fn a_compensation_that_the_provider_refuses_is_not_asked_for_again() {
    let shop = Shop::paid();
    shop.set(Status::Cancelled);
    shop.sweep(100);
    assert_eq!(shop.refuse(), 1);
    for second in [200, 5_000, 50_000] {
        assert_eq!((shop.sweep(second).planned, shop.sent()), (0, vec![]));
    }
    assert_eq!((shop.payment(), shop.refunds_due()), ((PaymentStatus::RefundDue, 1980), 1));
    // A shop can ask for it again.
    shop.refund(&all_of(&shop.order)).expect("a refund");
    shop.advance();
    assert_eq!((shop.carry_out(), shop.payment()), (1, (PaymentStatus::Refunded, 0)));
    assert_eq!((shop.sweep(60_000).planned, shop.refunds_due()), (0, 0));
}

#[test]
fn a_refund_that_was_asked_for_is_part_of_the_compensation() {
    let shop = Shop::paid();
    let amount = Some("5".parse().expect("a price"));
    let command = orders_domain::RequestRefund { amount, ..all_of(&shop.order) };
    shop.refund(&command).expect("a refund");
    shop.set(Status::Cancelled);
    shop.sweep(100);
    let requests = shop.sent();
    assert_eq!(amounts(&requests), [("p-1".to_owned(), 500), ("p-1".to_owned(), 1480)]);
    // When the first fails, its money is still due.
    let is_asked =
        |cents| move |it: &&orders_domain::ProviderRequest| amounts(&[(*it).clone()])[0].1 == cents;
    shop.told(&crate::shop::refused(requests.iter().find(is_asked(500)).expect("the first")));
    shop.sweep(200);
    let again = shop.sent();
    assert!(amounts(&again).contains(&("p-1".to_owned(), 500)), "{again:?}");
    for request in &again {
        shop.told(&done(request));
    }
    assert_eq!((shop.payment(), shop.refunds_due()), ((PaymentStatus::Refunded, 0), 0));
}

#[test]
fn a_cancelled_order_gets_one_void_for_money_that_is_set_aside() {
    let shop = Shop::new();
    shop.told(&authorized("p-1", 1980));
    shop.set(Status::Cancelled);
    assert_eq!((shop.sweep(100).planned, shop.sweep(5_000).planned), (1, 0));
    let requests = shop.sent();
    assert_eq!(requests.len(), 1);
    assert!(matches!(requests[0].operation, Operation::Void { .. }), "{requests:?}");
    shop.told(&done(&requests[0]));
    assert_eq!((shop.sweep(9_000).planned, shop.sent(), shop.refunds_due()), (0, vec![], 0));
    assert_eq!(shop.payment().0, PaymentStatus::Unpaid);
}

#[test]
fn money_that_is_taken_before_the_void_goes_back() {
    let shop = Shop::new();
    shop.told(&authorized("p-1", 1980));
    shop.set(Status::Cancelled);
    shop.sweep(100);
    shop.told(&captured("p-1", 1980));
    assert_eq!((shop.refuse(), shop.payment().0), (1, PaymentStatus::RefundDue));
    assert_eq!(shop.sweep(200).planned, 1);
    assert_eq!((shop.carry_out(), shop.payment()), (1, (PaymentStatus::Refunded, 0)));
}

#[test]
fn an_order_that_is_paid_twice_gives_the_later_payment_back() {
    for (first, second) in [("p-1", "p-2"), ("p-2", "p-1")] {
        let shop = Shop::new();
        shop.told(&captured(first, 1980));
        shop.told(&captured(second, 1980));
        assert_eq!(shop.payment(), (PaymentStatus::RefundDue, 3960));
        assert_eq!(shop.sweep(100).planned, 1);
        assert_eq!(amounts(&shop.sent()), [(second.to_owned(), 1980)]);
        shop.sweep(5_000);
        shop.carry_out();
        assert_eq!((shop.payment(), shop.status()), ((PaymentStatus::Paid, 1980), Status::Paid));
        assert_eq!((shop.sweep(9_000).planned, shop.refunds_due()), (0, 0));
    }
}

#[test]
fn a_part_of_a_payment_goes_back_when_only_a_part_is_too_much() {
    let shop = Shop::new();
    shop.told(&captured("p-1", 500));
    shop.told(&captured("p-2", 1980));
    shop.sweep(100);
    assert_eq!(amounts(&shop.sent()), [("p-2".to_owned(), 500)]);
}

#[test]
fn a_payment_after_money_by_hand_goes_back() {
    let shop = Shop::new();
    shop.set(Status::Paid);
    shop.told(&captured("p-1", 1980));
    shop.sweep(100);
    assert_eq!(amounts(&shop.sent()), [("p-1".to_owned(), 1980)]);
}

#[test]
fn money_by_hand_of_a_cancelled_order_goes_back_at_once() {
    let shop = Shop::new();
    shop.set(Status::Paid);
    shop.set(Status::Cancelled);
    let report = shop.sweep(100);
    assert_eq!((report.planned, report.sent, shop.refunds_due()), (1, 0, 0));
    assert_eq!((shop.payment(), shop.sweep(5_000).planned), ((PaymentStatus::Refunded, 0), 0));
}

#[test]
fn money_of_another_currency_goes_back_once_the_total_is_there_or_the_order_is_cancelled() {
    let euros = Money::of_minor_units(5_000, "EUR".parse().expect("a currency"));
    let foreign = PaymentFact { money: Some(euros), ..captured("p-3", 0) };
    for is_cancelled in [false, true] {
        let shop = Shop::new();
        shop.told(&foreign);
        assert_eq!((shop.sweep(100).planned, shop.payment().0), (0, PaymentStatus::Mismatch));
        if is_cancelled {
            shop.set(Status::Cancelled);
        } else {
            shop.told(&captured("p-1", 1980));
        }
        assert_eq!((shop.payment().0, shop.sweep(200).planned), (PaymentStatus::RefundDue, 1));
        let requests = shop.sent();
        let Operation::Refund { money, .. } = &requests[0].operation else { panic!("{requests:?}") };
        assert_eq!((*money, requests.len()), (euros, 1));
        shop.told(&done(&requests[0]));
        assert_eq!((shop.sweep(5_000).planned, shop.refunds_due()), (0, 0));
    }
}

#[test]
fn money_of_two_currencies_goes_back_by_two_refunds() {
    let euros = Money::of_minor_units(5_000, "EUR".parse().expect("a currency"));
    let shop = Shop::paid();
    shop.told(&PaymentFact { money: Some(euros), ..captured("p-3", 0) });
    shop.set(Status::Cancelled);
    let planned = shop.sweep(100).planned + shop.sweep(101).planned;
    assert_eq!((planned, shop.carry_out(), shop.refunds().len()), (2, 2, 2));
    assert_eq!((shop.sweep(5_000).planned, shop.refunds_due()), (0, 0));
}

#[test]
fn money_in_dispute_goes_back_only_after_the_shop_has_won() {
    let shop = Shop::paid();
    let about = |kind| crate::shop::fact(kind, "p-1", Some("d-1"), Some(1980));
    shop.told(&about(FactKind::Disputed));
    shop.set(Status::Cancelled);
    assert_eq!((shop.sweep(100).planned, shop.payment().0), (0, PaymentStatus::Disputed));
    shop.told(&about(FactKind::DisputeWon));
    assert_eq!(shop.sweep(200).planned, 1);
    let lost = Shop::paid();
    lost.told(&about(FactKind::DisputeLost));
    lost.set(Status::Cancelled);
    assert_eq!(lost.sweep(100).planned, 0, "the buyer has the money");
}

#[test]
fn an_expired_order_gives_back_what_comes_later() {
    let shop = Shop::with_product("9.90").capturing(CapturePolicy::Auto);
    assert_eq!((shop.sweep(1_801).expired, shop.status()), (1, Status::Cancelled));
    shop.told(&captured("p-1", 1980));
    assert_eq!((shop.sweep(1_900).planned, shop.carry_out()), (1, 1));
    assert_eq!(shop.payment(), (PaymentStatus::Refunded, 0));
}

#[test]
fn units_that_are_written_off_change_nothing_about_the_money() {
    let shop = Shop::paid();
    shop.change(Effect::WriteOff).expect("a cancellation");
    assert_eq!((shop.sweep(100).planned, shop.carry_out()), (1, 1));
    assert_eq!(shop.payment(), (PaymentStatus::Refunded, 0));
}

#[test]
fn a_second_payment_goes_back_in_full_although_the_shop_has_refunded_a_part_of_the_first() {
    let shop = Shop::paid();
    let amount = Some("5".parse().expect("a price"));
    shop.refund(&orders_domain::RequestRefund { amount, ..all_of(&shop.order) }).expect("a refund");
    shop.advance();
    assert_eq!((shop.carry_out(), shop.payment()), (1, (PaymentStatus::PartiallyRefunded, 1480)));
    shop.told(&captured("p-2", 1980));
    assert_eq!(shop.payment(), (PaymentStatus::RefundDue, 1480 + 1980));
    shop.sweep(100);
    assert_eq!(amounts(&shop.sent()), [("p-2".to_owned(), 1980)]);
    shop.sweep(5_000);
    assert_eq!((shop.carry_out(), shop.payment()), (1, (PaymentStatus::PartiallyRefunded, 1480)));
    assert_eq!(shop.refunds_due(), 0);
}

#[test]
fn a_refund_of_the_shop_is_beside_what_goes_back_by_itself_whichever_comes_first() {
    for is_planned_first in [true, false] {
        let shop = Shop::paid();
        shop.told(&captured("p-2", 1980));
        assert_eq!((shop.payment(), shop.refundable()), ((PaymentStatus::RefundDue, 2 * 1980), 1980));
        if is_planned_first {
            shop.sweep(100);
        }
        let amount = Some("5".parse().expect("a price"));
        shop.refund(&orders_domain::RequestRefund { amount, ..all_of(&shop.order) }).expect("a refund");
        shop.sweep(5_000);
        shop.sweep(50_000);
        shop.carry_out();
        assert_eq!(shop.payment(), (PaymentStatus::PartiallyRefunded, 1480), "{is_planned_first}");
        assert_eq!(shop.refunds_due(), 0);
    }
}

/// Asks for the refund of an amount, and lets the provider make it.
fn give_back(shop: &Shop, amount: &str) {
    let amount = Some(amount.parse().expect("a price"));
    shop.refund(&orders_domain::RequestRefund { amount, ..all_of(&shop.order) }).expect("a refund");
    shop.advance();
    assert!(shop.carry_out() > 0);
}

#[test]
fn a_part_payment_that_the_shop_has_given_back_is_still_owed() {
    for (part, back) in [(500, "5"), (1500, "15")] {
        let shop = Shop::new();
        shop.told(&captured("p-1", part));
        give_back(&shop, back);
        // Another part is not too much.
        shop.told(&captured("p-2", 1500));
        assert_eq!((shop.status(), shop.refunds_due(), shop.sweep(100).planned), (Status::Created, 0, 0));
        shop.told(&captured("p-2", 1980));
        assert_eq!((shop.status(), shop.payment()), (Status::Paid, (PaymentStatus::Paid, 1980)));
        assert_eq!((shop.refunds_due(), shop.sweep(200).planned), (0, 0));
    }
}

#[test]
fn money_that_the_shop_is_giving_back_pays_nothing() {
    let shop = Shop::new();
    shop.told(&captured("p-1", 990));
    shop.refund(&all_of(&shop.order)).expect("a refund");
    shop.advance();
    shop.told(&captured("p-2", 990));
    assert_eq!(shop.status(), Status::Created, "whichever comes first");
    assert_eq!((shop.carry_out(), shop.status(), shop.payment().1), (1, Status::Created, 990));
    shop.told(&captured("p-3", 990));
    assert_eq!((shop.status(), shop.payment().1), (Status::Paid, 1980));
}

#[test]
fn a_refund_of_the_shop_takes_the_place_of_a_compensation_that_was_refused() {
    for second in [None, Some("p-2")] {
        let shop = Shop::paid();
        shop.told(&match second {
            None => captured("p-1", 2480),
            Some(payment) => captured(payment, 500),
        });
        shop.sweep(100);
        assert_eq!((shop.refuse(), shop.refunds_due()), (1, 1));
        give_back(&shop, "5");
        assert_eq!((shop.payment(), shop.refunds_due()), ((PaymentStatus::Paid, 1980), 0), "{second:?}");
        // The next one is beside it.
        give_back(&shop, "1");
        assert_eq!((shop.payment().1, shop.refunds_due(), shop.sweep(5_000).planned), (1880, 0, 0));
    }
}

#[test]
fn what_is_due_beyond_a_refused_compensation_is_asked_for() {
    let shop = Shop::paid();
    shop.told(&captured("p-2", 1980));
    // The webhook of a refund comes before the answer, so that its amount counts twice when the surplus is planned.
    let amount = Some("5".parse().expect("a price"));
    shop.refund(&orders_domain::RequestRefund { amount, ..all_of(&shop.order) }).expect("a refund");
    shop.advance();
    let asked =
        |cents| move |it: &orders_domain::ProviderRequest| amounts(std::slice::from_ref(it))[0].1 == cents;
    let mut requests = shop.sent();
    let of_shop = requests.remove(requests.iter().position(asked(500)).expect("the refund of the shop"));
    shop.told(&by_webhook(done(&of_shop)));
    shop.sweep(100);
    for planned in shop.sent().into_iter().chain(requests).filter(|it| it.id != of_shop.id) {
        shop.told(&crate::shop::refused(&planned));
    }
    shop.told(&done(&of_shop));
    let refused: u64 = shop.record().payments().refunds()[1..].iter().map(|it| it.money.minor_units()).sum();
    shop.sweep(5_000);
    shop.carry_out();
    assert_eq!(shop.payment().1, 1480 + refused, "only what was refused is left to people");
    give_back(&shop, &format!("{}.{:02}", refused / 100, refused % 100));
    assert_eq!((shop.payment().1, shop.refunds_due()), (1480, 0));
}

#[test]
fn a_compensation_that_fails_after_it_was_accepted_is_replaced_by_a_refund_of_the_shop() {
    let shop = Shop::paid();
    shop.told(&captured("p-2", 1980));
    shop.sweep(100);
    let planned = shop.sent().remove(0);
    shop.told(&done(&planned));
    assert_eq!(shop.payment().1, 1980);
    let failed = PaymentFact { kind: FactKind::RefundFailed, money: None, ..by_webhook(done(&planned)) };
    shop.told(&failed);
    assert_eq!((shop.payment().1, shop.refunds_due()), (3960, 1));
    give_back(&shop, "19.80");
    assert_eq!((shop.payment().1, shop.refunds_due()), (1980, 0));
}
