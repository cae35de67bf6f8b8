//! How long reading takes, among how many orders.

use crate::fault::Fault;
use crate::figures::{Percentiles, Samples};
use crate::instance::Instance;
use crate::operation::{Operation, PAGE, body, request};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::{CUSTOMERS, Stores, customer_id};
use serde::Serialize;
use serde_json::Value;

/// Of each kind, among each number of orders.
const READINGS: usize = 200;

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reading {
    /// Any order by its id.
    One,
    /// The newest orders.
    FirstPage,
    /// The page behind those.
    NextPage,
    /// The newest orders of one customer.
    OfCustomer,
}

/// How long a kind of reading takes among some orders.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Growth {
    pub(crate) orders: usize,
    pub(crate) reading: Reading,
    /// `None` where SecantusDB, which reads all that match before it takes the first, lets the function
    /// run out of time: 503.
    pub(crate) latency: Option<Percentiles>,
}

impl Reading {
    const ALL: [Self; 4] = [Self::One, Self::FirstPage, Self::NextPage, Self::OfCustomer];

    /// The name in reports.
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
}

/// Reads among some orders.
pub(crate) async fn measure(settings: &Settings, orders: usize) -> Result<Vec<Growth>, Fault> {
    let stores = Stores::database(settings, orders).await?;
    let title = format!("{}: placing {orders} orders", stores.label());
    stores.fill(orders, &Progress::new(title, orders)).await?;
    let title = format!("{}: reading among {orders}", stores.label());
    let progress = Progress::new(title, READINGS * Reading::ALL.len());
    let mut results = Vec::new();
    for reading in Reading::ALL {
        let mut instance = Instance::of(reading.function(), &stores, settings).await?;
        let latency = read(&mut instance, reading, (&stores, orders), &progress).await?;
        results.push(Growth { orders, reading, latency });
    }
    Ok(results)
}

async fn read(
    instance: &mut Instance,
    reading: Reading,
    (stores, orders): (&Stores, usize),
    progress: &Progress,
) -> Result<Option<Percentiles>, Fault> {
    // Finds out whether there is an answer at all, and where the next page begins.
    let first = instance.invoke(event(reading, &stores.order_id(0)?, 0, "")).await?;
    let first: Value = serde_json::from_slice(&first.answer).unwrap_or_default();
    if first["statusCode"] == 503 {
        return Ok(None);
    }
    let cursor = body(&first)["next_cursor"].as_str().unwrap_or_default().to_owned();
    let mut samples = Samples::default();
    for _ in 0..READINGS {
        let any = fastrand::usize(0..orders);
        // Orders are numbered, and the newest comes first.
        let numbers: Vec<_> = match reading {
            Reading::One => vec![any],
            Reading::FirstPage => (0..orders).rev().take(PAGE).collect(),
            Reading::NextPage => (0..orders).rev().skip(PAGE).take(PAGE).collect(),
            Reading::OfCustomer => (any % CUSTOMERS..orders).step_by(CUSTOMERS).rev().take(PAGE).collect(),
        };
        let expected = numbers.into_iter().map(|n| stores.order_id(n)).collect::<Result<Vec<_>, _>>()?;
        let event = event(reading, &stores.order_id(any)?, any, &cursor);
        let is_right = |answer: &Value| answer["statusCode"] == 200 && order_ids(answer) == expected;
        samples.push(instance.ask(event, is_right).await?.latency);
        progress.step();
    }
    Ok(Some(samples.percentiles()))
}

fn event(reading: Reading, id: &str, number: usize, cursor: &str) -> String {
    match reading {
        Reading::One => Operation::Get.event(id),
        Reading::NextPage if !cursor.is_empty() => list(&[("cursor", cursor)]),
        Reading::FirstPage | Reading::NextPage => list(&[]),
        Reading::OfCustomer => list(&[("customer_id", &customer_id(number))]),
    }
}

fn list(query: &[(&str, &str)]) -> String {
    let limit = PAGE.to_string();
    let query = [&[("limit", limit.as_str())], query].concat();
    request("GET /orders", "/orders", &query, &[], None).to_string()
}

/// Of the order, or of the page's orders.
fn order_ids(answer: &Value) -> Vec<String> {
    let body = body(answer);
    let orders = body["items"].as_array().filter(|_| body["order_id"].is_null()).cloned();
    let orders = orders.unwrap_or_else(|| vec![body]);
    orders.iter().filter_map(|order| order["order_id"].as_str().map(str::to_owned)).collect()
}
