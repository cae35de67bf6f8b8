//! Processor of accepted orders: takes batches of messages, and deletes those whose orders are decided.

use crate::accepted_queue::Message;
use crate::client::PAYMENT_WINDOW;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use orders_domain::ports::{ProcessingProgress as _, Progress};
use orders_domain::{LeasedNumbers, ProcessOrders, Processed};
use orders_eventbridge::OutboxEvents;
use std::sync::Arc;

/// Maximum number of messages of a batch.
const MAX_BATCH: usize = 10;

type Processing = ProcessOrders<Ports, Ports, Ports, Ports, Ports, Ports, OutboxEvents<Ports, Ports>, Ports>;

/// Processes random batches for a while.
pub(crate) async fn run_processor(world: Arc<World>, name: String) {
    let processing = Arc::new(processing(&world, &name));
    while world.happens(994) {
        world.yield_turn().await;
        process_batch(&world, &processing, &name).await;
    }
}

/// Processes all messages that are visible.
pub(crate) async fn process_all(world: Arc<World>, name: String) {
    let processing = Arc::new(processing(&world, &name));
    while process_batch(&world, &processing, &name).await > 0 {}
}

/// Returns the use case of an instance of the function.
fn processing(world: &Arc<World>, name: &str) -> Processing {
    let ports = Ports { world: Arc::clone(world), process: name.to_owned() };
    ProcessOrders {
        accepted: ports.clone(),
        stock: ports.clone(),
        screening: ports.clone(),
        orders: ports.clone(),
        numbers: Some(LeasedNumbers::new(ports.clone())),
        statuses: ports.clone(),
        events: OutboxEvents::new(ports.clone(), ports.clone()),
        payments: ports,
        payment_window: Some(PAYMENT_WINDOW),
        claim_ttl: world.plan().ttl,
        concurrency: 2,
    }
}

/// Processes a batch. A message whose response is lost, or whose order is not decided, is delivered again. Returns the
/// number of messages.
async fn process_batch(world: &Arc<World>, processing: &Arc<Processing>, name: &str) -> usize {
    let batch = world.accepted_queue.receive(world, 1 + world.below(MAX_BATCH));
    if batch.is_empty() {
        return 0;
    }
    let handle = |responder| process(Arc::clone(world), Arc::clone(processing), batch.clone(), responder);
    let decided = invoke(world, name.to_owned(), handle).receive(world).await.unwrap_or_default();
    for (message, _) in batch.iter().zip(decided).filter(|(_, is_decided)| *is_decided) {
        world.accepted_queue.delete(message);
    }
    batch.len()
}

/// Processes a batch like the function. Responds, for each message, with `false` for another delivery.
async fn process(
    world: Arc<World>,
    processing: Arc<Processing>,
    batch: Vec<Message>,
    responder: Responder<Vec<bool>>,
) {
    let now = world.now();
    if let Some(age) = batch.iter().map(|message| now.since(message.sent_at)).max() {
        // After a failure, the sweeper knows an earlier age of the queue.
        let _ = processing.accepted.note(Progress { age, at: now }).await;
    }
    let keys: Vec<_> = batch.into_iter().map(|message| message.key).collect();
    let decided = match processing.run(&keys, || world.now()).await {
        Ok(report) => report.orders.iter().map(|it| !matches!(it, Processed::Failed(_))).collect(),
        Err(_) => Vec::new(),
    };
    responder.respond(decided);
}
