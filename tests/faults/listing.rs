//! Query plans and timings of pages among a hundred thousand orders.

use crate::proxied_system;
use kernel::{Tenant, Timestamp};
use mongodb::bson::{Bson, DateTime, Document, doc};
use mongodb::{Collection, Database};
use orders_api::seal_cursor;
use orders_domain::{OrderId, OrderQuery, Position};
use orders_tests::{
    Api, CURSOR_KEY, FaultProxy, GOOD_ORDER, RecordedRequest, Reply, System, TestServers, fresh_key,
};
use platform_http::CursorKeys;
use serde_json::json;
use std::time::{Duration, Instant, SystemTime};

const ORDERS: usize = 100_000;
/// Time between two orders: a hundred thousand in a month.
const INTERVAL: Duration = Duration::from_secs(26);
/// Coprime to the number of statuses, so that every customer has orders in each.
const CUSTOMERS: usize = 49;

/// Returns a stored order of each status.
async fn patterns(api: &Api, orders: &Collection<Document>) -> Vec<Document> {
    let mut patterns = Vec::new();
    for statuses in [&[][..], &["PAID"], &["PAID", "FULFILLED"], &["CANCELLED"]] {
        let id = api.new_order().await.order_id();
        for (version, status) in (1..).zip(statuses) {
            assert_eq!(api.change(&id, version, status, &[]).await.status, 200);
        }
        let mut pattern = orders.find_one(doc! { "_id": id }).await.expect("a response").expect("an order");
        // Copies of a number would not be unique.
        for member in ["outbox", "outbox_due_at", "outbox_since", "number", "number_key"] {
            pattern.remove(member);
        }
        patterns.push(pattern);
    }
    patterns
}

/// Inserts a hundred thousand copies of the orders, with times in the past. Returns the times of the oldest
/// and of the newest copy.
async fn fill(orders: &Collection<Document>, patterns: &[Document]) -> (Timestamp, Timestamp) {
    let newest = Timestamp::from(SystemTime::now()).before(INTERVAL);
    let created_at = |age: usize| newest.before(INTERVAL * u32::try_from(age).expect("a small number"));
    for batch in 0..ORDERS / 1000 {
        let copies = (batch * 1000..(batch + 1) * 1000).map(|age| {
            let mut copy = patterns[age % patterns.len()].clone();
            let date = DateTime::from_millis(created_at(age).unix_millis());
            copy.insert("_id", OrderId::v7(created_at(age), [7; 10]).to_string());
            copy.insert("customer_id", format!("c-{}", age % CUSTOMERS));
            copy.insert("created_at", date);
            copy.insert("updated_at", date);
            copy
        });
        orders.insert_many(copies).ordered(false).await.expect("copies");
    }
    (created_at(ORDERS - 1), newest)
}

/// Returns the index and the stages of the winning plan, and the number of fetched documents.
async fn explain(database: &Database, find: &RecordedRequest) -> (String, Vec<String>, Option<f64>) {
    let mut command = Document::new();
    for member in ["find", "filter", "sort", "limit"] {
        command.extend(find.command.get(member).map(|value| (member.to_owned(), value.clone())));
    }
    let explanation = database
        .run_command(doc! { "explain": command, "verbosity": "executionStats" })
        .await
        .expect("an explanation");
    let planner = explanation.get_document("queryPlanner").expect("a planner");
    let (mut index, mut stages) = (String::new(), Vec::new());
    let mut stage = Some(planner.get_document("winningPlan").expect("a plan"));
    while let Some(plan) = stage {
        stages.push(plan.get_str("stage").expect("a name").to_owned());
        plan.get_str("indexName").unwrap_or_default().clone_into(&mut index);
        stage = plan.get_document("inputStage").ok();
    }
    let statistics = explanation.get_document("executionStats").expect("statistics");
    (index, stages, fetched(statistics))
}

/// Returns the number of documents that a plan has fetched. Counts them in the stage that fetches, since engines
/// differ in the totals; `None` when the engine does not count. DocumentDB writes numbers as text.
fn fetched(statistics: &Document) -> Option<f64> {
    let number = |stage: &Document, name: &str| match stage.get(name)? {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => number.to_string().parse().ok(),
        Bson::Double(number) => Some(*number),
        Bson::String(text) => text.parse().ok(),
        _ => None,
    };
    let mut stage = statistics.get_document("executionStages").ok()?;
    // Without a stage of its own, the one that reads the index or the collection fetches the documents.
    while stage.get_str("stage").ok() != Some("FETCH")
        && let Ok(input) = stage.get_document("inputStage")
    {
        stage = input;
    }
    number(stage, "docsExamined").or_else(|| number(stage, "nReturned"))
}

#[test]
fn fetched_documents_are_counted_in_the_stage_that_fetches() {
    let index = doc! { "stage": "IXSCAN", "nReturned": 400 };
    let fetch =
        doc! { "stage": "FETCH", "nReturned": 30, "docsExamined": 400_i64, "inputStage": index.clone() };
    let limit = doc! { "stage": "LIMIT", "nReturned": 10, "inputStage": fetch.clone() };
    let without_examined = doc! { "stage": "FETCH", "nReturned": 400, "inputStage": index };
    let as_text =
        doc! { "stage": "SORT", "nReturned": "10", "inputStage": { "stage": "IXSCAN", "nReturned": "400" } };
    for stages in [fetch, limit, without_examined, as_text] {
        let statistics = doc! { "totalDocsExamined": 10, "executionStages": &stages };
        assert_eq!(fetched(&statistics), Some(400.0), "{stages}");
    }
    assert_eq!(fetched(&doc! { "executionTimeMillis": "0.1" }), None);
    assert_eq!(fetched(&doc! { "executionStages": { "stage": "IXSCAN" } }), None);
}

#[tokio::test]
async fn every_combination_of_filters_uses_its_own_index() {
    let (mongo, _aws, system) = proxied_system();
    let system: System = system.start();
    let api = system.api();
    system.migrate().await;
    let orders = system.orders().await;
    let (oldest, newest) = fill(&orders, &patterns(&api, &orders).await).await;
    let client = mongodb::Client::with_uri_str(&TestServers::shared().mongo_uri).await.expect("a client");
    let database = client.database(&orders.namespace().db);

    let middle = oldest.after(INTERVAL * 50_000);
    for filters in 0..16 {
        let chosen = |bit: u32, parameter: String| (filters >> bit & 1 == 1).then_some(parameter);
        let parameters: Vec<_> = [
            chosen(0, "customer_id=c-7".to_owned()),
            chosen(1, "status=FULFILLED".to_owned()),
            chosen(2, format!("created_after={oldest}")),
            chosen(3, format!("created_before={middle}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        let expected = match (filters & 1, filters >> 1 & 1) {
            (0, 0) => "by_tenant",
            (1, 0) => "by_customer",
            (0, _) => "by_status",
            _ => "by_customer_and_status",
        };
        mongo.clear_recorded();
        let page = api.get(&format!("/orders?limit=100&{}", parameters.join("&"))).await;
        assert_eq!(page.status, 200, "{parameters:?}: {}", page.body);
        assert_eq!(page.json()["items"].as_array().map(Vec::len), Some(100), "{parameters:?}");
        let finds: Vec<_> = mongo.recorded().into_iter().filter(|it| it.operation == "find").collect();
        assert!((1..=4).contains(&finds.len()), "{parameters:?}: {} queries", finds.len());
        for find in &finds {
            let (index, stages, fetched) = explain(&database, find).await;
            assert_eq!(index, expected, "{parameters:?}: {stages:?}");
            assert!(!stages.contains(&"COLLSCAN".to_owned()), "{parameters:?}: {stages:?}");
            // All orders of a customer, or those of one time window.
            assert!(fetched.is_none_or(|it| it <= 4_000.0), "{parameters:?}: {fetched:?} of {ORDERS}");
            println!("{index:24} {fetched:?} fetched: {} {}", stages.join(" < "), parameters.join("&"));
        }
    }
    unique_values(&system, &mongo, &database).await;
    updates(&system, &mongo, &database, oldest).await;
    timings(&system, oldest, newest).await;
}

/// Finds an order by its external id and by its number.
async fn unique_values(system: &System, mongo: &FaultProxy, database: &Database) {
    let api = system.api();
    let mut body = GOOD_ORDER.clone();
    body["external_id"] = "erp-1".into();
    let placed = api.create(&fresh_key(), &body).await.json();
    for (parameter, expected) in [("external_id", "by_external_id"), ("number", "by_number")] {
        mongo.clear_recorded();
        let value = placed[parameter].as_str().expect("a text");
        let page = api.get(&format!("/orders?{parameter}={value}")).await;
        assert_eq!(page.json()["items"], json!([placed]), "{}", page.body);
        let finds: Vec<_> = mongo.recorded().into_iter().filter(|it| it.operation == "find").collect();
        assert_eq!(finds.len(), 1);
        let (index, stages, fetched) = explain(database, &finds[0]).await;
        assert_eq!(index, expected, "{stages:?}");
        println!("{index:24} {fetched:?} fetched: {} {parameter}", stages.join(" < "));
    }
}

/// Turns pages of all orders and of a customer by time of update, in the middle of the orders.
async fn updates(system: &System, mongo: &FaultProxy, database: &Database, oldest: Timestamp) {
    let api = system.api();
    let middle = oldest.after(INTERVAL * 50_000);
    for (customer, expected) in [("", "by_update"), ("&customer_id=c-7", "by_customer_and_update")] {
        let mut path = format!("/orders?sort=updated&limit=100&updated_after={middle}{customer}");
        for _ in 0..3 {
            mongo.clear_recorded();
            let page = api.get(&path).await;
            assert_eq!(page.json()["items"].as_array().map(Vec::len), Some(100), "{}", page.body);
            let finds: Vec<_> = mongo.recorded().into_iter().filter(|it| it.operation == "find").collect();
            assert!((1..=4).contains(&finds.len()), "{path}: {} queries", finds.len());
            for find in &finds {
                let (index, stages, fetched) = explain(database, find).await;
                assert_eq!(index, expected, "{stages:?}");
                // The orders of one time window.
                assert!(fetched.is_none_or(|it| it <= 4_000.0), "{path}: {fetched:?} of {ORDERS}");
                println!("{index:24} {fetched:?} fetched: {} sort=updated{customer}", stages.join(" < "));
            }
            let cursor = page.json()["next_cursor"].as_str().expect("a cursor").to_owned();
            path = format!("/orders?sort=updated&limit=100&updated_after={middle}{customer}&cursor={cursor}");
        }
    }
}

/// Prints the time for the first and for the last page of a hundred orders. No bound, since machines differ.
async fn timings(system: &System, oldest: Timestamp, newest: Timestamp) {
    let api = system.api();
    let query = OrderQuery::newest(Tenant::default());
    let near_the_end = Position::by_creation(OrderId::v7(oldest.after(INTERVAL * 99), [7; 10]));
    let cursor = seal_cursor(&CursorKeys::new(CURSOR_KEY), &query, near_the_end);
    let timed = async |path: String| -> (Reply, Duration) {
        let started = Instant::now();
        (api.get(&path).await, started.elapsed())
    };
    let (first, first_duration) = timed("/orders?limit=100".to_owned()).await;
    let (last, last_duration) = timed(format!("/orders?limit=100&cursor={cursor}")).await;
    let items = |reply: &Reply| reply.json()["items"].as_array().expect("items").len();
    assert_eq!((items(&first), first.header("link").is_some()), (100, true));
    assert_eq!((items(&last), last.header("link")), (99, None), "the last page");
    println!("100 of {ORDERS} orders from {oldest} to {newest}:");
    println!("first page {first_duration:?}, last page {last_duration:?}");
}
