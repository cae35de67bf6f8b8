//! Refunds that a shop asks for: a retry never refunds twice, and no refund exceeds what was taken.

use crate::at_once::ReadAtOnce;
use crate::shop::{Shop, by_webhook, captured, done, fact, pending, refused};
use crate::{at, unique_id, unique_key};
use futures::executor::block_on;
use futures::future::join;
use kernel::{IdempotencyKey, Tenant};
use orders_domain::{
    FactKind, LineItem, NewOrder, Operation, Order, OrderKey, PaymentFact, PaymentStatus, RefundRefused,
    RefundStatus, RefundedItem, RequestRefund, RequestRefundError, RequestedRefund, Status, request_refund,
};

/// Returns a request for the refund of all.
pub(crate) fn all_of(order: &OrderKey) -> RequestRefund {
    RequestRefund {
        order: order.clone(),
        key: unique_key(),
        amount: None,
        items: Vec::new(),
        reason: None,
        restocks: false,
        at: at(25),
        traceparent: None,
    }
}

pub(crate) fn item(sku: &str, units: u64) -> RefundedItem {
    RefundedItem { sku: sku.parse().expect("a sku"), quantity: units.try_into().expect("a quantity") }
}

impl Shop {
    pub(crate) fn refund(&self, command: &RequestRefund) -> Result<RequestedRefund, RefundRefused> {
        match block_on(request_refund(&self.orders, command)) {
            Ok(refund) => Ok(refund),
            Err(RequestRefundError::Refused(reason)) => Err(reason),
            Err(RequestRefundError::Store(error)) => panic!("{error}"),
        }
    }

    fn refund_amount(&self, amount: &str) -> Result<RequestedRefund, RefundRefused> {
        let amount = Some(amount.parse().expect("a price"));
        self.refund(&RequestRefund { amount, ..all_of(&self.order) })
    }

    fn refund_items(&self, items: Vec<RefundedItem>) -> Result<RequestedRefund, RefundRefused> {
        self.refund(&RequestRefund { items, ..all_of(&self.order) })
    }

    /// Returns the reason to refuse the refund of an amount: the money that can go back.
    fn limit_for(&self, amount: &str) -> Option<u64> {
        match self.refund_amount(amount) {
            Err(RefundRefused::ExceedsCaptured { refundable }) => Some(refundable.minor_units()),
            _ => None,
        }
    }
}

/// Returns the amounts of the requests that the provider got, by payment.
pub(crate) fn amounts(requests: &[orders_domain::ProviderRequest]) -> Vec<(String, u64)> {
    let refund = |operation: &Operation| match operation {
        Operation::Refund { payment, money, .. } => Some((payment.to_string(), money.minor_units())),
        _ => None,
    };
    let mut amounts: Vec<_> = requests.iter().filter_map(|request| refund(&request.operation)).collect();
    amounts.sort();
    amounts
}

#[test]
fn a_repeated_request_gives_one_refund_and_another_body_with_its_key_none() {
    let shop = Shop::paid();
    let key: IdempotencyKey = unique_key();
    let amount = Some("5.00".parse().expect("a price"));
    let command = RequestRefund { key: key.clone(), amount, ..all_of(&shop.order) };
    let first = shop.refund(&command).expect("a refund");
    assert_eq!((first.status, first.is_replay), (RefundStatus::Pending, false));
    assert_eq!(first.refund.money.minor_units(), 500);
    shop.advance();
    let requests = shop.sent();
    assert_eq!(amounts(&requests), [("p-1".to_owned(), 500)]);

    let again = shop.refund(&RequestRefund { at: at(90), ..command.clone() }).expect("a refund");
    assert_eq!((&again.refund, again.is_replay), (&first.refund, true), "with the time of the first");
    shop.told(&done(&requests[0]));
    let later = shop.refund(&command).expect("a refund");
    assert_eq!((later.refund, later.status), (first.refund, RefundStatus::Succeeded));

    let other = RequestRefund { amount: Some("5.01".parse().expect("a price")), ..command.clone() };
    assert_eq!(shop.refund(&other), Err(RefundRefused::KeyReused));
    let with_restock = RequestRefund { restocks: true, ..command };
    assert_eq!(shop.refund(&with_restock), Err(RefundRefused::KeyReused));
    assert_eq!((shop.refunds().len(), shop.payment()), (1, (PaymentStatus::PartiallyRefunded, 1480)));
    let unknown = OrderKey { id: unique_id(), ..shop.order.clone() };
    assert_eq!(shop.refund(&RequestRefund { key, ..all_of(&unknown) }), Err(RefundRefused::NotFound));
}

#[test]
fn two_requests_at_once_give_one_refund_with_one_key_and_no_more_than_was_taken_with_two() {
    for is_one_key in [true, false] {
        let shop = Shop::paid();
        let amount = Some("15".parse().expect("a price"));
        let one = RequestRefund { amount, ..all_of(&shop.order) };
        let key = if is_one_key { one.key.clone() } else { unique_key() };
        let other = RequestRefund { key, ..one.clone() };
        let orders = ReadAtOnce(&shop.orders);
        let (first, second) = block_on(join(request_refund(&orders, &one), request_refund(&orders, &other)));
        let first = first.expect("a refund");
        match second {
            Ok(second) => assert_eq!((second.refund.id, second.is_replay), (first.refund.id, true)),
            Err(RequestRefundError::Refused(RefundRefused::ExceedsCaptured { refundable })) => {
                assert_eq!((refundable.minor_units(), is_one_key), (480, false));
            }
            Err(error) => panic!("{error}"),
        }
        assert_eq!((shop.refunds().len(), shop.refundable()), (1, 480));
    }
}

#[test]
fn an_order_has_at_most_a_hundred_refunds() {
    let shop = Shop::new();
    shop.set(Status::Paid);
    for _ in 0..100 {
        shop.refund_amount("0.01").expect("a refund");
    }
    assert_eq!(shop.refund_amount("0.01").map(|refund| refund.refund), Err(RefundRefused::TooMany));
    assert_eq!(shop.refundable(), 1880);
}

#[test]
fn refunds_never_exceed_what_was_captured_also_while_earlier_ones_are_pending() {
    let shop = Shop::new();
    assert_eq!(shop.limit_for("0.01"), Some(0), "nothing was taken");
    shop.told(&captured("p-1", 1980));
    assert_eq!(shop.limit_for("19.81"), Some(1980));
    assert_eq!(shop.limit_for("9999999999.99"), Some(1980));
    assert_eq!(shop.limit_for("0"), Some(1980), "a refund of nothing");
    shop.refund_amount("15").expect("a refund");
    assert_eq!(shop.limit_for("4.81"), Some(480), "the first is not answered");
    shop.advance();
    let requests = shop.sent();
    shop.told(&pending(&requests[0]));
    assert_eq!((shop.limit_for("4.81"), shop.refunds()), (Some(480), vec![RefundStatus::Pending]));
    shop.told(&by_webhook(done(&requests[0])));
    assert_eq!((shop.limit_for("4.81"), shop.refunds()), (Some(480), vec![RefundStatus::Succeeded]));
    let rest = shop.refund(&all_of(&shop.order)).expect("a refund");
    assert_eq!(rest.refund.money.minor_units(), 480, "all that is left");
    shop.advance();
    assert_eq!(shop.carry_out(), 1);
    assert_eq!((shop.payment(), shop.status()), ((PaymentStatus::Refunded, 0), Status::Paid));
    assert_eq!(shop.limit_for("0.01"), Some(0));
}

#[test]
fn the_webhook_of_a_refund_before_its_answer_counts_once() {
    let shop = Shop::paid();
    shop.refund_amount("5").expect("a refund");
    shop.advance();
    let requests = shop.sent();
    shop.told(&by_webhook(done(&requests[0])));
    // Until the answer, the refund may be another one.
    assert_eq!((shop.payment().1, shop.refundable()), (1480, 980));
    shop.told(&done(&requests[0]));
    assert_eq!((shop.payment().1, shop.refundable()), (1480, 1480));
    assert!(!shop.told(&by_webhook(done(&requests[0]))), "known");
}

#[test]
fn a_refund_that_fails_frees_its_amount_at_once_or_later() {
    let shop = Shop::paid();
    for is_accepted_first in [false, true] {
        shop.refund(&all_of(&shop.order)).expect("a refund");
        shop.advance();
        let requests = shop.sent();
        assert_eq!((shop.refundable(), requests.len()), (0, 1));
        if is_accepted_first {
            shop.told(&pending(&requests[0]));
            assert_eq!(shop.refundable(), 0);
            let failed = by_webhook(PaymentFact { kind: FactKind::RefundFailed, ..pending(&requests[0]) });
            shop.told(&failed);
        } else {
            shop.told(&refused(&requests[0]));
        }
        assert_eq!((shop.refundable(), shop.payment()), (1980, (PaymentStatus::Paid, 1980)));
    }
    assert_eq!(shop.refunds(), [RefundStatus::Failed; 2]);
    shop.refund(&all_of(&shop.order)).expect("a third refund");
}

#[test]
fn a_refund_that_succeeds_and_then_fails_was_not_made() {
    let shop = Shop::paid();
    shop.refund(&all_of(&shop.order)).expect("a refund");
    shop.advance();
    let requests = shop.sent();
    shop.told(&done(&requests[0]));
    assert_eq!((shop.payment(), shop.refundable()), ((PaymentStatus::Refunded, 0), 0));
    shop.told(&by_webhook(PaymentFact { kind: FactKind::RefundFailed, money: None, ..done(&requests[0]) }));
    assert_eq!((shop.payment(), shop.refundable()), ((PaymentStatus::Paid, 1980), 1980));
    assert_eq!(shop.refunds(), [RefundStatus::Failed]);
}

/// Returns an order of lines, each with sku, units and price.
fn order_of(lines: &[(&str, u64, &str)]) -> Order {
    let line = |(sku, units, price): &(&str, u64, &str)| LineItem {
        sku: sku.parse().expect("a sku"),
        quantity: (*units).try_into().expect("a quantity"),
        price: price.parse().expect("a price"),
        product: None,
    };
    let customer = "c-1".parse().expect("a customer");
    let lines = lines.iter().map(line).collect();
    let request = NewOrder::new(customer, "USD".parse().expect("a currency"), lines).expect("a request");
    Order::place(request, Tenant::default(), unique_id(), at(0))
}

#[test]
fn units_are_refunded_at_the_prices_of_their_lines() {
    let shop = Shop::with(order_of(&[("A1", 1, "9.90"), ("B2", 1, "7"), ("A1", 2, "5")]));
    shop.told(&captured("p-1", 2690));
    let price = |refund: Result<RequestedRefund, _>| refund.map(|refund| refund.refund.money.minor_units());
    assert_eq!(price(shop.refund_items(vec![item("A1", 2)])), Ok(1490));
    let left = |index, left| Err(RefundRefused::TooManyUnits { index, left });
    assert_eq!(price(shop.refund_items(vec![item("B2", 1), item("A1", 2)])), left(1, 1));
    assert_eq!(price(shop.refund_items(vec![item("B2", 1), item("A1", 1)])), Ok(1200));
    assert_eq!(price(shop.refund_items(vec![item("A1", 1)])), left(0, 0));
    // Units of a refund that has failed can be refunded again.
    shop.advance();
    shop.refuse();
    assert_eq!(price(shop.refund_items(vec![item("A1", 3)])), Ok(1990));
}

#[test]
fn an_unknown_item_too_many_units_and_too_many_decimals_are_refused() {
    let shop = Shop::paid();
    let refused = |items| shop.refund_items(items).map(|refund| refund.refund.money);
    assert_eq!(refused(vec![item("A1", 1), item("a1", 1)]), Err(RefundRefused::UnknownItem { index: 1 }));
    assert_eq!(refused(vec![item("A1", 3)]), Err(RefundRefused::TooManyUnits { index: 0, left: 2 }));
    let amount = shop.refund_amount("1.005");
    assert!(matches!(amount, Err(RefundRefused::TooManyDecimals(_))), "{amount:?}");
    assert_eq!((shop.refunds().len(), shop.refundable()), (0, 1980));
    shop.refund_amount("1.50").expect("two decimals");
}

#[test]
fn an_amount_can_be_less_or_more_than_the_price_of_the_units() {
    let shop = Shop::paid();
    let amount = Some("3".parse().expect("a price"));
    let refund = shop.refund(&RequestRefund { amount, items: vec![item("A1", 2)], ..all_of(&shop.order) });
    assert_eq!(refund.expect("a refund").refund.money.minor_units(), 300);
    let left = RefundRefused::TooManyUnits { index: 0, left: 0 };
    assert_eq!(shop.refund_items(vec![item("A1", 1)]), Err(left), "the units are back");
    shop.refund_amount("16.80").expect("the money is not");
}

#[test]
fn money_that_was_paid_by_hand_goes_back_at_once() {
    let shop = Shop::new();
    shop.set(Status::Paid);
    let part = shop.refund_amount("5").expect("a refund");
    assert_eq!(part.status, RefundStatus::Succeeded);
    assert_eq!(shop.payment(), (PaymentStatus::PartiallyRefunded, 1480));
    shop.refund(&all_of(&shop.order)).expect("a refund");
    assert_eq!(shop.payment(), (PaymentStatus::Refunded, 0));
    assert_eq!((shop.limit_for("0.01"), shop.refunds()), (Some(0), vec![RefundStatus::Succeeded; 2]));
    shop.advance();
    assert_eq!((shop.sent(), shop.sweep(4_000).sent), (vec![], 0), "no provider is asked");
}

#[test]
fn a_refund_over_two_payments_is_divided_and_fails_if_a_part_fails() {
    let shop = Shop::new();
    shop.told(&captured("p-1", 980));
    shop.told(&captured("p-2", 1000));
    shop.refund_amount("12.00").expect("a refund");
    shop.advance();
    let requests = shop.sent();
    assert_eq!(amounts(&requests), [("p-1".to_owned(), 980), ("p-2".to_owned(), 220)]);
    shop.told(&done(&requests[0]));
    assert_eq!(shop.refunds(), [RefundStatus::Pending]);
    shop.told(&refused(&requests[1]));
    assert_eq!(shop.refunds(), [RefundStatus::Failed]);
    let kept = 1980 - amounts(&requests[..1])[0].1;
    assert_eq!((shop.refundable(), shop.payment().1), (kept, kept));
}

#[test]
fn money_in_dispute_can_not_be_refunded() {
    let shop = Shop::paid();
    shop.told(&fact(FactKind::Disputed, "p-1", Some("d-1"), Some(1980)));
    assert_eq!(shop.limit_for("1"), Some(0));
    shop.told(&fact(FactKind::DisputeWon, "p-1", Some("d-1"), None));
    shop.refund_amount("1").expect("a refund");
}
