//! Contract of `Screening` by counters.

use crate::{aws, tenant};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use kernel::{Money, Tenant, Timestamp};
use orders_domain::ports::Screening;
use orders_domain::{Decision, Order, OrderId, ScreeningLimits, ScreeningThresholds};
use orders_dynamodb::{DynamoDbScreening, ScreeningSettings};
use orders_in_memory::{InMemoryScreening, sample_request};
use orders_tests::{TestServers, fresh_key};

/// Seconds at which an hour of the clock begins.
const HOUR_S: i64 = 491_636 * 3600;

/// Returns thresholds: a review beyond 3 orders or 39.60 USD, a rejection beyond 5 or 59.40 USD.
fn thresholds() -> ScreeningThresholds {
    let limits = |orders: u32, amount: &str| ScreeningLimits {
        orders_per_hour: orders.try_into().ok(),
        amounts: vec![Money::parse(amount, "USD".parse().expect("a currency")).expect("money")],
    };
    ScreeningThresholds::new(limits(3, "39.60"), limits(5, "59.40")).expect("thresholds")
}

fn dynamodb() -> DynamoDbScreening {
    let table = TestServers::shared().screening_table.clone();
    DynamoDbScreening::new(&aws(), Some(ScreeningSettings { table, thresholds: thresholds() }))
}

fn memory() -> InMemoryScreening {
    InMemoryScreening::new(thresholds())
}

/// Customer of a tenant.
struct Customer {
    tenant: Tenant,
    id: String,
}

impl Customer {
    fn new() -> Self {
        Self { tenant: tenant("default"), id: fresh_key() }
    }

    /// Returns an order for some units at 9.90 USD each, `seconds` after the begin of the hour.
    fn order(&self, seconds: i64, units: u64) -> Order {
        let entropy = uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes");
        let at = Timestamp::from_unix_millis((HOUR_S + seconds) * 1000).expect("a time");
        let request = sample_request(&self.id, units);
        Order::place(request, self.tenant.clone(), OrderId::v7(at, entropy), at)
    }

    fn orders(&self, count: usize) -> Vec<Order> {
        (0..count).map(|_| self.order(60, 1)).collect()
    }
}

async fn decisions(screening: &impl Screening, orders: &[Order]) -> Vec<&'static str> {
    let verdicts = screening.screen(orders).await.expect("verdicts");
    let name = |decision: &Decision| match decision {
        Decision::Allow => "allow",
        Decision::Review(_) => "review",
        Decision::Reject(_) => "reject",
    };
    verdicts.iter().map(|verdict| name(&verdict.decision)).collect()
}

async fn suite(screening: &impl Screening) {
    let customer = Customer::new();
    let orders = customer.orders(7);
    let expected = ["allow", "allow", "allow", "review", "review", "reject", "reject"];
    assert_eq!(decisions(screening, &orders[..2]).await, expected[..2], "a batch");
    assert_eq!(decisions(screening, &orders[2..]).await, expected[2..], "a later one");
    assert_eq!(decisions(screening, &orders).await, expected, "delivered again");
    assert_eq!(decisions(screening, &[]).await, [""; 0], "no orders");

    // Orders of several customers and tenants, one order twice, and an order of much money, in one batch.
    let (one, two) = (Customer::new(), Customer::new());
    let three = Customer { tenant: tenant("another"), id: customer.id.clone() };
    let [first, second] = [one.order(60, 4), one.order(61, 1)];
    let batch = [
        first.clone(),
        two.order(60, 7),
        second.clone(),
        first.clone(),
        three.order(60, 1),
        two.order(61, 1),
        customer.order(62, 1),
    ];
    let expected = ["allow", "reject", "review", "allow", "allow", "allow", "reject"];
    assert_eq!(decisions(screening, &batch).await, expected);
    assert_eq!(decisions(screening, &[second, first]).await, ["review", "allow"]);
}

async fn hours(screening: &impl Screening) {
    let customer = Customer::new();
    // In one call, and the later hour first.
    let orders = [customer.order(1_800, 1), customer.order(-1_800, 1), customer.order(-1_000, 2)];
    assert_eq!(decisions(screening, &orders).await, ["allow"; 3]);
    // With the order of 1800 s, and that of -1000 s.
    assert_eq!(decisions(screening, &[customer.order(1_900, 1)]).await, ["allow"]);
    // The order of -1000 s is more than an hour older, and three of this hour count.
    assert_eq!(decisions(screening, &[customer.order(2_700, 1)]).await, ["allow"]);
    assert_eq!(decisions(screening, &[customer.order(2_700, 1)]).await, ["review"]);
    // Nothing of this customer is less than an hour older.
    assert_eq!(decisions(screening, &[customer.order(9_000, 1)]).await, ["allow"]);
}

async fn concurrent_calls(screening: &impl Screening) {
    let customer = Customer::new();
    let orders = customer.orders(12);
    // Each order is delivered twice at the same time.
    let calls = orders.iter().chain(&orders).map(|order| decisions(screening, std::slice::from_ref(order)));
    let outcomes = join_all(calls).await.concat();
    for (first, second) in outcomes[..12].iter().zip(&outcomes[12..]) {
        assert_eq!(first, second, "one order has one decision: {outcomes:?}");
    }
    let count = |name| outcomes[..12].iter().filter(|it| **it == name).count();
    assert_eq!([count("allow"), count("review"), count("reject")], [3, 2, 7]);
}

#[tokio::test]
async fn dynamodb_keeps_the_contract() {
    suite(&dynamodb()).await;
    hours(&dynamodb()).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    suite(&memory()).await;
    hours(&memory()).await;
}

#[tokio::test]
async fn concurrent_orders_count_once_each_in_dynamodb() {
    concurrent_calls(&dynamodb()).await;
}

#[tokio::test]
async fn concurrent_orders_count_once_each_in_memory() {
    concurrent_calls(&memory()).await;
}

#[tokio::test]
async fn a_batch_of_many_customers_is_screened_in_sequence() {
    let customers: Vec<_> = (0..50).map(|_| Customer::new()).collect();
    let orders: Vec<_> = customers.iter().chain(&customers).map(|customer| customer.order(60, 3)).collect();
    let found = decisions(&dynamodb(), &orders).await;
    assert_eq!(found, [["allow"; 50], ["review"; 50]].concat());
}

#[tokio::test]
async fn without_limits_nothing_is_sent() {
    // Nobody listens on this port.
    let config = orders_tests::sdk_config("http://127.0.0.1:9");
    let screening = DynamoDbScreening::new(&config, None);
    assert_eq!(decisions(&screening, &Customer::new().orders(9)).await, ["allow"; 9]);
}

#[tokio::test]
async fn the_table_keeps_the_orders_of_an_hour_for_two_hours() {
    let future_s = 4_102_444_800; // begin of an hour in 2100
    for (seconds, is_late) in [(future_s - HOUR_S, false), (60, true)] {
        let customer = Customer::new();
        let order = customer.order(seconds, 1);
        let before = Timestamp::from(std::time::SystemTime::now()).unix_seconds();
        assert_eq!(decisions(&dynamodb(), &[order]).await, ["allow"]);
        let hour = (HOUR_S + seconds).div_euclid(3600);
        let get = Client::new(&aws()).get_item().table_name(&TestServers::shared().screening_table);
        let get = get.key("pk", AttributeValue::S(format!("default#{}", customer.id)));
        let get = get.key("epoch_hour", AttributeValue::N(hour.to_string()));
        let item = get.send().await.expect("a response").item.expect("the item");
        let expires_at: i64 = item["expires_at"].as_n().expect("a number").parse().expect("seconds");
        let earliest = if is_late { before } else { future_s + 3600 };
        let latest = if is_late { before + 60 } else { earliest };
        assert!((earliest..=latest).contains(&(expires_at - 7_200)), "{expires_at}");
    }
}
