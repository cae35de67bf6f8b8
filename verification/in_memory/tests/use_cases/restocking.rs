//! Units of refunds: they come back into stock once, from wherever the order has them.

use crate::at;
use crate::refunding::{all_of, item};
use crate::shop::{SKU, Shop, UNITS, captured};
use futures::executor::block_on;
use orders_domain::ports::StockSettlements as _;
use orders_domain::{Effect, PaymentStatus, RefundRefused, RequestRefund, Status};

/// Returns a shop with a paid order of two units.
fn paid() -> Shop {
    let shop = Shop::with_product("9.90");
    shop.told(&captured("p-1", 1980));
    shop
}

/// Asks for the refund of units that can be sold again.
fn restock(shop: &Shop, units: u64) {
    let command = RequestRefund { items: vec![item(SKU, units)], restocks: true, ..all_of(&shop.order) };
    shop.refund(&command).expect("a refund");
}

#[test]
fn units_come_back_out_of_what_the_order_holds() {
    for status in [Status::Created, Status::Paid] {
        let shop = Shop::with_product("9.90");
        shop.told(&captured("p-1", if status == Status::Created { 1979 } else { 1980 }));
        assert_eq!((shop.status(), shop.units()), (status, (3, 2, 0)));
        restock(&shop, 1);
        assert_eq!(shop.units(), (3, 2, 0), "after the response");
        shop.advance();
        assert_eq!(shop.units(), (4, 1, 0));
        shop.advance();
        shop.sweep(5_000);
        let expected = if status == Status::Created { (5, 0, 0) } else { (4, 1, 0) };
        assert_eq!(shop.units(), expected, "the other unit comes back by the expiry only");
    }
}

#[test]
fn units_come_back_out_of_what_was_handed_over() {
    let shop = paid();
    shop.set(Status::Fulfilled);
    shop.sweep(100);
    assert_eq!(shop.units(), (3, 0, 2));
    restock(&shop, 1);
    restock(&shop, 1);
    shop.advance();
    assert_eq!(shop.units(), (5, 0, 0));
    shop.sweep(5_000);
    assert_eq!(shop.units(), (5, 0, 0));
}

#[test]
fn nothing_comes_back_without_a_restock_or_without_units() {
    let shop = paid();
    let money_only = RequestRefund { items: vec![item(SKU, 1)], ..all_of(&shop.order) };
    shop.refund(&money_only).expect("a refund");
    let amount = Some("1".parse().expect("a price"));
    let amount_only = RequestRefund { amount, restocks: true, ..all_of(&shop.order) };
    shop.refund(&amount_only).expect("a refund");
    shop.advance();
    assert_eq!(shop.units(), (3, 2, 0));
    // Without items and amount, all units that are left come back.
    let all = RequestRefund { restocks: true, ..all_of(&shop.order) };
    shop.refund(&all).expect("a refund");
    shop.advance();
    assert_eq!(shop.units(), (4, 1, 0));
}

#[test]
fn the_sweep_brings_units_back_that_a_crashed_function_has_left() {
    let shop = paid();
    restock(&shop, 2);
    shop.sweep(5_000);
    assert_eq!(shop.units(), (5, 0, 0));
}

#[test]
fn units_come_back_once_when_the_order_is_cancelled_or_fulfilled_before_the_restock_runs() {
    for end in [Effect::Status(Status::Cancelled), Effect::Status(Status::Fulfilled), Effect::WriteOff] {
        for is_settled_first in [false, true] {
            let shop = paid();
            restock(&shop, 1);
            shop.change(end.clone()).expect("an allowed change");
            if is_settled_first {
                let settlements = [shop.record().stock_settlement().expect("stock")];
                block_on(shop.stock.settle(&settlements)).expect("a result");
            }
            shop.advance();
            shop.sweep(5_000);
            shop.sweep(9_000);
            let expected = if end == Effect::Status(Status::Cancelled) { (5, 0, 0) } else { (4, 0, 1) };
            assert_eq!(shop.units(), expected, "{end:?}, settled first: {is_settled_first}");
        }
    }
}

#[test]
fn a_cancelled_order_has_nothing_to_bring_back_unless_it_was_written_off() {
    for (end, expected) in [(Effect::Status(Status::Cancelled), (UNITS, 0, 0)), (Effect::WriteOff, (4, 0, 1))]
    {
        let shop = paid();
        shop.change(end.clone()).expect("a cancellation");
        // Its money goes back by itself, unless the provider refuses that.
        let refused = shop.refund(&RequestRefund { restocks: true, ..all_of(&shop.order) });
        assert!(matches!(refused, Err(RefundRefused::ExceedsCaptured { .. })), "{refused:?}");
        shop.sweep(100);
        assert_eq!(shop.refuse(), 1);
        restock(&shop, 1);
        shop.advance();
        shop.sweep(5_000);
        assert_eq!(shop.units(), expected, "{end:?}");
    }
}

#[test]
fn units_come_back_within_eighty_days_after_the_fulfilment() {
    let shop = paid();
    shop.set(Status::Fulfilled);
    shop.sweep(100);
    let limit = 20 + 80 * 86_400;
    let command = |second| RequestRefund { restocks: true, at: at(second), ..all_of(&shop.order) };
    assert_eq!(shop.refund(&command(limit + 1)), Err(RefundRefused::RestockTooLate));
    let without = RequestRefund { amount: Some("1".parse().expect("a price")), ..command(limit + 1) };
    shop.refund(&RequestRefund { restocks: false, ..without }).expect("money can go back at any time");
    shop.refund(&command(limit)).expect("a refund");
}

#[test]
fn an_order_that_costs_nothing_is_paid_at_once_and_gives_its_stock_back() {
    let shop = Shop::with_product("0");
    assert_eq!((shop.status(), shop.payment()), (Status::Paid, (PaymentStatus::Paid, 0)));
    assert_eq!((shop.units(), shop.sweep(5_000).expired), ((3, 2, 0), 0));
    let limit = shop.refund(&all_of(&shop.order));
    assert!(matches!(limit, Err(RefundRefused::ExceedsCaptured { .. })), "{limit:?}");
    shop.set(Status::Cancelled);
    let report = shop.sweep(6_000);
    assert_eq!((report.planned, report.sent, shop.refunds_due()), (0, 0, 0));
    assert_eq!((shop.units(), shop.sent()), ((5, 0, 0), vec![]));
}

#[test]
fn the_units_of_a_refund_that_has_failed_come_back_once_with_the_next_one() {
    for status in [Status::Paid, Status::Fulfilled] {
        let shop = paid();
        if status == Status::Fulfilled {
            shop.set(status);
            shop.sweep(100);
        }
        let before = shop.units().0;
        restock(&shop, 1);
        shop.advance();
        assert_eq!((shop.refuse(), shop.units().0), (1, before + 1));
        restock(&shop, 1);
        shop.advance();
        assert_eq!((shop.carry_out(), shop.units().0), (1, before + 1), "{status}: one unit was returned");
    }
}
