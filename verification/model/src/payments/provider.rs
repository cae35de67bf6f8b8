//! Provider of payments, and the webhooks that it sends until they are acknowledged. It checks no sum of refunds: nothing but
//! the protocol prevents that too much goes back.

use super::document::{Request, Task};
use super::facts::{Fact, Facts, MAX_PAYMENTS, MAX_REFUNDS};

/// Payments and refunds at the provider, and its webhooks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Provider {
    pub(super) payments: [Payment; 2],
    pub(super) refunds: Vec<Refund>,
    /// Response to the request to void each payment: `true` when nothing is set aside any more.
    pub(super) voids: [Option<bool>; 2],
    /// Facts of which the provider has sent webhooks.
    pub(super) sent: Facts,
    /// Facts whose webhooks were acknowledged. They may come again all the same.
    pub(super) acknowledged: Facts,
    /// Number of refunds that may still be refused, or fail after all.
    pub(super) refusals: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Payment {
    pub(super) amount: u8,
    pub(super) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    None,
    Declined,
    Authorized,
    Captured,
    Voided,
}

/// Refund at the provider. Its facts tell payment and amount, which never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Refund {
    pub(super) payment: u8,
    pub(super) amount: u8,
    /// Idempotency key of the request.
    pub(super) key: u8,
    pub(super) is_planned: bool,
    pub(super) outcome: Outcome,
    /// `true` when the response to the request told no outcome, and never will.
    pub(super) is_accepted_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// The provider has accepted the request, and not decided yet.
    Accepted,
    Made,
    /// It was refused, or has failed before it was made.
    Refused,
    /// It was made, and has failed after all.
    Reversed,
}

impl Provider {
    pub(super) fn new(amounts: [u8; 2], refusals: u8) -> Self {
        Self {
            payments: amounts.map(|amount| Payment { amount, phase: Phase::None }),
            refunds: Vec::new(),
            voids: [None; 2],
            sent: Facts::default(),
            acknowledged: Facts::default(),
            refusals,
        }
    }

    pub(super) fn payment(&self, payment: u8) -> Payment {
        self.payments[usize::from(payment)]
    }

    pub(super) fn refunds(&self) -> impl Iterator<Item = (u8, Refund)> {
        (0..).zip(self.refunds.iter().copied())
    }

    /// Moves a payment to another phase, and sends the webhook.
    pub(super) fn advance(&mut self, payment: u8, phase: Phase) {
        self.payments[usize::from(payment)].phase = phase;
        match phase {
            Phase::None => {}
            Phase::Declined => self.sent.insert(Fact::Failed(payment)),
            Phase::Authorized => self.sent.insert(Fact::Authorized(payment)),
            Phase::Captured => self.sent.insert(Fact::Captured(payment)),
            Phase::Voided => self.sent.insert(Fact::Voided(payment)),
        }
    }

    /// Carries a request out. The caller looks for its key first.
    pub(super) fn execute(&mut self, request: Request, outcome: Outcome) {
        match request.task {
            Task::Refund(amount) => {
                let refund = u8::try_from(self.refunds.len()).expect("a few refunds");
                let Request { payment, key, is_planned, .. } = request;
                let is_accepted_first = outcome == Outcome::Accepted;
                self.refunds.push(Refund { payment, amount, key, is_planned, outcome, is_accepted_first });
                self.decide(refund, outcome);
            }
            Task::Void => {
                let phase = self.payment(request.payment).phase;
                if phase == Phase::Authorized {
                    self.advance(request.payment, Phase::Voided);
                }
                let is_free = matches!(phase, Phase::Authorized | Phase::Voided);
                self.voids[usize::from(request.payment)] = Some(is_free);
            }
        }
    }

    /// Returns `true` when a request with this key was carried out.
    pub(super) fn knows(&self, request: Request) -> bool {
        match request.task {
            Task::Refund(_) => self.refunds.iter().any(|it| it.key == request.key),
            Task::Void => self.voids[usize::from(request.payment)].is_some(),
        }
    }

    /// Returns `true` while the model has room for another refund.
    pub(super) fn has_room(&self) -> bool {
        self.refunds.len() < usize::from(MAX_REFUNDS)
    }

    /// Decides about a refund, and sends the webhook.
    pub(super) fn decide(&mut self, refund: u8, outcome: Outcome) {
        self.refunds[usize::from(refund)].outcome = outcome;
        match outcome {
            Outcome::Accepted => {}
            Outcome::Made => self.sent.insert(Fact::Refunded(refund)),
            Outcome::Refused | Outcome::Reversed => {
                self.refusals -= 1;
                self.sent.insert(Fact::RefundFailed(refund));
            }
        }
    }

    /// A refund fails, even if it was made.
    pub(super) fn fail(&mut self, refund: u8) {
        let was_made = self.refunds[usize::from(refund)].outcome == Outcome::Made;
        self.decide(refund, if was_made { Outcome::Reversed } else { Outcome::Refused });
    }

    /// Returns the money that was taken for a payment.
    pub(super) fn captured(&self, payment: u8) -> u8 {
        let Payment { amount, phase } = self.payment(payment);
        if phase == Phase::Captured { amount } else { 0 }
    }

    /// Returns the money that has gone back, by those refunds that count.
    pub(super) fn refunded(&self, counts: impl Fn(&Refund) -> bool) -> u8 {
        let made = self.refunds.iter().filter(|it| it.outcome == Outcome::Made && counts(it));
        made.map(|it| it.amount).sum()
    }

    /// Returns the money of a payment that was taken and has not gone back. Less than nothing with mistakes only.
    pub(super) fn kept_of(&self, payment: u8) -> i16 {
        i16::from(self.captured(payment)) - i16::from(self.refunded(|it| it.payment == payment))
    }

    /// Returns the money of all payments that was taken and has not gone back.
    pub(super) fn kept(&self) -> i16 {
        (0..MAX_PAYMENTS).map(|payment| self.kept_of(payment)).sum()
    }
}
