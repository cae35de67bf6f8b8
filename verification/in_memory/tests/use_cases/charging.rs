//! Charges that a shop asks for: one at a time, and a retry never charges twice.

use crate::at_once::ReadAtOnce;
use crate::shop::{Shop, authorized, by_webhook, captured, done, fact, refused};
use crate::{at, unique_key};
use futures::executor::block_on;
use futures::future::join;
use orders_domain::ports::Orders as _;
use orders_domain::{
    ChargeOrder, ChargeOrderError, ChargeRefused, ChargeTerms, Effect, FactKind, Hold, Operation, OrderKey,
    PaymentStatus, RequestStatus, RequestedCharge, ReviewDecision, ScreeningReason, Status, charge_order,
};
use orders_in_memory::InMemoryOrders;

pub(crate) fn charge_of(order: &OrderKey) -> ChargeOrder {
    ChargeOrder {
        order: order.clone(),
        customer: None,
        key: unique_key(),
        terms: ChargeTerms {
            provider: "standard".parse().expect("a provider"),
            token: "tok_4242".parse().expect("a token"),
            is_captured: true,
        },
        at: at(8),
        traceparent: None,
    }
}

impl Shop {
    fn charge(&self, command: &ChargeOrder) -> Result<RequestedCharge, ChargeRefused> {
        match block_on(charge_order(&self.orders, command)) {
            Ok(charge) => Ok(charge),
            Err(ChargeOrderError::Refused(reason)) => Err(reason),
            Err(ChargeOrderError::Store(error)) => panic!("{error}"),
        }
    }

    fn charged(&self) -> Result<u64, ChargeRefused> {
        self.charge(&charge_of(&self.order)).map(|charge| charge.money.minor_units())
    }

    /// Returns the tokens that the order has.
    fn tokens(&self) -> Vec<bool> {
        let has_token = |operation: &Operation| match operation {
            Operation::Charge { token, .. } => token.is_some(),
            _ => false,
        };
        self.record().payments().requests().iter().map(|request| has_token(&request.operation)).collect()
    }
}

#[test]
fn a_charge_takes_the_total_and_its_token_is_gone_after_the_answer() {
    let shop = Shop::new();
    let command = charge_of(&shop.order);
    let charge = shop.charge(&command).expect("a charge");
    assert_eq!((charge.money.minor_units(), charge.status), (1980, RequestStatus::Unanswered));
    shop.advance();
    let requests = shop.sent();
    assert!(matches!(&requests[0].operation, Operation::Charge { token: Some(_), .. }));
    shop.told(&by_webhook(done(&requests[0])));
    assert_eq!(shop.tokens(), [true], "the webhook does not name the request");
    shop.told(&done(&requests[0]));
    assert_eq!((shop.tokens(), shop.payment()), (vec![false], (PaymentStatus::Paid, 1980)));
    assert_eq!((shop.status(), shop.sweep(5_000).sent), (Status::Paid, 0));
}

#[test]
fn a_repeated_charge_has_the_same_request_and_another_body_with_its_key_none() {
    let shop = Shop::new();
    let command = charge_of(&shop.order);
    let first = shop.charge(&command).expect("a charge");
    let again = shop.charge(&ChargeOrder { at: at(90), ..command.clone() }).expect("a charge");
    assert_eq!((&again.request, again.is_replay), (&first.request, true));
    shop.advance();
    shop.carry_out();
    let later = shop.charge(&command).expect("also of a paid order");
    assert_eq!(
        (later.request.id, later.status, later.is_replay),
        (first.request.id, RequestStatus::Done, true)
    );
    for terms in [
        ChargeTerms { token: "tok_1".parse().expect("a token"), ..command.terms.clone() },
        ChargeTerms { provider: "stripe".parse().expect("a provider"), ..command.terms.clone() },
        ChargeTerms { is_captured: false, ..command.terms.clone() },
    ] {
        let other = ChargeOrder { terms, ..command.clone() };
        assert_eq!(shop.charge(&other), Err(ChargeRefused::KeyReused));
    }
    assert_eq!(shop.record().payments().requests().len(), 1);
}

#[test]
fn two_charges_at_once_are_one() {
    for is_one_key in [true, false] {
        let shop = Shop::new();
        let one = charge_of(&shop.order);
        let key = if is_one_key { one.key.clone() } else { unique_key() };
        let other = ChargeOrder { key, ..one.clone() };
        let orders = ReadAtOnce(&shop.orders);
        let (first, second) = block_on(join(charge_order(&orders, &one), charge_order(&orders, &other)));
        let first = first.expect("a charge");
        match second {
            Ok(second) => assert_eq!((second.request, second.is_replay), (first.request, true)),
            Err(ChargeOrderError::Refused(reason)) => {
                assert_eq!((reason, is_one_key), (ChargeRefused::ChargePending, false));
            }
            Err(error) => panic!("{error}"),
        }
        assert_eq!(shop.record().payments().requests().len(), 1);
    }
}

#[test]
fn an_order_is_charged_at_most_a_hundred_times() {
    let shop = Shop::new();
    for _ in 0..100 {
        shop.charged().expect("a charge");
        shop.advance();
        shop.refuse();
    }
    assert_eq!(shop.charged(), Err(ChargeRefused::TooMany));
}

#[test]
fn an_order_is_charged_once_at_a_time_and_again_after_a_refusal() {
    let shop = Shop::new();
    shop.charged().expect("a charge");
    assert_eq!(shop.charged(), Err(ChargeRefused::ChargePending));
    shop.advance();
    let requests = shop.sent();
    // The provider declines it, and the order waits for another means of payment.
    shop.told(&refused(&requests[0]));
    assert_eq!((shop.status(), shop.tokens()), (Status::Created, vec![false]));
    assert_eq!((shop.sweep(5_000).sent, shop.charged()), (0, Ok(1980)));
    shop.advance();
    assert_eq!((shop.carry_out(), shop.status()), (1, Status::Paid));
}

#[test]
fn a_charge_takes_what_is_left_to_pay() {
    let shop = Shop::new();
    shop.told(&captured("p-1", 500));
    assert_eq!(shop.charged(), Ok(1480));
    shop.advance();
    shop.carry_out();
    assert_eq!((shop.status(), shop.payment()), (Status::Paid, (PaymentStatus::Paid, 1980)));
    let refunded = Shop::new();
    refunded.told(&captured("p-1", 500));
    refunded.told(&fact(FactKind::Refunded, "p-1", Some("r-1"), Some(500)));
    assert_eq!(refunded.charged(), Ok(1980), "what has gone back does not pay");
}

#[test]
fn a_paid_a_cancelled_a_free_and_an_authorized_order_are_not_charged() {
    let paid = Shop::paid();
    assert_eq!(paid.charged(), Err(ChargeRefused::Closed { status: Status::Paid }));
    let cancelled = Shop::new();
    cancelled.set(Status::Cancelled);
    assert_eq!(cancelled.charged(), Err(ChargeRefused::Closed { status: Status::Cancelled }));
    let free = Shop::with_product("0");
    assert_eq!(free.charged(), Err(ChargeRefused::Closed { status: Status::Paid }));
    let authorized_order = Shop::new();
    authorized_order.told(&authorized("p-1", 1980));
    assert_eq!(authorized_order.charged(), Err(ChargeRefused::NothingOwed));
    let unknown = OrderKey { id: crate::unique_id(), ..paid.order.clone() };
    assert_eq!(paid.charge(&charge_of(&unknown)), Err(ChargeRefused::NotFound));
}

#[test]
fn an_order_is_not_charged_after_its_time_to_pay() {
    let shop = Shop::with_product("9.90");
    let late = ChargeOrder { at: at(1_800), ..charge_of(&shop.order) };
    assert_eq!(shop.charge(&late), Err(ChargeRefused::TooLate { due_at: at(1_800) }));
    let early = ChargeOrder { at: at(1_799), ..late };
    shop.charge(&early).expect("a charge");
}

#[test]
fn the_money_of_a_charge_that_is_answered_after_the_cancellation_goes_back() {
    let shop = Shop::new();
    shop.charged().expect("a charge");
    shop.advance();
    shop.set(Status::Cancelled);
    assert_eq!((shop.carry_out(), shop.payment()), (1, (PaymentStatus::RefundDue, 1980)));
    assert_eq!((shop.sweep(100).planned, shop.carry_out()), (1, 1));
    assert_eq!(shop.payment(), (PaymentStatus::Refunded, 0));
}

#[test]
fn a_charge_that_sets_money_aside_pays_when_the_fulfilment_takes_it() {
    let shop = Shop::new().capturing(orders_domain::CapturePolicy::OnFulfilment);
    let mut authorization = charge_of(&shop.order);
    authorization.terms.is_captured = false;
    shop.charge(&authorization).expect("a charge");
    shop.advance();
    assert_eq!((shop.carry_out(), shop.status()), (1, Status::Paid));
    shop.set(Status::Fulfilled);
    assert_eq!((shop.sweep(100).planned, shop.carry_out()), (1, 1));
    assert_eq!(shop.payment(), (PaymentStatus::Paid, 1980));
}

#[test]
fn an_order_is_not_cancelled_while_a_provider_is_asked_to_take_its_money() {
    let shop = Shop::with_product("9.90");
    let due = 30 * 60;
    shop.charge(&ChargeOrder { at: at(due - 1), ..charge_of(&shop.order) }).expect("a charge");
    assert_eq!((shop.sweep(due + 60).expired, shop.status()), (0, Status::Created));
    let request = shop.sent().remove(0);
    shop.told(&refused(&request));
    assert_eq!((shop.sweep(due + 120).expired, shop.status()), (1, Status::Cancelled));
}

#[test]
fn what_the_shop_gives_back_is_charged_again() {
    let shop = Shop::new();
    shop.told(&captured("p-1", 990));
    shop.refund(&crate::refunding::all_of(&shop.order)).expect("a refund");
    assert_eq!(shop.charged(), Ok(1980));
}

#[test]
fn an_order_on_hold_is_not_charged_until_it_is_approved() {
    let until = at(7_200);
    let shop = Shop::new();
    let record = shop.record().with_hold(Hold { reason: ScreeningReason::AmountPerHour, until });
    let orders = InMemoryOrders::default();
    block_on(orders.insert(&record)).expect("a result");
    let shop = Shop { orders, ..shop };
    assert_eq!(shop.charged(), Err(ChargeRefused::OnHold { until }));
    shop.change(Effect::Review(ReviewDecision::Approve)).expect("an approval");
    assert_eq!(shop.charged(), Ok(1980));
}
