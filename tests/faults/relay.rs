//! Relay: outages, concurrent relays, kills in the middle of a batch, rejections, dead-letter queue.

use crate::proxied_system;
use futures::future::join_all;
use mongodb::bson::{DateTime, doc};
use orders_tests::{
    DeliveryCounts, Fault, FaultProxy, Subscriber, System, create_queue, eventually, log_file,
};
use serde_json::{Value, json};
use std::time::Duration;

const ORDERS: usize = 12;

/// Timeout of the relay in template.yaml.
const RELAY_TIMEOUT: Duration = Duration::from_mins(1);

async fn run_relay(system: &System) -> Value {
    system.function("relay").invoke(json!({})).await.expect("a report")
}

#[tokio::test]
async fn events_of_an_outage_arrive_afterwards_complete_and_in_order() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).start();
    Subscriber::shared();
    for _ in 0..2 {
        let ids = system.create_unpublished_orders(&aws, ORDERS, 1).await;
        system.make_due().await;
        aws.fail_all(Fault::Refuse);
        let report = run_relay(&system).await;
        assert_eq!((&report["published"], &report["dead"]), (&json!(0), &json!(0)), "{report}");
        assert!(
            report["failed"].as_u64() > Some(0) && report["oldest_age_s"].as_i64() >= Some(0),
            "{report}"
        );

        aws.clear_faults();
        system.make_due().await;
        let report = run_relay(&system).await;
        assert_eq!((&report["published"], &report["failed"]), (&json!(3 * ORDERS), &json!(0)), "{report}");
        assert_eq!((system.waiting().await, &report["oldest_age_s"]), (0, &json!(0)));
        let counts = DeliveryCounts::of_fulfilled_orders(&ids).await;
        assert_eq!((counts.deliveries, counts.out_of_order), (3 * ORDERS, 0), "no duplicates, in order");
    }
}

#[tokio::test]
async fn every_operation_of_a_large_batch_is_measured() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).start();
    system.create_unpublished_orders(&aws, 40, 4).await;
    system.make_due().await;
    assert_eq!(run_relay(&system).await["published"], 3 * 40);
    let log = std::fs::read_to_string(log_file("relay")).expect("a log");
    let lost: Vec<_> = log.lines().filter(|line| line.contains("Failed to record")).collect();
    assert_eq!(lost, [""; 0], "a line of metrics has at most 100 values of a histogram");
}

#[tokio::test]
async fn the_relay_leaves_a_new_event_to_its_writer() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).start();
    system.create_unpublished_orders(&aws, 1, 1).await;
    assert_eq!(run_relay(&system).await["published"], 0);
    assert_eq!(system.waiting().await, 1);
}

#[tokio::test]
async fn four_relays_at_once_publish_nothing_twice() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).instances(4).start();
    Subscriber::shared();
    let ids = system.create_unpublished_orders(&aws, ORDERS, 1).await;
    system.make_due().await;
    let reports = join_all((0..4).map(|_| run_relay(&system))).await;
    let published: u64 = reports.iter().filter_map(|report| report["published"].as_u64()).sum();
    assert_eq!(published, 3 * ORDERS as u64, "{reports:?}");
    let counts = DeliveryCounts::of_fulfilled_orders(&ids).await;
    assert_eq!(
        (counts.deliveries, counts.out_of_order),
        (3 * ORDERS, 0),
        "no duplicates while the leases are valid"
    );
}

#[tokio::test]
async fn a_relay_that_is_killed_during_a_batch_loses_nothing() {
    let (mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).env("RELAY_LEASE_S", "1").start();
    Subscriber::shared();
    let ids = system.create_unpublished_orders(&aws, ORDERS, 1).await;
    system.make_due().await;
    let function = system.function("relay");
    for point in ["PutEvents", "update", "findAndModify", "PutEvents"] {
        mongo.clear_recorded();
        aws.clear_recorded();
        // The relay hangs at this point until it is killed.
        let proxy = if point == "PutEvents" { &aws } else { &mongo };
        proxy.fail_next(point, Fault::Hang, 1);
        let until_killed = async { while function.invoke(json!({})).await.is_ok() {} };
        tokio::join!(until_killed, async {
            eventually(point, async || {
                proxy.recorded().iter().any(|request| request.operation == point).then_some(())
            })
            .await;
            function.kill_and_restart();
        });
        proxy.clear_faults();
    }
    eventually("everything is published", async || {
        run_relay(&system).await;
        (system.waiting().await == 0).then_some(())
    })
    .await;
    let counts = DeliveryCounts::of_fulfilled_orders(&ids).await;
    assert_eq!((counts.distinct, counts.out_of_order), (3 * ORDERS, 0));
}

#[tokio::test]
async fn rejected_events_are_retried_in_order() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).start();
    Subscriber::shared();
    let ids = system.create_unpublished_orders(&aws, 4, 1).await;
    aws.reject_every(3);
    system.make_due().await;
    let report = run_relay(&system).await;
    assert_eq!((&report["published"], &report["dead"]), (&json!(12), &json!(0)), "{report}");
    assert!(report["failed"].as_u64() >= Some(4), "{report}");
    assert_eq!(system.waiting().await, 0);
    let counts = DeliveryCounts::of_fulfilled_orders(&ids).await;
    assert_eq!((counts.deliveries, counts.out_of_order), (12, 0), "accepted events are not sent again");
}

/// Creates an order whose first event the bus rejects, and sets the count of its rejections to five.
pub(crate) async fn order_rejected_five_times(system: &System, aws: &FaultProxy) -> String {
    let rejected_before = aws.rejected_entries();
    aws.reject_every(1);
    let id = system.api().new_order().await.order_id();
    eventually("the first rejection", async || (aws.rejected_entries() > rejected_before).then_some(()))
        .await;
    let fifth_rejection = doc! { "$set": {
        "outbox_rejections": { "version": 1_i64, "count": 5_i64 }, "outbox_due_at": DateTime::now()
    } };
    system.orders().await.update_one(doc! { "_id": &id }, fifth_rejection).await.expect("a response");
    id
}

pub(crate) async fn redrive(system: &System) -> Value {
    system.function("relay").invoke(json!({"redrive": true})).await.expect("a report")
}

#[tokio::test]
async fn an_event_that_is_rejected_repeatedly_goes_to_the_dead_letter_queue_and_can_be_redriven() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).env("DEAD_LETTERS_URL", &create_queue().await).start();
    let subscriber = Subscriber::shared();
    let id = order_rejected_five_times(&system, &aws).await;
    let report = run_relay(&system).await;
    assert_eq!((&report["dead"], &report["published"]), (&json!(1), &json!(0)), "{report}");
    assert_eq!(system.waiting().await, 0);
    assert_eq!(subscriber.events_of(&id).len(), 0);

    aws.reject_every(0);
    let report = redrive(&system).await;
    assert_eq!((&report["redriven"], &report["published"]), (&json!(1), &json!(1)), "{report}");
    assert_eq!(subscriber.wait_for(&id, 1).await[0]["detail"]["id"], format!("{id}:1"));
    assert_eq!(redrive(&system).await["redriven"], 0, "the queue is empty");
}

#[tokio::test]
async fn a_dead_letter_whose_event_is_still_in_the_outbox_is_kept() {
    // One relay has sent the event to the dead-letter queue, but has not removed it from the outbox when
    // another one redrives. Deleting the dead letter would lose the event.
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).env("DEAD_LETTERS_URL", &create_queue().await).start();
    let orders = system.orders().await;
    let id = order_rejected_five_times(&system, &aws).await;
    let before = orders.find_one(doc! { "_id": &id }).await.expect("a response").expect("the order");
    assert_eq!(run_relay(&system).await["dead"], 1);
    aws.reject_every(0);
    orders.replace_one(doc! { "_id": &id }, &before).await.expect("a response");

    let report = redrive(&system).await;
    assert_eq!((&report["redriven"], &report["published"]), (&json!(0), &json!(1)), "{report}");
}

#[tokio::test]
async fn a_change_of_a_leased_order_leaves_its_event_to_the_relay() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).start();
    aws.fail_next("PutEvents", Fault::Refuse, 3);
    let api = system.api();
    let id = api.new_order().await.order_id();
    let in_a_minute = DateTime::from_millis(DateTime::now().timestamp_millis() + 60_000);
    let lease = doc! { "$set": { "outbox_lease": { "owner": "a relay", "until": in_a_minute } } };
    let orders = system.orders().await;
    eventually("the SDK gives up", async || {
        let puts = aws.recorded().iter().filter(|request| request.operation == "PutEvents").count();
        (puts == 3).then_some(())
    })
    .await;
    orders.update_one(doc! { "_id": &id }, lease).await.expect("a response");
    assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 200);
    // The work after the response is complete when the same instance responds again.
    assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 409);
    let puts = aws.recorded().iter().filter(|request| request.operation == "PutEvents").count();
    assert_eq!(puts, 3, "no further call");
}

#[tokio::test]
async fn an_unreadable_order_does_not_block_others() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).start();
    let ids = system.create_unpublished_orders(&aws, 2, 1).await;
    let orders = system.orders().await;
    let unreadable = doc! { "$set": { "status": "LOST", "outbox_due_at": DateTime::from_millis(0) } };
    orders.update_one(doc! { "_id": &ids[0] }, unreadable).await.expect("a response");
    let due = doc! { "$set": { "outbox_due_at": DateTime::now() } };
    orders.update_one(doc! { "_id": &ids[1] }, due).await.expect("a response");
    let report = run_relay(&system).await;
    assert_eq!(report["published"], 3, "{report}");
    assert!(report["oldest_age_s"].as_i64().is_some(), "the unreadable order still counts: {report}");
    assert_eq!(system.waiting().await, 1);
}

#[tokio::test]
async fn a_run_ends_with_a_report_before_its_timeout() {
    let (_mongo, aws, system) = proxied_system();
    // Less than a batch needs. Hanging calls time out early enough for the report.
    let system = system.timeout(Duration::from_secs(8)).start();
    let ids = system.create_unpublished_orders(&aws, 15, 1).await;
    system.make_due().await;
    aws.fail_all(Fault::Hang);
    let report = run_relay(&system).await;
    assert_eq!(report["published"], 0, "{report}");
    aws.clear_faults();
    eventually("the remaining events are published", async || {
        system.make_due().await;
        run_relay(&system).await;
        (system.waiting().await == 0).then_some(())
    })
    .await;
    assert_eq!(DeliveryCounts::of_fulfilled_orders(&ids).await.distinct, 45);
}

#[tokio::test]
async fn an_empty_outbox_that_was_left_behind_is_cleaned_up() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(RELAY_TIMEOUT).start();
    let id = system.create_unpublished_orders(&aws, 1, 1).await.remove(0);
    let orders = system.orders().await;
    let empty = doc! { "$set": { "outbox": [], "outbox_due_at": DateTime::now() } };
    orders.update_one(doc! { "_id": &id }, empty).await.expect("a response");
    let report = run_relay(&system).await;
    assert_eq!((&report["published"], &report["oldest_age_s"]), (&json!(0), &json!(0)), "{report}");
    assert_eq!(system.waiting().await, 0);
}
