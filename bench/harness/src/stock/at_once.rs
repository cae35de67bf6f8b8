//! Orders that the request processes.

use super::{Demand, Placed, Way, event};
use crate::error::Error;
use crate::figures::Samples;
use crate::gateway_event::body;
use crate::instance::Instance;
use futures::future::try_join_all;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Requests of an instance.
#[derive(Default)]
struct Requests {
    placed: Vec<Duration>,
    contended: usize,
}

/// Lets every instance place orders for some time.
pub(super) async fn place(
    demand: Demand,
    instances: &mut [Instance],
    seconds: Duration,
) -> Result<Placed, Error> {
    let started = Instant::now();
    let end = started + seconds;
    let requests = try_join_all(instances.iter_mut().map(|it| place_until(end, demand, it))).await?;
    let elapsed = started.elapsed();
    let contended = requests.iter().map(|it| it.contended).sum();
    let latencies: Samples = requests.into_iter().flat_map(|it| it.placed).collect();
    Ok(Placed { way: Way::AtOnce, latencies, decisions: None, contended, elapsed })
}

/// Places orders sequentially until `end`.
async fn place_until(end: Instant, demand: Demand, instance: &mut Instance) -> Result<Requests, Error> {
    let mut requests = Requests::default();
    while Instant::now() < end {
        let mut is_placed = false;
        let invocation = instance.invoke_expecting(event(Way::AtOnce, demand), |response| {
            is_placed = response["statusCode"] == 201 && body(response)["amount_total"] == "9.99";
            is_placed || is_contended(response)
        });
        let latency = invocation.await?.latency;
        if is_placed {
            requests.placed.push(latency);
        } else {
            requests.contended += 1;
        }
    }
    Ok(requests)
}

fn is_contended(response: &Value) -> bool {
    let kind = body(response)["type"].as_str().map(|kind| kind.ends_with(":stock-contention"));
    response["statusCode"] == 503 && kind == Some(true)
}
