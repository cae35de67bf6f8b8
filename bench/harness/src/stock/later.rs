//! Orders that are accepted, and processed later by two processors, in batches as in template.yaml.

use super::{Demand, Placed, Way, event};
use crate::error::Error;
use crate::gateway_event::body;
use crate::instance::{Instance, Invocation};
use crate::settings::StockSettings;
use crate::stores::Stores;
use crate::stub::Accepted;
use futures::future::{try_join, try_join_all};
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Number of batches that are processed at the same time.
const PROCESSORS: usize = 2;
/// Maximum number of messages of a batch.
const BATCH: usize = 100;
/// Maximum time for which a batch waits for more messages.
const WINDOW: Duration = Duration::from_secs(1);

/// Time without a decision after which the run fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Order that was accepted.
struct AcceptedOrder {
    id: String,
    latency: Duration,
    /// Time of the response.
    at: Instant,
}

/// Lets every instance accept orders for some time, and waits until all of them are decided.
pub(super) async fn place(
    demand: Demand,
    instances: &mut [Instance],
    stores: &Stores,
    settings: &StockSettings,
) -> Result<Placed, Error> {
    let accepted = stores.accepted()?;
    let mut processors = Vec::new();
    for _ in 0..PROCESSORS {
        processors.push(Instance::of("process-orders", stores, &settings.paths).await?);
    }
    let started = Instant::now();
    let end = started + settings.seconds;
    // The number of orders, once all are accepted.
    let total = Cell::new(None);
    let accepting = async {
        let orders = try_join_all(instances.iter_mut().map(|it| accept_until(end, demand, it))).await?;
        let orders: Vec<_> = orders.into_iter().flatten().collect();
        total.set(Some(orders.len()));
        Ok(orders)
    };
    let is_done = || total.get().is_some_and(|total| accepted.decided() >= total);
    let processing = try_join_all(processors.iter_mut().map(|it| process(it, accepted, is_done)));
    let (orders, _) = try_join(accepting, processing).await?;
    let decided = |order: &AcceptedOrder| accepted.decided_at(&order.id).map(|at| (order.at, at));
    let decided: Vec<_> = orders.iter().filter_map(decided).collect();
    if decided.len() != orders.len() {
        return Err(Error::Stores(
            format!("{} of {} orders are decided", decided.len(), orders.len()).into(),
        ));
    }
    let last = decided.iter().map(|(_, at)| *at).max().unwrap_or(started);
    Ok(Placed {
        way: Way::Later,
        latencies: orders.iter().map(|order| order.latency).collect(),
        // A decision can be faster than the response that announces it.
        decisions: Some(
            decided.iter().map(|(response, at)| at.saturating_duration_since(*response)).collect(),
        ),
        contended: 0,
        elapsed: last - started,
    })
}

/// Sends orders sequentially until `end`.
async fn accept_until(
    end: Instant,
    demand: Demand,
    instance: &mut Instance,
) -> Result<Vec<AcceptedOrder>, Error> {
    let mut orders = Vec::new();
    while Instant::now() < end {
        let mut id = None;
        let invocation = instance.invoke_expecting(event(Way::Later, demand), |response| {
            id = body(response)["order_id"].as_str().map(str::to_owned);
            response["statusCode"] == 202 && id.is_some()
        });
        let Invocation { latency, responded_at: at, .. } = invocation.await?;
        orders.extend(id.map(|id| AcceptedOrder { id, latency, at }));
    }
    Ok(orders)
}

/// Processes batches until all orders are decided. Messages that fail come again.
async fn process(
    processor: &mut Instance,
    accepted: &Accepted,
    is_done: impl Fn() -> bool,
) -> Result<(), Error> {
    let mut last = (accepted.decided(), Instant::now());
    while !is_done() {
        let decided = accepted.decided();
        if decided > last.0 {
            last = (decided, Instant::now());
        } else if last.1.elapsed() > PATIENCE {
            return Err(Error::Stores("no accepted order is decided any more".into()));
        }
        let batch = accepted.receive(BATCH, WINDOW).await;
        if batch.is_empty() {
            continue;
        }
        let mut failed = Vec::new();
        let invocation = processor.invoke_expecting(batch_event(&batch), |response| {
            let failures = response["batchItemFailures"].as_array();
            let index = |failure: &Value| failure["itemIdentifier"].as_str()?.parse::<usize>().ok();
            failed = failures.into_iter().flatten().filter_map(index).collect();
            failures.is_some()
        });
        invocation.await?;
        for body in failed.into_iter().filter_map(|index| batch.get(index)) {
            accepted.send(body.clone());
        }
    }
    Ok(())
}

/// Returns the event of a batch; the id of a message is its index.
fn batch_event(batch: &[String]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let record = |(index, body): (usize, &String)| {
        json!({
            "messageId": index.to_string(), "receiptHandle": "receipt", "body": body, "md5OfBody": "",
            "attributes": { "ApproximateReceiveCount": "1", "SentTimestamp": now }, "messageAttributes": {},
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:accepted-orders",
            "awsRegion": "us-east-1",
        })
    };
    json!({ "Records": batch.iter().enumerate().map(record).collect::<Vec<_>>() }).to_string()
}
