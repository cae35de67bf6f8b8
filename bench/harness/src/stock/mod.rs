//! Orders per second of one product that all buyers want, beside those of many products: processed at once, and later.

mod at_once;
mod later;

use crate::error::Error;
use crate::figures::{Percentiles, Samples};
use crate::gateway_event::Request;
use crate::instance::Instance;
use crate::progress::Progress;
use crate::settings::StockSettings;
use crate::stores::Stores;
use crate::stub::Stock;
use serde::Serialize;
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

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

/// Time at which orders are processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// By the request.
    AtOnce,
    /// By the processor, after the response.
    Later,
}

/// Throughput of a number of instances of `create-order`.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct StockThroughput {
    pub(crate) way: Way,
    pub(crate) demand: Demand,
    pub(crate) instances: usize,
    /// Orders that were decided, per second.
    pub(crate) per_second: f64,
    pub(crate) conflicts_per_second: f64,
    /// Transactions that were cancelled for each order, because others used their items.
    pub(crate) conflicts_per_order: f64,
    /// Requests that were answered with 503, in one.
    pub(crate) contended: f64,
    /// Latency of the requests that placed an order.
    pub(crate) latency: Percentiles,
    /// Time from the response to the decision; `None` for orders that are processed at once.
    pub(crate) decision: Option<Percentiles>,
}

/// Orders that were placed.
struct Placed {
    way: Way,
    latencies: Samples,
    decisions: Option<Samples>,
    contended: usize,
    /// Time until all orders were decided.
    elapsed: Duration,
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

impl Way {
    const BOTH: [Self; 2] = [Self::AtOnce, Self::Later];

    /// Returns the name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::Later => "later",
        }
    }
}

/// Measures each number of instances with both kinds of demand, both ways in turns.
pub(crate) async fn measure(settings: &StockSettings) -> Result<Vec<StockThroughput>, Error> {
    let title = format!("stock, stores: {} ms", settings.delay.as_millis());
    let progress = Progress::new(title, INSTANCES.len() * Demand::BOTH.len() * Way::BOTH.len());
    let mut results = Vec::new();
    for demand in Demand::BOTH {
        for count in INSTANCES {
            for way in Way::BOTH {
                results.push(throughput(way, demand, count, settings).await?);
                progress.step();
            }
        }
    }
    Ok(results)
}

async fn throughput(
    way: Way,
    demand: Demand,
    count: usize,
    settings: &StockSettings,
) -> Result<StockThroughput, Error> {
    let stores = Stores::stubs(settings.delay).await?;
    let mut instances = Vec::new();
    for _ in 0..count {
        instances.push(Instance::of("create-order", &stores, &settings.paths).await?);
    }
    let placed = match way {
        Way::AtOnce => at_once::place(demand, &mut instances, settings.seconds).await?,
        Way::Later => later::place(demand, &mut instances, &stores, settings).await?,
    };
    placed.throughput(demand, count, stores.stock()?)
}

impl Placed {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn throughput(self, demand: Demand, instances: usize, stock: &Stock) -> Result<StockThroughput, Error> {
        let Self { way, latencies, decisions, contended, elapsed } = self;
        let orders = latencies.count();
        if stock.sold() != i64::try_from(orders).unwrap_or(i64::MAX) {
            return Err(Error::Stores(format!("{orders} orders of {} units", stock.sold()).into()));
        }
        let conflicts = stock.conflicts() as f64;
        Ok(StockThroughput {
            way,
            demand,
            instances,
            per_second: latencies.rate(elapsed),
            conflicts_per_second: conflicts / elapsed.as_secs_f64(),
            conflicts_per_order: conflicts / orders as f64,
            contended: contended as f64 / (orders + contended) as f64,
            latency: latencies.percentiles(),
            decision: decisions.map(Samples::percentiles),
        })
    }
}

/// Returns the event of an order of one unit.
fn event(way: Way, demand: Demand) -> String {
    static KEYS: AtomicU64 = AtomicU64::new(0);
    let key = format!("bench-{}-{}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed));
    let items = json!([{ "sku": demand.sku(), "qty": 1, "expected_price": "9.99" }]);
    let order = json!({ "customer_id": "c-1", "currency": "USD", "items": items });
    let headers = [("idempotency-key", key.as_str()), ("prefer", "respond-async")];
    let headers = &headers[..if way == Way::Later { 2 } else { 1 }];
    let body = Some(&order);
    Request { route: "POST /orders", path: "/orders", headers, body, ..Request::default() }.event()
}
