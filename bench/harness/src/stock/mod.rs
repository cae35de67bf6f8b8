//! Orders per second of one product that all buyers want, beside those of many products.

use crate::error::Error;
use crate::figures::{Percentiles, Samples};
use crate::gateway_event::{Request, body};
use crate::instance::Instance;
use crate::program::Program;
use crate::progress::Progress;
use crate::settings::StockSettings;
use crate::stores::Stores;
use futures::future::try_join_all;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Numbers of instances.
const INSTANCES: [usize; 6] = [1, 2, 4, 8, 16, 32];
/// Number of products of which buyers choose one at random.
const PRODUCTS: usize = 1_000;

/// Products that buyers want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Demand {
    /// All want the same one.
    One,
    /// Each wants one of a thousand.
    Many,
}

/// Throughput of a number of instances.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct StockThroughput {
    pub(crate) demand: Demand,
    pub(crate) instances: usize,
    pub(crate) per_second: f64,
    pub(crate) conflicts_per_second: f64,
    /// Transactions that were cancelled for each order, because others used their items.
    pub(crate) conflicts_per_order: f64,
    /// Requests that were answered with 503, in one.
    pub(crate) contended: f64,
    /// Latency of the requests that placed an order.
    pub(crate) latency: Percentiles,
}

/// Requests of an instance.
#[derive(Default)]
struct Requests {
    placed: Vec<Duration>,
    contended: usize,
}

impl Demand {
    const BOTH: [Self; 2] = [Self::One, Self::Many];

    /// Returns the name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "one product",
            Self::Many => "many products",
        }
    }

    fn sku(self) -> String {
        match self {
            Self::One => "TEA".to_owned(),
            Self::Many => format!("TEA-{}", fastrand::usize(..PRODUCTS)),
        }
    }
}

/// Measures each number of instances with both kinds of demand.
pub(crate) async fn measure(settings: &StockSettings) -> Result<Vec<StockThroughput>, Error> {
    let title = format!("stock, stores: {} ms", settings.delay.as_millis());
    let progress = Progress::new(title, INSTANCES.len() * Demand::BOTH.len());
    let mut results = Vec::new();
    for count in INSTANCES {
        for demand in Demand::BOTH {
            results.push(throughput(demand, count, settings).await?);
            progress.step();
        }
    }
    Ok(results)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
async fn throughput(
    demand: Demand,
    count: usize,
    settings: &StockSettings,
) -> Result<StockThroughput, Error> {
    let stores = Stores::stubs(settings.delay).await?;
    let stock = stores.stock()?;
    let program = Program::function("create-order", &settings.paths);
    let mut instances = Vec::new();
    for _ in 0..count {
        instances.push(Instance::start(&program, &stores.environment(), &settings.paths.logs()).await?);
    }
    let started = Instant::now();
    let end = started + settings.seconds;
    let requests = try_join_all(instances.iter_mut().map(|it| place_orders_until(end, demand, it))).await?;
    let elapsed = started.elapsed();
    let contended: usize = requests.iter().map(|it| it.contended).sum();
    let placed: Samples = requests.into_iter().flat_map(|it| it.placed).collect();
    let orders = placed.count();
    if stock.sold() != i64::try_from(orders).unwrap_or(i64::MAX) {
        return Err(Error::Stores(format!("{orders} orders of {} units", stock.sold()).into()));
    }
    let conflicts = stock.conflicts() as f64;
    Ok(StockThroughput {
        demand,
        instances: count,
        per_second: placed.rate(elapsed),
        conflicts_per_second: conflicts / elapsed.as_secs_f64(),
        conflicts_per_order: conflicts / orders as f64,
        contended: contended as f64 / (orders + contended) as f64,
        latency: placed.percentiles(),
    })
}

/// Places orders sequentially until `end`.
async fn place_orders_until(
    end: Instant,
    demand: Demand,
    instance: &mut Instance,
) -> Result<Requests, Error> {
    let mut requests = Requests::default();
    while Instant::now() < end {
        let mut is_placed = false;
        let invocation = instance.invoke_expecting(event(demand), |response| {
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

/// Returns the event of an order of one unit.
fn event(demand: Demand) -> String {
    static KEYS: AtomicU64 = AtomicU64::new(0);
    let key = format!("bench-{}-{}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed));
    let items = json!([{ "sku": demand.sku(), "qty": 1 }]);
    let order = json!({ "customer_id": "c-1", "currency": "USD", "items": items });
    let (headers, body) = (&[("idempotency-key", key.as_str())], Some(&order));
    Request { route: "POST /orders", path: "/orders", headers, body, ..Request::default() }.event()
}
