//! Client that places an order: at once, or to be processed later. It retries a request without a response, with the
//! same key.

use crate::client::{MAX_ATTEMPTS, publish};
use crate::observation::Observation;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::request::Request;
use crate::world::World;
use kernel::Tenant;
use orders_domain::ports::{AcceptedClaim, ClaimedKey, Holder, OrderStatuses, StockClaims as _};
use orders_domain::{
    AcceptedPlacement, LeasedNumbers, OrderId, PlaceOrderError, Placement, accept_order, find_accepted,
    place_order,
};
use std::sync::Arc;

/// Probability in 1 of 1000 with which an attempt of a client prefers that the order is processed later.
const LATER: u16 = 600;
/// Maximum number of times that a client reads the status of its order after a response.
const MAX_POLLS: usize = 4;

/// Response to a request for an order.
type Response = Result<Placement, PlaceOrderError>;

/// Function that places orders.
#[derive(Clone)]
struct Function {
    world: Arc<World>,
    /// Numbers of the instance.
    numbers: Arc<LeasedNumbers<Ports>>,
}

/// Places an order at once.
pub(crate) async fn run_placing_client(world: Arc<World>, name: String) {
    let request = Request::at_once(&world);
    run(world, name, request, 0).await;
}

/// Places an order that may be processed later. The client knows the present price.
pub(crate) async fn run_accepting_client(world: Arc<World>, name: String) {
    while world.happens(970) {
        world.yield_turn().await;
    }
    let request = Request::later(&world);
    run(world, name, request, LATER).await;
}

/// Sends a request until it has a response, and sometimes again. `later` is the probability in 1 of 1000 with which an
/// attempt prefers that the order is processed later.
async fn run(world: Arc<World>, name: String, request: Request, later: u16) {
    world.observe(Observation::Requested { request: request.clone() });
    let ports = Ports { world: Arc::clone(&world), process: name.clone() };
    // The attempts of a client reach the same instance.
    let function =
        Function { world: Arc::clone(&world), numbers: Arc::new(LeasedNumbers::new(ports.clone())) };
    let mut is_accepted = false;
    for number in 1..=MAX_ATTEMPTS {
        let process = format!("{name}.{number}");
        let is_later = (request.needs_preference() && !is_accepted) || world.happens(later);
        let handle =
            |responder| function.clone().handle(process.clone(), request.clone(), is_later, responder);
        let request = request.clone();
        match invoke(&world, process.clone(), handle).receive(&world).await {
            Some(Ok(Placement::Placed(placed))) => {
                world.count(|figures| figures.replays += u64::from(placed.is_replay));
                world.observe(Observation::Placed { request, order: placed.order });
            }
            Some(Ok(Placement::Accepted(AcceptedClaim { order, response, .. }))) => {
                is_accepted = true;
                world.observe(Observation::Accepted { request, order, response });
                poll(&world, &ports, order).await;
            }
            Some(Err(PlaceOrderError::Rejected(reason))) => {
                world.observe(Observation::Rejected { request, reason });
            }
            // No request that is processed at once has an external id: the audit finds the other refusals wrong.
            Some(Err(PlaceOrderError::KeyReused | PlaceOrderError::ExternalIdTaken)) => {
                world.count(|figures| figures.keys_reused += 1);
                return world.observe(Observation::KeyReused { request });
            }
            Some(Err(PlaceOrderError::Products(_))) => {
                world.count(|figures| figures.products_refused += 1);
                return world.observe(Observation::ProductsRefused { is_accepted });
            }
            Some(Err(
                PlaceOrderError::Number(_)
                | PlaceOrderError::Claim(_)
                | PlaceOrderError::Insert(_)
                | PlaceOrderError::Contended,
            ))
            | None => continue,
        }
        if world.happens(if is_accepted { 400 } else { 600 }) {
            return;
        }
    }
}

/// Reads the status of an accepted order a few times.
async fn poll(world: &Arc<World>, ports: &Ports, order: OrderId) {
    for _ in 0..world.below(1 + MAX_POLLS) {
        while world.happens(970) {
            world.yield_turn().await;
        }
        let known = world.known_status(order);
        if let Ok(status) = OrderStatuses::find(ports, order).await {
            world.observe(Observation::StatusRead { order, known, status });
        }
    }
}

impl Function {
    /// Handles a request. Sends the response first, like every function, and then publishes the record that the use case
    /// returns.
    async fn handle(self, process: String, request: Request, is_later: bool, responder: Responder<Response>) {
        let now = self.world.now();
        let ports = Ports { world: Arc::clone(&self.world), process };
        let response = if is_later {
            self.accept(&ports, &request).await
        } else if request.needs_preference() {
            self.find(&ports, &request).await
        } else {
            let command = request.place(&self.world, now);
            place_order(&ports, &ports, &ports, Some(&self.numbers), command).await
        };
        let record = match &response {
            Ok(Placement::Placed(placed)) => placed.unpublished.clone(),
            _ => None,
        };
        responder.respond(response);
        if let Some(record) = record {
            publish(ports.clone(), &record, now).await;
            if record.order().has_products() {
                // A failure leaves the reservation to the sweeper.
                let _ = ports.close(&record.order().key()).await;
            }
        }
    }

    /// Accepts an order that is processed later.
    async fn accept(&self, ports: &Ports, request: &Request) -> Response {
        let command = request.accept(&self.world, &ports.process, self.world.now());
        let accepted = accept_order(ports, ports, ports, Some(&*self.numbers), command).await;
        accepted.map(|accepted| match accepted {
            AcceptedPlacement::Placed(placed) => Placement::Placed(placed),
            AcceptedPlacement::Accepted { order, response, .. } => {
                Placement::Accepted(AcceptedClaim { order, response, is_decided: false })
            }
        })
    }

    /// Returns what became of an accepted order that can't be placed at once.
    async fn find(&self, ports: &Ports, request: &Request) -> Response {
        let tenant = Tenant::default();
        let key = request.key.parse().expect("a key");
        let (fingerprint, at) = (request.accepted().fingerprint(), self.world.now());
        let key = ClaimedKey { tenant: &tenant, key: &key, customer: None, fingerprint, at };
        match ports.holder(&key).await.map_err(PlaceOrderError::Claim)? {
            Some(Holder::Accepted(claim)) => find_accepted(ports, &tenant, claim).await,
            // The client has a response that the order is accepted: the audit finds this refusal wrong.
            Some(Holder::Equal(_) | Holder::Another) | None => Err(PlaceOrderError::KeyReused),
        }
    }
}
