//! Requests, and what follows from a response.

use http::StatusCode;
use kernel::{Money, Timestamp};
use payments_domain::{Account, Answer, Fact, Notification, Operation, Provider, ProviderRequest, Statement};
use payments_providers::api::{Call, NoOutcome, Response, Step, first_step, next_step};

/// Returns the time of the request.
pub(crate) fn at() -> Timestamp {
    "2026-01-31T09:30:00Z".parse().expect("a time")
}

pub(crate) fn money(minor_units: u64, currency: &str) -> Money {
    Money::of_minor_units(minor_units, currency.parse().expect("a currency"))
}

pub(crate) fn charge(capture: bool) -> Operation {
    Operation::Charge { token: "pm_card_visa".parse().expect("a token"), capture, money: money(1998, "USD") }
}

pub(crate) fn capture() -> Operation {
    Operation::Capture { payment: "pay_1".parse().expect("a payment"), money: money(1998, "USD") }
}

pub(crate) fn refund() -> Operation {
    Operation::Refund { payment: "pay_1".parse().expect("a payment"), money: money(998, "USD") }
}

pub(crate) fn void() -> Operation {
    Operation::Void { payment: "pay_1".parse().expect("a payment") }
}

/// Request with an account.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) account: Account,
    pub(crate) request: ProviderRequest,
}

impl Case {
    pub(crate) fn new(provider: Provider, operation: Operation) -> Self {
        let url = provider.published_url().or_else(|| "https://psp.example.com/api/".parse().ok());
        Self {
            account: Account { key: "sk_test_1".parse().expect("a key"), url: url.expect("a URL") },
            request: ProviderRequest {
                tenant: "acme".parse().expect("a tenant"),
                order: "o-1".parse().expect("an order"),
                id: "rf_1".parse().expect("an id"),
                provider,
                operation,
                requested_at: at(),
                sent_at: None,
            },
        }
    }

    /// Returns the first call.
    pub(crate) fn call(&self) -> Call {
        match first_step(&self.account, &self.request, at()) {
            Step::Call(call) => call,
            Step::Answer(answer) => panic!("answered: {answer:?}"),
        }
    }

    /// Returns the step after a response to a call.
    pub(crate) fn after(
        &self,
        call: &Call,
        status: u16,
        body: &str,
        now: Timestamp,
    ) -> Result<Step, NoOutcome> {
        let status = StatusCode::from_u16(status).expect("a status");
        next_step(&self.account, &self.request, call, &Response { status, body: body.as_bytes() }, now)
    }

    /// Returns the answer in the response to the first call.
    pub(crate) fn answer(&self, status: u16, body: &str) -> Result<Answer, NoOutcome> {
        match self.after(&self.call(), status, body, at())? {
            Step::Answer(answer) => Ok(answer),
            Step::Call(call) => panic!("another call: {call:?}"),
        }
    }

    /// Returns payment and statement of the answer, which names the order and the request.
    pub(crate) fn statement(&self, status: u16, body: &str) -> (String, Statement) {
        stated(self.answer(status, body).expect("an answer"))
    }
}

/// Returns payment and statement of an answer, which names the order and the request.
pub(crate) fn stated(answer: Answer) -> (String, Statement) {
    let Answer::Told(Notification { subject, fact, occurred_at }) = answer else { panic!("nothing yet") };
    let Fact { payment, statement, request } = fact;
    assert_eq!(subject.order.map(|order| order.to_string()).as_deref(), Some("o-1"));
    assert_eq!(request.map(|request| request.to_string()).as_deref(), Some("rf_1"));
    assert_eq!((&subject.payment, occurred_at >= at()), (&payment, true));
    (payment.to_string(), statement)
}

pub(crate) fn failed(payment: &str, reason: &str) -> (String, Statement) {
    (payment.to_owned(), Statement::Failed(reason.parse().ok()))
}

pub(crate) fn refund_failed(refund: &str, reason: &str) -> (String, Statement) {
    let refund = refund.parse().expect("a refund");
    ("pay_1".to_owned(), Statement::RefundFailed { refund, reason: reason.parse().ok() })
}

#[test]
fn neither_the_key_nor_a_token_is_printed() {
    for provider in Provider::ALL {
        let case = Case::new(provider, charge(true));
        let call = case.call();
        let printed = format!("{case:?} {call:?} {:?}", call.headers);
        assert!(!printed.contains("sk_test_1") && !printed.contains("pm_card_visa"), "{printed}");
    }
}

#[test]
fn a_response_without_an_outcome_is_no_answer() {
    for provider in Provider::ALL {
        for operation in [charge(true), charge(false), capture(), refund(), void()] {
            let case = Case::new(provider, operation);
            for status in [401, 403] {
                let rejected = case.answer(status, "{}");
                assert!(matches!(rejected, Err(NoOutcome::KeyRejected(_))), "{status} {case:?}");
            }
            for status in [300, 302, 308, 404, 408, 425, 429, 500, 502, 503, 504] {
                let answer = case.answer(status, "{}");
                assert!(matches!(answer, Err(NoOutcome::Status(_))), "{status} {case:?} {answer:?}");
            }
            for (status, body) in
                [(200, ""), (200, "{}"), (200, "[]"), (200, "<html>"), (204, ""), (404, "<html>"), (400, "")]
            {
                let answer = case.answer(status, body);
                assert!(matches!(answer, Err(NoOutcome::Body { .. })), "{status} {body} {case:?} {answer:?}");
            }
        }
    }
}
