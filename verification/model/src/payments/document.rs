//! Document of the order: its status, its facts, and its requests to the provider.

use super::facts::Facts;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Document {
    pub(super) status: Status,
    pub(super) facts: Facts,
    pub(super) requests: Vec<Request>,
    pub(super) marker: Marker,
    /// Number of requests when the order became `PAID`: those that follow are since then.
    pub(super) paid_after: Option<u8>,
    /// Number of requests when the first refusal of a planned refund was known.
    pub(super) refused_after: Option<u8>,
    /// `true` from the end of the order until it is noted that its stock is settled.
    pub(super) has_ended_stock: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Status {
    Created,
    Paid,
    Cancelled,
    Fulfilled,
}

/// Field of the document that says what a cancellation means for the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Marker {
    None,
    /// `payment_held`: the provider has money, or has set it aside.
    Held,
    /// `refund_due`: money has to go back, or an authorization has to end.
    Due,
}

/// Request to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) payment: u8,
    pub(super) task: Task,
    /// Id of the request, which is its idempotency key.
    pub(super) key: u8,
    /// `true` for a request of the planner, `false` for a refund that the shop wants.
    pub(super) is_planned: bool,
    pub(super) answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Task {
    Refund(u8),
    Void,
}

/// Answer of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    /// Refund of the provider, whose facts tell whether it was made.
    Refund(u8),
    /// The authorization has ended, or not.
    Void(bool),
}

impl Task {
    /// Returns the amount of a refund.
    pub(super) fn amount(self) -> u8 {
        match self {
            Self::Refund(amount) => amount,
            Self::Void => 0,
        }
    }
}

impl Document {
    /// Keys from here on are not derived from the payment and the count of its requests.
    pub(super) const FIRST_NEW_KEY: u8 = 16;

    pub(super) fn new() -> Self {
        Self {
            status: Status::Created,
            facts: Facts::default(),
            requests: Vec::new(),
            marker: Marker::None,
            paid_after: None,
            refused_after: None,
            has_ended_stock: false,
        }
    }

    /// Returns `true` while the order has not ended.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.status, Status::Created | Status::Paid)
    }

    /// Ends the order, by an update that reads nothing.
    pub(super) fn end(&mut self, status: Status) {
        self.status = status;
        self.has_ended_stock = true;
        if status == Status::Cancelled {
            // It owes nothing, whatever the sequence.
            (self.paid_after, self.refused_after) = (None, None);
        }
    }

    /// Returns the number of requests.
    pub(super) fn request_count(&self) -> u8 {
        u8::try_from(self.requests.len()).expect("a few requests")
    }

    /// Adds a request, with a new key unless it has one.
    pub(super) fn push(&mut self, payment: u8, task: Task, key: Option<u8>, is_planned: bool) {
        let key = key.unwrap_or(Self::FIRST_NEW_KEY + self.request_count());
        self.requests.push(Request { payment, task, key, is_planned, answer: None });
    }

    /// Returns the key of the next request about a payment, by the count of those that it has.
    pub(super) fn next_key(&self, payment: u8, task: Task) -> u8 {
        let count = self.requests.iter().filter(|it| it.payment == payment && it.task != Task::Void).count();
        match task {
            Task::Refund(_) => 8 * payment + u8::try_from(count).expect("a few requests"),
            Task::Void => 8 * payment + 7,
        }
    }
}
