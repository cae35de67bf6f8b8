//! Payment provider of a rush: carries out each request once, and keeps a ledger.

use super::TOTAL;
use crate::{PaymentEndpoint, fresh_key, now, rfc3339};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard};

/// Token of a card that the provider declines.
pub(super) const DECLINED: &str = "tok_declined";

/// Provider. It sets no limit to refunds, so that the ledger shows whether orders ask for too much.
pub(super) struct RushProvider {
    /// Endpoint of its webhooks.
    pub(super) endpoint: PaymentEndpoint,
    ledger: Mutex<Ledger>,
}

/// Answer to a request.
#[derive(Clone)]
pub(super) struct Answer {
    /// Message for the function `record-payment-facts`.
    pub(super) fact: Value,
    /// Webhook about the same; `None` for a refusal.
    pub(super) webhook: Option<String>,
}

/// Money of an order at the provider, in cents.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Balance {
    pub(super) captured: u64,
    pub(super) refunded: u64,
    /// Set aside, and neither taken nor free again.
    pub(super) set_aside: u64,
    /// Part of `refunded` that nobody has requested through the API.
    pub(super) refunded_elsewhere: u64,
}

#[derive(Default)]
struct Ledger {
    payments: BTreeMap<String, Payment>,
    /// Answers by the id of the request.
    answers: HashMap<String, Vec<Answer>>,
    /// Orders with a refund that was refused on purpose.
    refused: BTreeSet<String>,
    repetitions: usize,
}

#[derive(Default)]
struct Payment {
    order: String,
    authorized: u64,
    balance: Balance,
    is_voided: bool,
    refuses_refunds: bool,
}

impl RushProvider {
    pub(super) fn new(endpoint: PaymentEndpoint) -> Self {
        Self { endpoint, ledger: Mutex::default() }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("an unpoisoned mutex")
    }

    /// Adds a payment of an order that was made in the browser: set aside, or taken.
    pub(super) fn add_payment(&self, payment: &str, order: &str, is_captured: bool) {
        let captured = if is_captured { TOTAL } else { 0 };
        let balance = Balance { captured, ..Balance::default() };
        let payment_of =
            Payment { order: order.to_owned(), authorized: TOTAL, balance, ..Payment::default() };
        self.ledger().payments.insert(payment.to_owned(), payment_of);
    }

    /// Gives all money of a payment back, as in the provider's dashboard.
    pub(super) fn refund_elsewhere(&self, payment: &str) {
        let mut ledger = self.ledger();
        let balance = &mut ledger.payments.get_mut(payment).expect("a payment").balance;
        (balance.refunded, balance.refunded_elsewhere) = (balance.captured, balance.captured);
    }

    /// Refuses all refunds of a payment from now on.
    pub(super) fn refuse_refunds(&self, payment: &str) {
        self.ledger().payments.get_mut(payment).expect("a payment").refuses_refunds = true;
    }

    /// Returns the money of an order.
    pub(super) fn balance(&self, order: &str) -> Balance {
        let ledger = self.ledger();
        let of_order = ledger.payments.values().filter(|payment| payment.order == order);
        of_order.fold(Balance::default(), |sum, payment| Balance {
            captured: sum.captured + payment.balance.captured,
            refunded: sum.refunded + payment.balance.refunded,
            set_aside: sum.set_aside + payment.set_aside(),
            refunded_elsewhere: sum.refunded_elsewhere + payment.balance.refunded_elsewhere,
        })
    }

    /// Returns the number of payments whose refunds are higher than what was taken.
    pub(super) fn overdrawn(&self) -> usize {
        let is_overdrawn = |payment: &&Payment| payment.balance.refunded > payment.balance.captured;
        self.ledger().payments.values().filter(is_overdrawn).count()
    }

    /// Returns `true` when a refund of the order was refused on purpose.
    pub(super) fn has_refused(&self, order: &str) -> bool {
        self.ledger().refused.contains(order)
    }

    /// Returns the numbers of requests that were carried out or refused, and of their repetitions.
    pub(super) fn requests(&self) -> (usize, usize) {
        let ledger = self.ledger();
        (ledger.answers.len(), ledger.repetitions)
    }

    /// Carries out a request from the queue. A repetition gets the same answers.
    pub(super) fn carry_out(&self, request: &Value) -> Vec<Answer> {
        let ledger = &mut *self.ledger();
        let id = request["request_id"].as_str().expect("an id").to_owned();
        if let Some(answers) = ledger.answers.get(&id) {
            ledger.repetitions += 1;
            return answers.clone();
        }
        let outcomes = ledger.outcomes(&id, request);
        let answers: Vec<_> =
            outcomes.iter().map(|outcome| outcome.answer(&self.endpoint, request)).collect();
        ledger.answers.insert(id, answers.clone());
        answers
    }
}

impl Payment {
    fn set_aside(&self) -> u64 {
        if self.is_voided || self.balance.captured > 0 { 0 } else { self.authorized }
    }
}

/// Outcome of a request.
struct Outcome {
    kind: &'static str,
    payment: String,
    /// Refund.
    object: Option<String>,
    reason: Option<&'static str>,
    cents: Option<u64>,
    /// `true` for a refusal that creates nothing, and has no webhook.
    is_refusal: bool,
}

impl Outcome {
    fn new(kind: &'static str, payment: &str, cents: Option<u64>) -> Self {
        Self { kind, payment: payment.to_owned(), object: None, reason: None, cents, is_refusal: false }
    }

    fn because(self, reason: &'static str) -> Self {
        Self { reason: Some(reason), ..self }
    }

    fn without_webhook(self) -> Self {
        Self { is_refusal: true, ..self }
    }

    fn of_refund(self, refund: &str) -> Self {
        Self { object: Some(refund.to_owned()), ..self }
    }

    fn answer(&self, endpoint: &PaymentEndpoint, request: &Value) -> Answer {
        let (order, id) = (request["order_id"].as_str().expect("an id"), &request["request_id"]);
        let mut fact = json!({ "v": 1, "tenant": "default", "provider": "standard", "order_id": order,
            "request_id": id, "payment_id": self.payment, "kind": self.kind, "occurred_at": rfc3339(now()) });
        let mut told = endpoint.about_payment("captured", &self.payment, order, self.cents.unwrap_or(0));
        let (subject, verb) = self.kind.split_once("refund").map_or(("payment", self.kind), |(_, verb)| {
            (
                "refund",
                match verb {
                    "ed" => "succeeded",
                    other => other.trim_start_matches('_'),
                },
            )
        });
        told["type"] = format!("{subject}.{verb}").into();
        let data = told["data"].as_object_mut().expect("an object");
        (data["currency"], data["amount"]) = ("EUR".into(), data["amount"].clone());
        data.insert("request_id".to_owned(), id.clone());
        if self.cents.is_some() {
            (fact["amount"], fact["currency"]) = (data["amount"].clone(), "EUR".into());
        }
        if let Some(object) = &self.object {
            fact["object"] = object.as_str().into();
            data.insert("refund_id".to_owned(), object.as_str().into());
        }
        if let Some(reason) = self.reason {
            fact["reason"] = reason.into();
            data.insert("reason".to_owned(), reason.into());
        }
        Answer { fact, webhook: (!self.is_refusal).then(|| told.to_string()) }
    }
}

impl Ledger {
    /// Carries out a request, and returns what happens, the first first.
    fn outcomes(&mut self, id: &str, request: &Value) -> Vec<Outcome> {
        let order = request["order_id"].as_str().expect("an id");
        let amount = request["amount"].as_str().unwrap_or_default().replace('.', "");
        let cents: u64 = amount.parse().unwrap_or_default();
        if request["operation"] == "charge" {
            return vec![self.charge(order, request, cents)];
        }
        let name = request["payment_id"].as_str().expect("a payment");
        let payment = self.payments.get_mut(name).expect("a payment of the provider");
        assert_eq!(payment.order, order, "{request}");
        match request["operation"].as_str() {
            Some("void") if payment.set_aside() == 0 => {
                vec![Outcome::new("failed", name, None).because("payment_captured").without_webhook()]
            }
            Some("void") => {
                payment.is_voided = true;
                vec![Outcome::new("voided", name, None)]
            }
            Some("refund") if payment.refuses_refunds => {
                self.refused.insert(order.to_owned());
                let failed = Outcome::new("refund_failed", name, None).because("refund_refused");
                vec![failed.of_refund(&format!("re_{id}"))]
            }
            // The shop has refunded the payment elsewhere, and the order does not know it yet.
            Some("refund")
                if payment.balance.refunded_elsewhere > 0
                    && payment.balance.refunded + cents > payment.balance.captured =>
            {
                let failed = Outcome::new("refund_failed", name, None).because("exceeds_captured");
                vec![failed.of_refund(id).without_webhook()]
            }
            Some("refund") => {
                payment.balance.refunded += cents;
                let refund = format!("re_{id}");
                let pending = Outcome::new("refund_pending", name, None).of_refund(&refund);
                vec![pending, Outcome::new("refunded", name, Some(cents)).of_refund(&refund)]
            }
            other => panic!("no operation {other:?}"),
        }
    }

    fn charge(&mut self, order: &str, request: &Value, cents: u64) -> Outcome {
        let name = format!("pay_{}", fresh_key());
        if request["token"] == DECLINED {
            return Outcome::new("failed", &name, None).because("card_declined");
        }
        let captured = if request["capture"] == true { cents } else { 0 };
        let balance = Balance { captured, ..Balance::default() };
        let payment = Payment { order: order.to_owned(), authorized: cents, balance, ..Payment::default() };
        self.payments.insert(name.clone(), payment);
        Outcome::new(if captured > 0 { "captured" } else { "authorized" }, &name, Some(cents))
    }
}
