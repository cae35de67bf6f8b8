//! Screening for fraud: few requests, lost responses, and a table that does not respond.

use kernel::{Tenant, Timestamp};
use orders_domain::ports::Screening as _;
use orders_domain::{Decision, Order, OrderId, ScreeningLimits, ScreeningThresholds};
use orders_dynamodb::{DynamoDbScreening, ScreeningSettings};
use orders_in_memory::sample_request;
use orders_tests::{Fault, FaultProxy, TestServers, fresh_key, sdk_config};

const READ: &str = "Query";
const WRITE: &str = "UpdateItem";

/// Returns a screening behind a proxy: a review beyond 2 orders, a rejection beyond 3.
fn screening() -> (FaultProxy, DynamoDbScreening) {
    let servers = TestServers::shared();
    let aws = FaultProxy::aws(&servers.aws_endpoint_url);
    let limits =
        |orders: u32| ScreeningLimits { orders_per_hour: orders.try_into().ok(), amounts: Vec::new() };
    let thresholds = ScreeningThresholds::new(limits(2), limits(3)).expect("thresholds");
    let settings = ScreeningSettings { table: servers.screening_table.clone(), thresholds };
    let screening = DynamoDbScreening::new(&sdk_config(&aws.aws_endpoint_url()), Some(settings));
    (aws, screening)
}

/// Returns orders of a customer that were placed at the begin of this hour.
fn orders(customer: &str, count: usize) -> Vec<Order> {
    let now = Timestamp::from(std::time::SystemTime::now()).unix_seconds();
    let at = Timestamp::from_unix_millis((now - now % 3600) * 1000).expect("a time");
    let id = || OrderId::v7(at, uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes"));
    (0..count).map(|_| Order::place(sample_request(customer, 1), Tenant::default(), id(), at)).collect()
}

async fn decisions(screening: &DynamoDbScreening, orders: &[Order]) -> Vec<&'static str> {
    let name = |decision: &Decision| match decision {
        Decision::Allow => "allow",
        Decision::Review(_) => "review",
        Decision::Reject(_) => "reject",
    };
    let verdicts = screening.screen(orders).await.expect("verdicts");
    verdicts.iter().map(|verdict| name(&verdict.decision)).collect()
}

#[tokio::test]
async fn all_orders_of_a_customer_need_one_read_and_one_write() {
    let (aws, screening) = screening();
    let orders = orders(&fresh_key(), 50);
    let found = decisions(&screening, &orders).await;
    assert_eq!(found[..4], ["allow", "allow", "review", "reject"]);
    assert_eq!((aws.count(READ), aws.count(WRITE)), (1, 1));
    aws.clear_recorded();
    assert_eq!(decisions(&screening, &orders).await, found, "delivered again");
    assert_eq!((aws.count(READ), aws.count(WRITE)), (1, 0));
}

#[tokio::test]
async fn orders_whose_count_gets_no_response_count_once() {
    let (aws, screening) = screening();
    let orders = orders(&fresh_key(), 4);
    for (order, expected) in orders.iter().zip(["allow", "allow", "review", "reject"]) {
        aws.fail_next(WRITE, Fault::LoseResponse, 1);
        assert_eq!(decisions(&screening, std::slice::from_ref(order)).await, [expected]);
        aws.clear_faults();
    }
    assert_eq!(aws.count(WRITE), 6, "each of three is sent again");
    assert_eq!(decisions(&screening, &orders).await, ["allow", "allow", "review", "reject"]);
}

#[tokio::test]
async fn without_the_table_no_order_has_a_verdict() {
    let (aws, screening) = screening();
    let orders = orders(&fresh_key(), 1);
    for operation in [READ, WRITE] {
        aws.fail_all_of(operation, Fault::Refuse);
        let error = screening.screen(&orders).await.expect_err("no verdicts");
        assert!(matches!(error, kernel::PortError::Unavailable { .. }), "{error:?}");
        aws.clear_faults();
    }
    assert_eq!(decisions(&screening, &orders).await, ["allow"]);
}
