//! Payments, a refund, the end of an order and the work of the provider, in every sequence.

use crate::paying::{TOTAL, permutations};
use crate::refunding::all_of;
use crate::shop::{Shop, captured, done, fact, refused};
use orders_domain::{
    FactKind, Operation, PaymentStatus, ProviderRequest, RefundCause, RefundStatus, RequestRefund, Status,
};
use std::collections::BTreeMap;

/// Event in the life of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The total is taken by a payment.
    Capture(&'static str),
    /// A shop asks for the refund of a part.
    Ask,
    /// The order is cancelled or fulfilled. It can be too early.
    End(Status),
    /// The sweep writes and sends requests.
    Sweep,
    /// The provider carries out the requests that were sent.
    CarryOut,
    /// People give money of the first payment back in the dashboard of the provider, if it is there.
    Dashboard,
}

/// Shop, and the money at the provider: captured and refunded by payment.
struct Run {
    shop: Shop,
    second: i64,
    money: BTreeMap<String, (u64, u64)>,
    /// Number of refunds that were refused since they exceed what is there.
    exceeding: usize,
}

impl Run {
    fn new() -> Self {
        Self { shop: Shop::new(), second: 0, money: BTreeMap::new(), exceeding: 0 }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Capture(payment) => {
                self.money.insert(payment.to_owned(), (TOTAL, 0));
                self.shop.told(&captured(payment, TOTAL));
            }
            Step::Ask => {
                let amount = Some("7".parse().expect("a price"));
                drop(self.shop.refund(&RequestRefund { amount, ..all_of(&self.shop.order) }));
            }
            Step::End(status) => drop(self.shop.change(orders_domain::Effect::Status(status))),
            Step::Sweep => {
                // Later than a request is sent again, and a compensation looked at.
                self.second += 10_000;
                self.shop.sweep(self.second);
            }
            Step::CarryOut => {
                for request in self.shop.sent() {
                    let answer = if self.refunds(&request) { done(&request) } else { refused(&request) };
                    self.shop.told(&answer);
                }
            }
            Step::Dashboard => {
                if self.give_back("p-1", 300) {
                    self.shop.told(&fact(FactKind::Refunded, "p-1", Some("r-1"), Some(300)));
                }
            }
        }
    }

    fn refunds(&mut self, request: &ProviderRequest) -> bool {
        let Operation::Refund { payment, money, .. } = &request.operation else { panic!("{request:?}") };
        let is_made = self.give_back(payment.as_str(), money.minor_units());
        self.exceeding += usize::from(!is_made);
        is_made
    }

    fn give_back(&mut self, payment: &str, units: u64) -> bool {
        let found = self.money.get_mut(payment).filter(|(taken, back)| units <= taken - back);
        found.map(|(_, back)| *back += units).is_some()
    }

    /// Works until nothing is left to do, and checks the money.
    fn finish(mut self, steps: &[Step]) -> Status {
        for _ in 0..3 {
            self.step(Step::Sweep);
            self.step(Step::CarryOut);
            if self.shop.refunds_due() == 0 {
                break;
            }
        }
        let record = self.shop.record();
        let (payments, status) = (record.payments(), record.order().status());
        let owed = record.owed(status).expect("a total");
        assert_eq!((payments.unanswered().next(), payments.plan(&owed)), (None, vec![]), "{steps:?}");
        let kept: u64 = self.money.values().map(|(taken, back)| taken - back).sum();
        let (payment, known) = self.shop.payment();
        assert_eq!(known, kept, "{steps:?}: the order knows the money");
        let is_failed = |refund: &&orders_domain::Refund| {
            refund.cause == RefundCause::Compensation
                && payments.status_of_refund(refund) == RefundStatus::Failed
        };
        // What people give back while a request is on its way makes the provider refuse it.
        let has_failed = payments.refunds().iter().any(|refund| is_failed(&refund));
        let is_left_to_people = payment == PaymentStatus::RefundDue && has_failed;
        let limit = if status == Status::Cancelled { 0 } else { TOTAL };
        assert!(kept <= limit || is_left_to_people, "{steps:?}: {status} {payment} {kept}");
        assert!(self.exceeding == 0 || steps.contains(&Step::Dashboard), "{steps:?}: too much was asked for");
        status
    }
}

#[test]
fn in_every_sequence_the_shop_has_what_it_is_owed_or_people_decide() {
    let (mut sequences, mut ends) = (0_u32, BTreeMap::new());
    for end in [Status::Cancelled, Status::Fulfilled] {
        let captures = [Step::Capture("p-1"), Step::Capture("p-2")];
        let others = [Step::Ask, Step::End(end), Step::Sweep, Step::CarryOut];
        let mut steps: Vec<_> = captures.into_iter().chain(others).collect();
        // What goes back without a request matters most when all has to go back.
        steps.extend((end == Status::Cancelled).then_some(Step::Dashboard));
        permutations(&mut steps, 0, &mut |steps| {
            let mut run = Run::new();
            for step in steps {
                run.step(*step);
            }
            *ends.entry(run.finish(steps).to_string()).or_insert(0_u32) += 1;
            sequences += 1;
        });
    }
    assert_eq!((sequences, ends.len()), (5_760, 3), "{ends:?}");
}
