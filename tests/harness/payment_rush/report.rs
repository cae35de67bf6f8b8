//! Result of a rush of payments.

use super::provider::RushProvider;
use super::{TOTAL, UNITS};
use crate::Shop;
use serde_json::Value;

/// Result of a rush of payments.
#[derive(Clone, Debug, Default)]
pub struct PaymentReport {
    /// Orders.
    pub orders: usize,
    /// Webhooks that were delivered, those that answer requests included.
    pub webhooks: usize,
    /// Attempts to deliver them.
    pub attempts: usize,
    /// Answers that were given to `record-payment-facts`.
    pub answers: usize,
    /// Requests that the provider has carried out or refused.
    pub requests: usize,
    /// Repetitions of these requests.
    pub repetitions: usize,
    /// Processes that were killed.
    pub kills: usize,
    /// Orders whose status is `PAID`.
    pub paid: usize,
    /// Orders whose status is `CANCELLED`.
    pub cancelled: usize,
    /// Orders whose payment is `REFUNDED`.
    pub refunded: usize,
    /// Orders whose payment is `UNPAID`.
    pub unpaid: usize,
    /// Orders whose payment is `REFUND_DUE`.
    pub refund_due: usize,
    /// Orders whose compensation the provider has refused on purpose.
    pub refused: usize,
    /// Refunds that the shop has requested, and the API has granted.
    pub shop_refunds: usize,
    /// Refunds that nobody has requested.
    pub compensations: usize,
    /// Orders whose money is kept though nobody owes it, and no refund is due.
    pub kept_unowed: usize,
    /// Payments, or orders, of which more was given back than had to be.
    pub over_refunded: usize,
    /// Orders with more refunds than keys, or of which the provider has given back something else than the refunds say.
    pub refunded_twice: usize,
    /// Cancelled orders whose money is still set aside.
    pub set_aside: usize,
}

impl PaymentReport {
    /// Checks that no money is at the wrong place.
    ///
    /// # Panics
    ///
    /// When some is.
    pub fn assert_settled(&self) {
        let wrong = [self.kept_unowed, self.over_refunded, self.refunded_twice, self.set_aside];
        assert_eq!(wrong, [0; 4], "{self:?}");
        assert_eq!(self.refund_due, self.refused, "only what a provider has refused is due: {self:?}");
    }

    /// Adds an order, and returns the units that it holds. Prints it when its money is at the wrong place.
    pub(super) async fn add(&mut self, shop: &Shop, provider: &RushProvider, id: &str) -> i64 {
        let order = shop.api.order(id).await.json();
        let refunds = shop.api.get(&format!("/orders/{id}/refunds")).await.json();
        let refunds = refunds["refunds"].as_array().expect("a list");
        let (payment, balance) = (&order["payment"], provider.balance(id));
        let is_status = |status: &str| order["status"] == status;
        let is_payment = |status: &str| payment["status"] == status;
        let of_cause = |cause: &str| refunds.iter().filter(|it| it["cause"] == cause).collect::<Vec<_>>();
        let (requested, compensations) = (of_cause("requested"), of_cause("compensation"));
        let is_refused =
            provider.has_refused(id) && compensations.iter().any(|refund| refund["status"] == "FAILED");
        let granted = sum_of_succeeded(&requested);
        let by_api = granted + sum_of_succeeded(&compensations);
        // The order and the provider agree.
        let told = [cents(&payment["captured"]), cents(&payment["refunded"])];
        assert_eq!(told, [balance.captured, balance.refunded], "{order} {refunds:?}");

        let kept = balance.captured.saturating_sub(balance.refunded);
        let owed = if is_status("PAID") { TOTAL - granted } else { 0 };
        let is_short = is_status("PAID") && balance.refunded_elsewhere == 0 && kept < owed;
        for (count, holds) in [
            (&mut self.kept_unowed, kept > owed && !is_refused),
            (&mut self.over_refunded, is_short),
            (
                &mut self.refunded_twice,
                requested.len() > 1 || balance.refunded != balance.refunded_elsewhere + by_api,
            ),
            (&mut self.set_aside, is_status("CANCELLED") && balance.set_aside > 0),
        ] {
            *count += usize::from(holds);
            if holds {
                println!("{order} {refunds:?} {balance:?}");
            }
        }
        for (count, holds) in [
            (&mut self.paid, is_status("PAID")),
            (&mut self.cancelled, is_status("CANCELLED")),
            (&mut self.refunded, is_payment("REFUNDED")),
            (&mut self.unpaid, is_payment("UNPAID")),
            (&mut self.refund_due, is_payment("REFUND_DUE")),
            (&mut self.refused, is_refused),
        ] {
            *count += usize::from(holds);
        }
        self.shop_refunds += requested.len();
        self.compensations += compensations.len();
        if is_status("CANCELLED") { 0 } else { UNITS - units_back(&requested) }
    }
}

/// Returns the sum of the refunds that have succeeded, in cents.
fn sum_of_succeeded(refunds: &[&Value]) -> u64 {
    refunds.iter().filter(|it| it["status"] == "SUCCEEDED").map(|it| cents(&it["amount"])).sum()
}

/// Returns the units that refunds have put back on sale.
fn units_back(refunds: &[&Value]) -> i64 {
    let items = refunds.iter().filter(|it| it["restock"] == true).filter_map(|it| it["items"].as_array());
    items.flatten().map(|item| item["qty"].as_i64().expect("a number")).sum()
}

/// Returns an amount with two decimals in cents; 0 for none.
fn cents(amount: &Value) -> u64 {
    amount.as_str().map_or(0, |text| text.replace('.', "").parse().expect("cents"))
}
