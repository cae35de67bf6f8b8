//! How long reading takes, among how many orders.

use crate::fault::Fault;
use crate::figures::{Percentiles, Samples};
use crate::instance::Instance;
use crate::operation::{Operation, PAGE, body, request};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::{CUSTOMERS, Stores, customer_id, order_id};
use serde::Serialize;
use serde_json::Value;

/// Of each kind, among each number of orders.
const READINGS: usize = 1_000;

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
    let stores = Stores::database(settings).await?;
    let (mut results, mut there) = (Vec::new(), 0);
    for &orders in &settings.orders {
        let title = format!("{}: filling to {orders} orders", stores.label());
        stores.fill(orders, &Progress::new(title, orders - there)).await?;
        there = orders;
        let title = format!("{}: reading among {orders}", stores.label());
        let progress = Progress::new(title, READINGS * Reading::ALL.len());
        for reading in Reading::ALL {
            let mut instance = Instance::of(reading.function(), &stores, settings).await?;
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
    // Orders are numbered, and the newest comes first.
    let newest = (0..orders).rev().map(order_id);
    let mut samples = Samples::default();
    for _ in 0..READINGS {
        let any = fastrand::usize(0..orders);
        let (event, expected): (_, Vec<_>) = match reading {
            Reading::One => (Operation::Get.event(&order_id(any)), vec![order_id(any)]),
            Reading::FirstPage => (list(&[]), newest.clone().take(PAGE).collect()),
            Reading::NextPage => {
                (list(&[("cursor", &cursor)]), newest.clone().skip(PAGE).take(PAGE).collect())
            }
            Reading::OfCustomer => {
                let theirs = (any % CUSTOMERS..orders).step_by(CUSTOMERS).rev().map(order_id);
                (list(&[("customer_id", &customer_id(any))]), theirs.take(PAGE).collect())
            }
        };
        let is_right = |answer: &Value| answer["statusCode"] == 200 && order_ids(answer) == expected;
        samples.push(instance.ask(event, is_right).await?.latency);
        progress.step();
    }
    Ok(samples.percentiles())
}

async fn next_cursor(instance: &mut Instance) -> Result<String, Fault> {
    let page = instance.ask(list(&[]), |answer| order_ids(answer).len() == PAGE).await?;
    let answer: Value = serde_json::from_slice(&page.answer).unwrap_or_default();
    let cursor = body(&answer)["next_cursor"].as_str().map(str::to_owned);
    cursor.ok_or_else(|| Fault::Stores("the first page has no next_cursor".into()))
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
