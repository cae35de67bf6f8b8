//! The relay: an outage, several at once, killed in mid-batch, rejections, dead letters.

use crate::proxied;
use futures::future::join_all;
use mongodb::bson::{DateTime, doc};
use orders_tests::{Fault, FaultProxy, Subscriber, System, Tally, eventually, new_queue};
use serde_json::{Value, json};
use std::time::Duration;

const ORDERS: usize = 12;

/// The timeout of the relay in template.yaml.
const A_RUN: Duration = Duration::from_mins(1);

async fn relay(system: &System) -> Value {
    system.function("relay").invoke(json!({})).await.expect("a report")
}

#[tokio::test]
async fn what_an_outage_held_up_arrives_afterwards_complete_and_in_order() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).start();
    Subscriber::shared();
    for _ in 0..2 {
        let ids = system.walk_unannounced(&aws, ORDERS, 1).await;
        system.make_due().await;
        aws.fail_all(Fault::Refuse);
        let report = relay(&system).await;
        assert_eq!((&report["published"], &report["dead"]), (&json!(0), &json!(0)), "{report}");
        assert!(
            report["failed"].as_u64() > Some(0) && report["oldest_age_s"].as_i64() >= Some(0),
            "{report}"
        );

        aws.clear_faults();
        system.make_due().await;
        let report = relay(&system).await;
        assert_eq!((&report["published"], &report["failed"]), (&json!(3 * ORDERS), &json!(0)), "{report}");
        assert_eq!((system.waiting().await, &report["oldest_age_s"]), (0, &json!(0)));
        let tally = Tally::of_walked(&ids).await;
        assert_eq!((tally.deliveries, tally.disordered), (3 * ORDERS, 0), "no duplicates, in order");
    }
}

#[tokio::test]
async fn an_event_is_left_to_its_writer_for_some_seconds() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).start();
    system.walk_unannounced(&aws, 1, 1).await;
    assert_eq!(relay(&system).await["published"], 0);
    assert_eq!(system.waiting().await, 1);
}

#[tokio::test]
async fn four_relays_at_once_publish_nothing_twice() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).instances(4).start();
    Subscriber::shared();
    let ids = system.walk_unannounced(&aws, ORDERS, 1).await;
    system.make_due().await;
    let reports = join_all((0..4).map(|_| relay(&system))).await;
    let published: u64 = reports.iter().filter_map(|report| report["published"].as_u64()).sum();
    assert_eq!(published, 3 * ORDERS as u64, "{reports:?}");
    let tally = Tally::of_walked(&ids).await;
    assert_eq!((tally.deliveries, tally.disordered), (3 * ORDERS, 0), "no duplicates while the leases hold");
}

#[tokio::test]
async fn a_relay_killed_in_mid_batch_loses_nothing() {
    let (mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).env("RELAY_LEASE_S", "1").start();
    Subscriber::shared();
    let ids = system.walk_unannounced(&aws, ORDERS, 1).await;
    system.make_due().await;
    let function = system.function("relay");
    for point in ["PutEvents", "update", "findAndModify", "PutEvents"] {
        mongo.clear_recorded();
        aws.clear_recorded();
        // Held at this point until it is killed.
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
        relay(&system).await;
        (system.waiting().await == 0).then_some(())
    })
    .await;
    let tally = Tally::of_walked(&ids).await;
    assert_eq!((tally.distinct, tally.disordered), (3 * ORDERS, 0));
}

#[tokio::test]
async fn rejected_events_are_tried_again_in_their_order() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).start();
    Subscriber::shared();
    let ids = system.walk_unannounced(&aws, 4, 1).await;
    aws.reject_every(3);
    system.make_due().await;
    let report = relay(&system).await;
    assert_eq!((&report["published"], &report["dead"]), (&json!(12), &json!(0)), "{report}");
    assert!(report["failed"].as_u64() >= Some(4), "{report}");
    assert_eq!(system.waiting().await, 0);
    let tally = Tally::of_walked(&ids).await;
    assert_eq!((tally.deliveries, tally.disordered), (12, 0), "what was accepted is not sent again");
}

/// An order whose creation the bus has just rejected for the fifth time, by the relay's count.
async fn rejected_five_times(system: &System, aws: &FaultProxy) -> String {
    let rejected_before = aws.rejected_entries();
    aws.reject_every(1);
    let id = system.api().new_order().await.order_id();
    eventually("the first rejection", async || (aws.rejected_entries() > rejected_before).then_some(()))
        .await;
    let fifth_time = doc! { "$set": {
        "outbox_rejections": { "version": 1_i64, "count": 5_i64 }, "outbox_due_at": DateTime::now()
    } };
    system.orders().await.update_one(doc! { "_id": &id }, fifth_time).await.expect("an answer");
    id
}

async fn redrive(system: &System) -> Value {
    system.function("relay").invoke(json!({"redrive": true})).await.expect("a report")
}

#[tokio::test]
async fn what_is_rejected_time_and_again_is_buried_and_can_be_redriven() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).env("DEAD_LETTERS_URL", &new_queue().await).start();
    let subscriber = Subscriber::shared();
    let id = rejected_five_times(&system, &aws).await;
    let report = relay(&system).await;
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
    // As while one relay buries an event and another redrives: the letter is there already, and
    // the event not yet taken away. Deleting the letter would lose the event.
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).env("DEAD_LETTERS_URL", &new_queue().await).start();
    let orders = system.orders().await;
    let id = rejected_five_times(&system, &aws).await;
    let before = orders.find_one(doc! { "_id": &id }).await.expect("an answer").expect("the order");
    assert_eq!(relay(&system).await["dead"], 1);
    aws.reject_every(0);
    orders.replace_one(doc! { "_id": &id }, &before).await.expect("an answer");

    let report = redrive(&system).await;
    assert_eq!((&report["redriven"], &report["published"]), (&json!(0), &json!(1)), "{report}");
}

#[tokio::test]
async fn a_change_of_an_order_that_a_relay_has_leaves_its_event_to_the_relay() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).start();
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
    orders.update_one(doc! { "_id": &id }, lease).await.expect("an answer");
    assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 200);
    // The work after an answer is over when the same instance answers again.
    assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 409);
    let puts = aws.recorded().iter().filter(|request| request.operation == "PutEvents").count();
    assert_eq!(puts, 3, "nothing more was sent");
}

#[tokio::test]
async fn an_order_that_can_not_be_read_does_not_stand_in_the_way_of_others() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).start();
    let ids = system.walk_unannounced(&aws, 2, 1).await;
    let orders = system.orders().await;
    let broken = doc! { "$set": { "status": "LOST", "outbox_due_at": DateTime::from_millis(0) } };
    orders.update_one(doc! { "_id": &ids[0] }, broken).await.expect("an answer");
    let due = doc! { "$set": { "outbox_due_at": DateTime::now() } };
    orders.update_one(doc! { "_id": &ids[1] }, due).await.expect("an answer");
    let report = relay(&system).await;
    assert_eq!(report["published"], 3, "{report}");
    assert!(report["oldest_age_s"].as_i64().is_some(), "the broken one still shows: {report}");
    assert_eq!(system.waiting().await, 1);
}

#[tokio::test]
async fn a_run_ends_with_a_report_before_its_time_is_up() {
    let (_mongo, aws, system) = proxied();
    // Less than a batch wants; what hangs is given up in time for the report.
    let system = system.timeout(Duration::from_secs(8)).start();
    let ids = system.walk_unannounced(&aws, 15, 1).await;
    system.make_due().await;
    aws.fail_all(Fault::Hang);
    let report = relay(&system).await;
    assert_eq!(report["published"], 0, "{report}");
    aws.clear_faults();
    eventually("the rest goes out", async || {
        system.make_due().await;
        relay(&system).await;
        (system.waiting().await == 0).then_some(())
    })
    .await;
    assert_eq!(Tally::of_walked(&ids).await.distinct, 45);
}

#[tokio::test]
async fn an_outbox_that_was_emptied_and_not_cleared_up_is_cleared_up() {
    let (_mongo, aws, system) = proxied();
    let system = system.timeout(A_RUN).start();
    let id = system.walk_unannounced(&aws, 1, 1).await.remove(0);
    let orders = system.orders().await;
    let left = doc! { "$set": { "outbox": [], "outbox_due_at": DateTime::now() } };
    orders.update_one(doc! { "_id": &id }, left).await.expect("an answer");
    let report = relay(&system).await;
    assert_eq!((&report["published"], &report["oldest_age_s"]), (&json!(0), &json!(0)), "{report}");
    assert_eq!(system.waiting().await, 0);
}
