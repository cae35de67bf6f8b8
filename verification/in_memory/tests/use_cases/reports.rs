//! Failures of other systems that were reported in public, as tests.

use crate::at_once::ReadAtOnce;
use crate::refunding::{all_of, amounts};
use crate::shop::{Shop, by_webhook, captured, done, fact};
use crate::{at, order, unique_request};
use futures::executor::block_on;
use futures::future::join;
use orders_domain::ports::Orders as _;
use orders_domain::{
    CapturePolicy, FactKind, FactRecorded, OrderRecord, PaymentStatus, RecordPaymentFact, Status,
    record_payment_fact,
};

/// statamic-cargo 190: the webhook arrives before the order is stored, and the payment is lost.
#[test]
fn a_webhook_before_the_order_is_stored_is_not_accepted_and_pays_when_it_is_sent_again() {
    let (shop, placed) = (Shop::new(), order());
    let request = unique_request();
    let fact = captured("p-1", 1980);
    let command = RecordPaymentFact {
        order: &placed.key(),
        fact: &fact,
        capture: CapturePolicy::Auto,
        request: &request,
        at: at(1),
        traceparent: None,
    };
    let early = block_on(record_payment_fact(&shop.orders, &command)).expect("a result");
    assert_eq!(early, FactRecorded::NoOrder);
    block_on(shop.orders.insert(&OrderRecord::created(placed.clone(), None))).expect("a result");
    let again = block_on(record_payment_fact(&shop.orders, &command)).expect("a result");
    let FactRecorded::Recorded(record) = again else { panic!("{again:?}") };
    assert_eq!(record.order().status(), Status::Paid);
}

/// open-saas 688: two deliveries of one webhook at the same time are both applied.
#[test]
fn two_deliveries_of_a_webhook_at_once_are_recorded_once() {
    let shop = Shop::new();
    let (one, other) = (unique_request(), unique_request());
    let fact = captured("p-1", 1980);
    let command = |request| RecordPaymentFact {
        order: &shop.order,
        fact: &fact,
        capture: CapturePolicy::Auto,
        request,
        at: at(9),
        traceparent: None,
    };
    let (one, other) = (command(&one), command(&other));
    let orders = ReadAtOnce(&shop.orders);
    let both = join(record_payment_fact(&orders, &one), record_payment_fact(&orders, &other));
    let (first, second) = block_on(both);
    let outcomes = [first.expect("a result"), second.expect("a result")];
    let is_new = |outcome: &&FactRecorded| matches!(outcome, FactRecorded::Recorded(_));
    assert_eq!(outcomes.iter().filter(is_new).count(), 1);
    let record = shop.record();
    assert_eq!((record.payments().facts().len(), record.order().version().get()), (1, 2));
    assert_eq!(shop.payment(), (PaymentStatus::Paid, 1980));
}

/// tutor 2360: a failed attempt that is reported after the successful one takes the access to the course away.
#[test]
fn a_failed_attempt_after_the_successful_one_changes_nothing() {
    let shop = Shop::paid();
    shop.told(&fact(FactKind::Failed, "p-0", None, None));
    shop.told(&fact(FactKind::Failed, "p-1", None, None));
    assert_eq!((shop.status(), shop.payment()), (Status::Paid, (PaymentStatus::Paid, 1980)));
}

/// mollie/WooCommerce 668: a paid order is cancelled when an earlier payment of it expires.
#[test]
fn an_expired_attempt_after_the_payment_does_not_cancel_the_order() {
    let shop = Shop::with_product("9.90");
    shop.told(&captured("p-2", 1980));
    shop.told(&fact(FactKind::Voided, "p-1", None, None));
    shop.told(&fact(FactKind::Failed, "p-1", None, None));
    assert_eq!((shop.sweep(86_400).expired, shop.status()), (0, Status::Paid));
    assert_eq!(shop.units(), (3, 2, 0), "the stock is held");
}

/// mollie/WooCommerce 1252: a repeated webhook about the payment makes a refunded order paid again.
#[test]
fn a_repeated_webhook_about_the_payment_does_not_undo_its_refund() {
    let shop = Shop::paid();
    shop.refund(&all_of(&shop.order)).expect("a refund");
    shop.advance();
    shop.carry_out();
    assert_eq!(shop.payment(), (PaymentStatus::Refunded, 0));
    assert!(!shop.told(&captured("p-1", 1980)), "known");
    assert_eq!(shop.payment(), (PaymentStatus::Refunded, 0));
}

/// gateway-stripe 838: a refund from the shop is recorded again when its webhook arrives.
#[test]
fn the_webhook_of_a_refund_from_the_shop_is_no_second_refund() {
    for is_webhook_first in [false, true] {
        let shop = Shop::paid();
        let amount = Some("5".parse().expect("a price"));
        shop.refund(&orders_domain::RequestRefund { amount, ..all_of(&shop.order) }).expect("a refund");
        shop.advance();
        let requests = shop.sent();
        assert_eq!(amounts(&requests), [("p-1".to_owned(), 500)]);
        let mut reports = [done(&requests[0]), by_webhook(done(&requests[0]))];
        if is_webhook_first {
            reports.reverse();
        }
        for report in &reports {
            shop.told(report);
        }
        assert_eq!((shop.payment(), shop.refunds().len()), ((PaymentStatus::PartiallyRefunded, 1480), 1));
    }
}
