//! Payment provider, second part: carries out the requests of the system, and answers each.
//!
//! The queue delivers a request at least once, and the provider executes it once: its id is the idempotency key. A refund of
//! more than is there is always refused, and some other requests are. An accepted refund can be pending first, and fail later.
//! The webhook of the same object, which does not name the request, arrives before or after the answer.

use crate::fault_plan::PortDefect;
use crate::provider::deliver;
use crate::world::World;
use kernel::Money;
use orders_domain::{FactKind, Operation, OrderId, OrderKey, PaymentFact, PaymentReference, ProviderRequest};
use std::sync::Arc;

/// Probability in 1 of 1000 with which the provider refuses a request.
const REFUSED: u16 = 120;
/// Probability in 1 of 1000 with which the provider has no outcome yet when a request is delivered. A later delivery has it.
const NO_OUTCOME_YET: u16 = 60;

/// Report of the provider to the system.
struct Report {
    fact: PaymentFact,
    /// Refund that fails in the moment of the report.
    failing: Option<PaymentReference>,
}

/// Carries out random requests of the queue for a while.
pub(crate) async fn run_provider_of_requests(world: Arc<World>, name: String) {
    while world.happens(985) {
        world.yield_turn().await;
        if let Some((order, request)) = world.provider_queue.take(&world) {
            answer(&world, &name, &order, &request).await;
        }
    }
}

/// Carries out all requests of the queue.
pub(crate) async fn carry_out_all(world: Arc<World>, name: String) {
    while let Some((order, request)) = world.provider_queue.take(&world) {
        answer(&world, &name, &order, &request).await;
    }
}

/// Carries out a request, and reports its outcome in any sequence.
async fn answer(world: &Arc<World>, name: &str, order: &OrderKey, request: &ProviderRequest) {
    let mut reports = carry_out(world, order.id, request);
    world.trace(|| format!("{name} carries out {request:?}"));
    while !reports.is_empty() {
        let Report { fact, failing } = reports.swap_remove(world.below(reports.len()));
        if let Some(refund) = failing {
            world.ledger().fail_refund(&refund);
        }
        if fact.request.is_some() && world.happens(NO_OUTCOME_YET) {
            continue;
        }
        deliver(world, name, order.id, &fact).await;
    }
}

/// Returns the reports about a request. A repeated one has the same answer.
fn carry_out(world: &World, order: OrderId, request: &ProviderRequest) -> Vec<Report> {
    let known = world.ledger().answer(&request.id);
    let is_ignored = world.plan().defect == Some(PortDefect::IdempotencyKeyIgnored);
    if let Some(fact) = known.filter(|_| !is_ignored) {
        return vec![Report { fact, failing: None }];
    }
    let reports = execute(world, order, request);
    let answer = reports.iter().find(|report| report.fact.request.is_some());
    world.ledger().keep_answer(&request.id, &answer.expect("an answer").fact);
    reports
}

fn execute(world: &World, order: OrderId, request: &ProviderRequest) -> Vec<Report> {
    let is_refused = world.happens(REFUSED);
    match &request.operation {
        Operation::Refund { payment, money, .. } => refund(world, request, payment, *money, is_refused),
        Operation::Charge { money, is_captured, .. } => {
            let payment = format!("pay-{}", request.id).parse().expect("a reference");
            charge(
                world,
                request,
                &Charge { order, payment, money: *money, is_captured: *is_captured },
                is_refused,
            )
        }
        Operation::Capture { payment, money } => {
            let is_done = !is_refused && world.ledger().capture(payment, money.minor_units());
            world.count(|figures| figures.captures += u64::from(is_done));
            let kind = if is_done { FactKind::Captured } else { FactKind::Failed };
            with_webhook(world, of_request(request, payment, kind, None, is_done.then_some(*money)))
        }
        Operation::Void { payment } => {
            let is_done = !is_refused && world.ledger().void(payment);
            world.count(|figures| figures.voids += u64::from(is_done));
            let kind = if is_done { FactKind::Voided } else { FactKind::Failed };
            with_webhook(world, of_request(request, payment, kind, None, None))
        }
        Operation::Unknown => Vec::new(),
    }
}

struct Charge {
    order: OrderId,
    payment: PaymentReference,
    money: Money,
    is_captured: bool,
}

fn charge(world: &World, request: &ProviderRequest, charge: &Charge, is_refused: bool) -> Vec<Report> {
    let Charge { order, payment, money, is_captured } = charge;
    if is_refused {
        let none = request.id.as_str().parse().expect("a reference");
        return vec![answered(of_request(request, &none, FactKind::Failed, None, None))];
    }
    world.count(|figures| figures.charges += 1);
    let kind = if *is_captured {
        world.ledger().take(*order, payment, money.minor_units());
        FactKind::Captured
    } else {
        world.ledger().authorize(*order, payment, money.minor_units());
        FactKind::Authorized
    };
    with_webhook(world, of_request(request, payment, kind, None, Some(*money)))
}

fn refund(
    world: &World,
    request: &ProviderRequest,
    payment: &PaymentReference,
    money: Money,
    is_refused: bool,
) -> Vec<Report> {
    let refund =
        if is_refused { None } else { world.ledger().refund(&request.id, payment, money.minor_units()) };
    let Some(refund) = refund else {
        world.count(|figures| figures.refunds_refused += 1);
        let none = request.id.as_str().parse().expect("a reference");
        return vec![answered(of_request(request, payment, FactKind::RefundFailed, Some(none), None))];
    };
    world.count(|figures| figures.refunds_made += 1);
    let fact = |kind, money| of_request(request, payment, kind, Some(refund.clone()), money);
    let refunded = fact(FactKind::Refunded, Some(money));
    let failed = Report { fact: webhook(&fact(FactKind::RefundFailed, None)), failing: Some(refund.clone()) };
    if world.happens(300) {
        let pending = answered(fact(FactKind::RefundPending, None));
        let end = if world.happens(200) { failed } else { answered(webhook(&refunded)) };
        return vec![pending, end];
    }
    let mut reports = with_webhook(world, refunded);
    // A bank can send the money back after all.
    reports.extend(world.happens(50).then_some(failed));
    reports
}

/// Returns the fact that answers a request.
fn of_request(
    request: &ProviderRequest,
    payment: &PaymentReference,
    kind: FactKind,
    object: Option<PaymentReference>,
    money: Option<Money>,
) -> PaymentFact {
    PaymentFact {
        provider: request.provider.clone(),
        payment: payment.clone(),
        kind,
        object,
        money,
        reason: None,
        until: None,
        request: Some(request.id.clone()),
    }
}

/// Returns the same fact, as a webhook has it.
fn webhook(fact: &PaymentFact) -> PaymentFact {
    PaymentFact { request: None, ..fact.clone() }
}

fn answered(fact: PaymentFact) -> Report {
    Report { fact, failing: None }
}

/// Returns an answer, sometimes with the webhook of the same object.
fn with_webhook(world: &World, answer: PaymentFact) -> Vec<Report> {
    let webhook = world.happens(300).then(|| answered(webhook(&answer)));
    webhook.into_iter().chain([answered(answer)]).collect()
}
