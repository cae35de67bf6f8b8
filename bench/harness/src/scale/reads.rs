//! Latency of reads among increasing numbers of orders.

use crate::error::Error;
use crate::figures::{Percentiles, Samples};
use crate::gateway_event::{Request, body};
use crate::instance::Instance;
use crate::operation::{Operation, PAGE_SIZE};
use crate::progress::Progress;
use crate::settings::Paths;
use crate::stores::{CUSTOMERS, Stores, customer_id};
use serde::Serialize;
use serde_json::Value;

/// Number of reads of each kind, among each number of orders.
const SAMPLES: usize = 200;

/// Kind of read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadKind {
    /// An order by its id.
    One,
    /// The newest orders.
    FirstPage,
    /// The second page.
    NextPage,
    /// The newest orders of one customer.
    OfCustomer,
}

/// Latency of a kind of read among some orders.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct ReadLatency {
    pub(crate) orders: usize,
    pub(crate) kind: ReadKind,
    /// `None` when the function responds with 503. SecantusDB reads all matching orders before it returns
    /// the first, so the function may time out.
    pub(crate) latency: Option<Percentiles>,
}

impl ReadKind {
    const ALL: [Self; 4] = [Self::One, Self::FirstPage, Self::NextPage, Self::OfCustomer];

    /// Returns the name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::One => "GET /orders/{id}",
            Self::FirstPage => "GET /orders, first page",
            Self::NextPage => "GET /orders, next page",
            Self::OfCustomer => "GET /orders of a customer",
        }
    }

    fn function(self) -> &'static str {
        if self == Self::One { "get-order" } else { "list-orders" }
    }

    /// Returns the event for a read; `n` is the number of the order, or of any order of the customer.
    fn event(self, n: usize, cursor: &str, stores: &Stores) -> Result<String, Error> {
        Ok(match self {
            Self::One => Operation::Get.event(&stores.order_id(n)?),
            Self::NextPage if !cursor.is_empty() => list(&[("cursor", cursor)]),
            Self::FirstPage | Self::NextPage => list(&[]),
            Self::OfCustomer => list(&[("customer_id", &customer_id(n))]),
        })
    }

    /// Returns the expected numbers of the orders in the response, newest first, among `orders` orders.
    fn expected(self, n: usize, orders: usize) -> Vec<usize> {
        match self {
            Self::One => vec![n],
            Self::FirstPage => (0..orders).rev().take(PAGE_SIZE).collect(),
            Self::NextPage => (0..orders).rev().skip(PAGE_SIZE).take(PAGE_SIZE).collect(),
            Self::OfCustomer => (n % CUSTOMERS..orders).step_by(CUSTOMERS).rev().take(PAGE_SIZE).collect(),
        }
    }
}

/// Measures every kind of read among some orders in SecantusDB, with the indexes of a deployment.
pub(crate) async fn measure(orders: usize, paths: &Paths) -> Result<Vec<ReadLatency>, Error> {
    let stores = Stores::database(&paths.results.join("data"), orders).await?;
    let has_created_some = |report: &Value| report["indexes"].as_array().is_some_and(|it| !it.is_empty());
    Instance::of("migrate", &stores, paths).await?.invoke_expecting("{}".into(), has_created_some).await?;

    let progress = Progress::new(format!("{}, placing {orders} orders", stores.label()), orders);
    stores.fill(orders, |inserted| progress.steps(inserted)).await?;
    drop(progress);

    let title = format!("{}, reads among {orders} orders", stores.label());
    let progress = Progress::new(title, SAMPLES * ReadKind::ALL.len());
    let mut results = Vec::new();
    for kind in ReadKind::ALL {
        let mut instance = Instance::of(kind.function(), &stores, paths).await?;
        let latency = measure_kind(kind, &mut instance, (&stores, orders), &progress).await?;
        results.push(ReadLatency { orders, kind, latency });
    }
    Ok(results)
}

async fn measure_kind(
    kind: ReadKind,
    instance: &mut Instance,
    (stores, orders): (&Stores, usize),
    progress: &Progress,
) -> Result<Option<Percentiles>, Error> {
    // Shows whether the function responds, and contains the cursor of the next page.
    let first = instance.invoke(kind.event(0, "", stores)?).await?;
    let first: Value = serde_json::from_slice(&first.response).unwrap_or_default();
    if first["statusCode"] == 503 {
        return Ok(None);
    }
    let cursor = body(&first)["next_cursor"].as_str().unwrap_or_default().to_owned();
    let mut samples = Samples::default();
    for _ in 0..SAMPLES {
        let n = fastrand::usize(0..orders);
        let numbers = kind.expected(n, orders).into_iter();
        let expected = numbers.map(|n| stores.order_id(n)).collect::<Result<Vec<_>, _>>()?;
        let is_expected = |response: &Value| response["statusCode"] == 200 && order_ids(response) == expected;
        let event = kind.event(n, &cursor, stores)?;
        samples.push(instance.invoke_expecting(event, is_expected).await?.latency);
        progress.step();
    }
    Ok(Some(samples.percentiles()))
}

fn list(query: &[(&str, &str)]) -> String {
    let limit = PAGE_SIZE.to_string();
    let query = &[&[("limit", limit.as_str())], query].concat();
    Request { route: "GET /orders", path: "/orders", query, ..Request::default() }.event()
}

/// Returns the id of the order, or the ids of the orders on the page, in a response.
fn order_ids(response: &Value) -> Vec<String> {
    let body = body(response);
    let orders = body["items"].as_array().filter(|_| body["order_id"].is_null()).cloned();
    let orders = orders.unwrap_or_else(|| vec![body]);
    orders.iter().filter_map(|order| order["order_id"].as_str().map(str::to_owned)).collect()
}
