//! Rate limits: what passes, what a refusal leaves, and a table that is gone or slow.

use crate::proxied_system;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use http::Method;
use orders_tests::{
    Api, Fault, GOOD_ORDER, IdempotencyTable, Reply, System, SystemBuilder, TestServers, eventually,
    fresh_key, log_file, machine_token, person_token,
};
use std::time::{Duration, Instant};
use tokio::time::sleep;

const ALL: &str = "orders:read orders:write orders:price payments:write";

fn limited(builder: SystemBuilder, people: u32, machines: u32) -> SystemBuilder {
    builder
        .env("AUTH", "token")
        .env("RATE_LIMIT_PER_MINUTE", &people.to_string())
        .env("MACHINE_RATE_LIMIT_PER_MINUTE", &machines.to_string())
}

/// Returns a person with a limit that nobody else uses up.
fn person(system: &System) -> Api {
    system.api().with_token(&person_token("acme", &fresh_key(), ALL))
}

/// Returns the seconds of `Retry-After`.
fn retry_after(reply: &Reply) -> u64 {
    let _ = reply.problem(429, "rate-limited");
    reply.header("retry-after").expect("a wait").parse().expect("whole seconds")
}

#[tokio::test]
async fn of_fifty_concurrent_callers_a_burst_and_the_rate_pass_and_retry_after_is_true() {
    const CALLERS: usize = 50;
    const PER_MINUTE: u32 = 60;
    let system = limited(System::builder().instances(4), PER_MINUTE, 0).start();
    let api = person(&system);
    assert_eq!(api.get("/orders").await.status, 200, "reads count separately");
    let started = Instant::now();
    let orders = (0..CALLERS).map(|_| async {
        let mut replies = Vec::new();
        for _ in 0..4 {
            replies.push(api.create(&fresh_key(), &GOOD_ORDER).await);
        }
        replies
    });
    let replies: Vec<_> = join_all(orders).await.into_iter().flatten().collect();
    let elapsed = started.elapsed();
    let (passed, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 201);
    // One more in each second after the burst.
    let allowed = u64::from(PER_MINUTE) + elapsed.as_secs() + 1;
    let longest = refused.iter().map(|reply| retry_after(reply)).max().expect("a refusal");
    println!("{CALLERS} callers: {} let through, {} refused, in {elapsed:.1?}", passed.len(), refused.len());
    assert!((u64::from(PER_MINUTE)..=allowed).contains(&(passed.len() as u64)), "{} passed", passed.len());

    // After the longest wait that a response told, a request passes.
    let last_refusal = Instant::now();
    sleep(Duration::from_secs(longest)).await;
    assert_eq!(api.create(&fresh_key(), &GOOD_ORDER).await.status, 201);
    println!("the longest Retry-After: {longest} s; a request passed after {:.1?}", last_refusal.elapsed());
}

#[tokio::test]
async fn a_refused_request_leaves_no_trace() {
    let system = limited(System::builder(), 1, 0).start();
    let (api, claims, key) = (person(&system), IdempotencyTable::connect(), fresh_key());
    let created = api.create(&fresh_key(), &GOOD_ORDER).await;
    assert_eq!(created.status, 201);
    let wait = retry_after(&api.create(&key, &GOOD_ORDER).await);
    assert!((50..=60).contains(&wait), "one request in a minute: {wait} s");
    assert!(claims.claim_with_key(&format!("acme#{key}")).await.is_none(), "the key is free");
    let orders = system.orders().await.count_documents(mongodb::bson::doc! {}).await.expect("a count");
    assert_eq!(orders, 1);
    let change = api.change(&created.order_id(), 1, "PAID", &[]).await;
    assert_eq!(retry_after(&change).min(50), 50, "all writes count together");
    assert_eq!(api.order(&created.order_id()).await.body, created.body);
    retry_after(&api.get("/orders").await);
    let head = api.send(Method::HEAD, "/orders", &[], "").await;
    assert_eq!((head.status, head.body.as_str()), (429, ""));
    // Another caller of the tenant has its own limit, and a machine has none here.
    assert_eq!(person(&system).create(&key, &GOOD_ORDER).await.status, 201);
    let machine = system.api().with_token(&machine_token("acme", &fresh_key(), ALL));
    for _ in 0..3 {
        assert_eq!(machine.create(&fresh_key(), &GOOD_ORDER).await.status, 201);
    }
}

#[tokio::test]
async fn without_authentication_an_address_has_the_limit_of_a_person() {
    // All tests have the same address, so this one uses a table of its own: none that exists.
    let system = System::builder().env("RATE_LIMIT_PER_MINUTE", "100").start();
    assert_eq!(system.api().get("/orders").await.status, 200);
    let client = Client::new(&TestServers::shared().sdk_config());
    let get = client.get_item().table_name(&TestServers::shared().rate_limit_table);
    let key = "default#read#address#127.0.0.1";
    let item = get.key("pk", AttributeValue::S(key.to_owned())).send().await.expect("a response").item;
    let item = item.expect("the count of the address");
    assert!(item["tat"].as_n().is_ok() && item["expires_at"].as_n().is_ok(), "{item:?}");
}

/// Returns the number of requests that a function let pass uncounted, by its metric.
fn uncounted(function: &str, since: usize) -> usize {
    let log = std::fs::read_to_string(log_file(function)).expect("a log");
    log[since..].lines().filter(|line| line.contains("rate_limit_unavailable_total")).count()
}

#[tokio::test]
async fn requests_pass_while_the_table_is_gone_or_slow_and_a_metric_says_so() {
    let gone = limited(System::builder(), 1, 1).env("RATE_LIMIT_TABLE", "no-such-table").start();
    let api = person(&gone);
    for _ in 0..3 {
        assert_eq!(api.create(&fresh_key(), &GOOD_ORDER).await.status, 201);
        assert_eq!(api.get("/orders").await.status, 200);
    }
    for function in ["create-order", "list-orders"] {
        eventually("the metric", async || (uncounted(function, 0) > 0).then_some(())).await;
    }

    for fault in [Fault::Hang, Fault::Refuse] {
        let (_mongo, aws, builder) = proxied_system();
        let slow = limited(builder, 1, 1).start();
        let api = person(&slow);
        let id = api.new_order().await.order_id();
        aws.fail_all_of("UpdateItem", fault);
        let (mut count, started) = (0, Instant::now());
        // The second request within a minute: refused if it were counted.
        while count < 5 {
            assert_eq!(api.create(&fresh_key(), &GOOD_ORDER).await.status, 201, "{fault:?}");
            assert_eq!(api.order(&id).await.status, 200, "{fault:?}");
            count += 1;
        }
        let asked = aws.count("UpdateItem");
        println!(
            "{fault:?}: {count} writes and reads in {:.1?}, {asked} counts attempted",
            started.elapsed()
        );
        // A failure pauses the counting, so that not every request waits.
        assert!(asked < 2 * count, "{fault:?}: {asked}");
        aws.clear_faults();
        eventually("requests are counted again", async || {
            (api.create(&fresh_key(), &GOOD_ORDER).await.status == 429).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_limit_adds_one_round_trip_to_writes_and_none_to_reads() {
    let (mongo, aws, builder) = proxied_system();
    // The bucket is idle again before the next request: a busy one takes another update after a wrong guess.
    let system = limited(builder, 100_000, 100_000).start();
    let api = person(&system);
    let id = api.new_order().await.order_id();
    assert_eq!(api.order(&id).await.status, 200);
    assert_eq!(api.change(&id, 9, "PAID", &[]).await.status, 409);
    let before_response = || {
        let mut all = [mongo.recorded(), aws.recorded()].concat();
        all.retain(|request| request.at < system.last_response_at());
        all.sort_by_key(|request| request.at);
        all.into_iter().map(|request| request.operation).collect::<Vec<_>>()
    };
    eventually("the event is acknowledged", async || (mongo.count("update") == 1).then_some(())).await;
    let clear = || {
        mongo.clear_recorded();
        aws.clear_recorded();
    };
    clear();
    assert_eq!(api.create(&fresh_key(), &GOOD_ORDER).await.status, 201);
    assert_eq!(before_response(), ["UpdateItem", "PutItem", "insert"], "POST: 3");
    eventually("the event is acknowledged", async || (mongo.count("update") == 1).then_some(())).await;
    clear();
    assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 200);
    assert_eq!(before_response(), ["UpdateItem", "findAndModify"], "PATCH: 2");

    eventually("the event is acknowledged", async || (mongo.count("update") == 1).then_some(())).await;

    // A read does not wait for the count: the store has the query while the table has not responded yet.
    aws.fail_next("UpdateItem", Fault::DelayResponse(Duration::from_millis(200)), 1);
    clear();
    let (reply, ()) = tokio::join!(api.order(&id), async {
        eventually("the query", async || (mongo.count("find") == 1).then_some(())).await;
    });
    assert_eq!(reply.status, 200);
    let mut operations = before_response();
    operations.sort();
    assert_eq!(operations, ["UpdateItem", "find"], "GET: 1, and the count beside it");
    let at = |operation: &str| {
        let all = [mongo.recorded(), aws.recorded()].concat();
        all.into_iter().find(|request| request.operation == operation).expect(operation).at
    };
    let answered = at("UpdateItem") + Duration::from_millis(200);
    assert!(at("find") < answered && answered <= system.last_response_at(), "the response waits for both");
}
