//! Ledger of the payment provider: the money that it has taken, set aside and given back, and its answers by idempotency key.

use orders_domain::{OrderId, PaymentFact, PaymentReference, PaymentRequestId};
use std::collections::BTreeMap;

/// Money at the provider, in minor units.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    payments: BTreeMap<PaymentReference, LedgerPayment>,
    /// Amounts of the refunds that were made by requests.
    refunds: BTreeMap<PaymentReference, (PaymentReference, u64)>,
    /// Answers by idempotency key.
    answers: BTreeMap<PaymentRequestId, PaymentFact>,
    /// Requests that were refused since they exceed what was taken, with their payments.
    exceeding: Vec<(PaymentRequestId, PaymentReference)>,
}

/// Payment at the provider.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LedgerPayment {
    pub(crate) order: OrderId,
    pub(crate) authorized: u64,
    pub(crate) captured: u64,
    /// Money that has gone back, or is on its way.
    pub(crate) refunded: u64,
    /// Part of it that people have given back in the provider's dashboard.
    pub(crate) by_dashboard: u64,
    pub(crate) is_voided: bool,
}

impl LedgerPayment {
    /// Returns `true` while money is set aside.
    pub(crate) fn is_open(&self) -> bool {
        self.authorized > 0 && self.captured == 0 && !self.is_voided
    }

    /// Returns the money that the provider has taken and not given back.
    pub(crate) fn kept(&self) -> u64 {
        self.captured - self.refunded
    }
}

impl Ledger {
    /// Returns the payments.
    pub(crate) fn payments(&self) -> impl Iterator<Item = (&PaymentReference, &LedgerPayment)> {
        self.payments.iter()
    }

    /// Returns the requests that were refused since they exceed what was taken, with their payments.
    pub(crate) fn exceeding(&self) -> impl Iterator<Item = (&PaymentRequestId, &LedgerPayment)> {
        self.exceeding.iter().filter_map(|(id, payment)| Some((id, self.payments.get(payment)?)))
    }

    /// Sets money aside.
    pub(crate) fn authorize(&mut self, order: OrderId, payment: &PaymentReference, units: u64) {
        self.payment(order, payment).authorized = units;
    }

    /// Takes money of a new payment.
    pub(crate) fn take(&mut self, order: OrderId, payment: &PaymentReference, units: u64) {
        self.payment(order, payment).captured = units;
    }

    fn payment(&mut self, order: OrderId, payment: &PaymentReference) -> &mut LedgerPayment {
        self.payments.entry(payment.clone()).or_insert(LedgerPayment {
            order,
            authorized: 0,
            captured: 0,
            refunded: 0,
            by_dashboard: 0,
            is_voided: false,
        })
    }

    fn open(&mut self, payment: &PaymentReference) -> Option<&mut LedgerPayment> {
        self.payments.get_mut(payment).filter(|payment| payment.is_open())
    }

    /// Takes money that is set aside. Returns `false` when none is.
    pub(crate) fn capture(&mut self, payment: &PaymentReference, units: u64) -> bool {
        self.open(payment).map(|payment| payment.captured = units).is_some()
    }

    /// Frees money that is set aside. Returns `false` when none is.
    pub(crate) fn void(&mut self, payment: &PaymentReference) -> bool {
        self.open(payment).map(|payment| payment.is_voided = true).is_some()
    }

    /// Gives money back without a request. Returns `false` when less is there.
    pub(crate) fn refund_by_dashboard(&mut self, payment: &PaymentReference, units: u64) -> bool {
        let payment = self.payments.get_mut(payment).filter(|payment| units <= payment.kept());
        let made = payment.map(|payment| {
            payment.refunded += units;
            payment.by_dashboard += units;
        });
        made.is_some()
    }

    /// Gives money back. Returns the refund; `None` when less is there.
    pub(crate) fn refund(
        &mut self,
        request: &PaymentRequestId,
        payment: &PaymentReference,
        units: u64,
    ) -> Option<PaymentReference> {
        let found = self.payments.get_mut(payment).filter(|payment| units <= payment.kept());
        let Some(found) = found else {
            self.exceeding.push((request.clone(), payment.clone()));
            return None;
        };
        found.refunded += units;
        let refund: PaymentReference = format!("re-{}", self.refunds.len()).parse().expect("a reference");
        self.refunds.insert(refund.clone(), (payment.clone(), units));
        Some(refund)
    }

    /// Fails a refund: its money is with the provider again.
    pub(crate) fn fail_refund(&mut self, refund: &PaymentReference) {
        let (payment, units) = &self.refunds[refund];
        self.payments.get_mut(payment).expect("a refund of a payment").refunded -= units;
    }

    /// Returns the answer to an earlier request with this key.
    pub(crate) fn answer(&self, key: &PaymentRequestId) -> Option<PaymentFact> {
        self.answers.get(key).cloned()
    }

    /// Returns the requests that were carried out or refused.
    pub(crate) fn answered(&self) -> impl Iterator<Item = &PaymentRequestId> {
        self.answers.keys()
    }

    /// Keeps the answer to a request.
    pub(crate) fn keep_answer(&mut self, key: &PaymentRequestId, answer: &PaymentFact) {
        self.answers.insert(key.clone(), answer.clone());
    }
}
