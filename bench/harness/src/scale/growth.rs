//! How long reading takes, among how many orders.

use crate::fault::Fault;
use crate::figures::{Percentiles, Samples};
use crate::instance::Instance;
use crate::operation::{Operation, request};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::{Stores, customer_id, order_id};
use crate::subject::Subject;
use serde::Serialize;
use serde_json::Value;

/// Of each kind, among each number of orders.
const READINGS: usize = 1_000;
/// Orders of a page, unless there are fewer.
const PAGE: usize = 20;

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
    pub(crate) latency: Percentiles,
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

/// Reads among more and more orders.
pub(crate) async fn measure(settings: &Settings) -> Result<Vec<Growth>, Fault> {
    let stores = Stores::database().await?;
    let start = async |function: &str| {
        let subject = Subject::function(function, settings);
        Instance::start(&subject, &stores.environment(), &settings.results.join("logs")).await
    };
    // The indexes are those of a deployment.
    let indexes = |answer: &Value| answer["indexes"].as_array().is_some_and(|names| !names.is_empty());
    start("migrate").await?.ask("{}".into(), indexes).await?;

    let mut results = Vec::new();
    for &orders in &settings.orders {
        let progress = Progress::new(format!("{}: filling to {orders} orders", stores.label()), orders);
        stores.fill(orders, &progress).await?;
        drop(progress);
        let readings = READINGS * Reading::ALL.len();
        let progress = Progress::new(format!("{}: reading among {orders}", stores.label()), readings);
        for reading in Reading::ALL {
            let mut instance = start(reading.function()).await?;
            let latency = read(&mut instance, reading, orders, &progress).await?;
            results.push(Growth { orders, reading, latency });
        }
    }
    Ok(results)
}

async fn read(
    instance: &mut Instance,
    reading: Reading,
    orders: usize,
    progress: &Progress,
) -> Result<Percentiles, Fault> {
    let cursor = match reading {
        Reading::NextPage => next_cursor(instance).await?,
        _ => String::new(),
    };
    let mut samples = Samples::default();
    for _ in 0..READINGS {
        let any = fastrand::u64(0..orders as u64);
        let event = match reading {
            Reading::One => Operation::Get.event(&order_id(any)),
            Reading::FirstPage => list(&[]),
            Reading::NextPage => list(&[("cursor", &cursor)]),
            Reading::OfCustomer => list(&[("customer_id", &customer_id(any))]),
        };
        let is_right = |answer: &Value| match reading {
            Reading::One => Operation::Get.is_answered_by(answer),
            Reading::FirstPage | Reading::NextPage => items(answer) == Some(PAGE.min(orders)),
            Reading::OfCustomer => items(answer) == Some(PAGE.min(orders.div_ceil(1_000))),
        };
        samples.push(instance.ask(event, is_right).await?.latency);
        progress.step();
    }
    Ok(samples.percentiles())
}

async fn next_cursor(instance: &mut Instance) -> Result<String, Fault> {
    let page = instance.ask(list(&[]), |answer| items(answer).is_some()).await?;
    let answer: Value = serde_json::from_slice(&page.answer).unwrap_or_default();
    let cursor = body(&answer)["next_cursor"].as_str().map(str::to_owned);
    cursor.ok_or_else(|| Fault::Stores("there are too few orders for a second page".into()))
}

fn list(query: &[(&str, &str)]) -> String {
    let limit = PAGE.to_string();
    let query = [&[("limit", limit.as_str())], query].concat();
    request("GET /orders", "/orders", &query, &[], None).to_string()
}

fn items(answer: &Value) -> Option<usize> {
    body(answer)["items"].as_array().filter(|_| answer["statusCode"] == 200).map(Vec::len)
}

fn body(answer: &Value) -> Value {
    answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default()
}
