//! The workflow on the deployed stack: every transition of its state machine, executed with short times.

mod machine;

use aws_sdk_sfn::types::ExecutionStatus;
use machine::{Execution, Stack};
use mongodb::bson::{DateTime, doc};
use orders_tests::{eventually, schema_errors};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// Long enough for a test to change an order in the meantime, on a slow machine too.
const SETTINGS: &[(&str, &str)] = &[
    ("WORKFLOW", "on"),
    ("WORKFLOW_PAYMENT_CHECK_S", "1"),
    ("WORKFLOW_FULFILMENT_S", "8"),
    ("WORKFLOW_REMINDER_S", "8"),
    ("PAYMENT_WINDOW_S", "4"),
];

/// Runs real orders through the workflow. Returns the executions.
async fn real_orders(stack: &Stack) -> Vec<Execution> {
    let queue = stack.subscribe();
    let [kept, late, slow] = [stack.order().await, stack.order().await, stack.order().await];
    for order in [&kept, &late, &slow] {
        stack.change(order, 1, "PAID").await;
    }
    let executions = [&kept, &late, &slow].map(|order| stack.of_order(order));
    let fulfil = async |order: &str, execution: &str, after: &str| {
        stack.wait_for_state(execution, after).await;
        stack.change(order, 2, "FULFILLED").await;
        stack.end_of(execution).await
    };
    let ((kept_end, late_end), (slow_end, cancelled)) = tokio::join!(
        async {
            tokio::join!(
                fulfil(&kept, &executions[0], "WaitForFulfilment"),
                fulfil(&late, &executions[1], "WaitAfterReminder")
            )
        },
        async { tokio::join!(stack.end_of(&executions[2]), unpaid(stack)) }
    );

    let from = |path: &[String], state: &str| -> Vec<String> {
        let position = path.iter().position(|it| it == state).expect(state);
        path[position..].to_vec()
    };
    let requested = ["RequestFulfilment", "WaitForFulfilment", "ReadBeforeReminder", "DecideOnReminder"];
    let reminded = ["Remind", "WaitAfterReminder", "ReadBeforeEscalation", "DecideOnEscalation"];
    for (execution, path) in [
        (&kept_end, [&requested[..], &["Fulfilled"]].concat()),
        (&late_end, [&requested[..], &reminded, &["Fulfilled"]].concat()),
        (&slow_end, [&requested[..], &reminded, &["Escalate", "Escalated"]].concat()),
    ] {
        assert_eq!(execution.path()[..3], ["WaitForPayment", "ReadOrder", "Decide"]);
        assert_eq!(from(&execution.path, "RequestFulfilment"), path);
        assert_eq!((&execution.status, execution.failed_tasks), (&ExecutionStatus::Succeeded, 0));
    }
    assert_eq!(stack.status(&slow).await, "PAID", "an escalation changes nothing");

    let events = stack.received(&queue);
    assert!(events.iter().all(|event| schema_errors(event).is_empty()), "{events:?}");
    let of_order = |order: &str| -> BTreeSet<_> {
        let of_order = events.iter().filter(|event| event["subject"] == order);
        of_order.map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
    };
    let names = ["FulfilmentEscalated", "FulfilmentReminder", "FulfilmentRequested"];
    assert_eq!(of_order(&kept), names[2..].iter().map(ToString::to_string).collect());
    assert_eq!(of_order(&late), names[1..].iter().map(ToString::to_string).collect());
    assert_eq!(of_order(&slow), names.iter().map(ToString::to_string).collect());
    vec![kept_end, late_end, slow_end, cancelled]
}

/// Returns the execution of an order that nobody pays, and that the workflow cancels.
async fn unpaid(stack: &Stack) -> Execution {
    loop {
        let order = stack.order_with_stock().await;
        let execution = stack.end_of(&stack.of_order(&order)).await;
        let found = stack.api.order(&order).await.json();
        assert_eq!((&found["status"], &found["cancel_reason"]), (&json!("CANCELLED"), &json!("expired")));
        assert_eq!(found["version"], 2, "it is cancelled once");
        // Otherwise the sweeper, which runs each minute, was faster.
        if execution.path.iter().any(|state| state == "CancelOrder") {
            let expected = ["WaitForPayment", "ReadOrder", "Decide", "CancelOrder", "Decide", "Cancelled"];
            assert_eq!(execution.path(), expected);
            return execution;
        }
    }
}

/// Runs orders that the workflow leaves alone. Returns the executions.
async fn left_alone(stack: &Stack) -> Vec<Execution> {
    let nobody = "019c1363-49c0-7101-8101-010101010101".to_owned();
    let [old, unreadable, unknown] = [stack.order().await, stack.order().await, stack.order().await];
    let month = Duration::from_hours(31 * 24);
    let created_at = SystemTime::now().checked_sub(month).expect("a time");
    stack.set(&old, doc! { "created_at": DateTime::from_system_time(created_at) }).await;
    stack.set(&unreadable, doc! { "currency": 7 }).await;
    let step = doc! { "kind": "status", "version": 2_i64, "status": "ON_HOLD", "at": DateTime::now() };
    stack.set(&unknown, doc! { "status": "ON_HOLD", "version": 2_i64, "history.1": step }).await;
    let mut ends = Vec::new();
    for (order, state, status) in [
        (&nobody, "OrderMissing", ExecutionStatus::Failed),
        (&old, "Abandoned", ExecutionStatus::Succeeded),
        (&unreadable, "OrderUnreadable", ExecutionStatus::Failed),
    ] {
        let execution = stack.execute(&stack.machine, order, "UNPAID").await;
        let end = stack.end_of(&execution).await;
        assert_eq!(end.path(), ["WaitForPayment", "ReadOrder", "Decide", state]);
        assert_eq!((&end.status, end.failed_tasks), (&status, 0), "{state}");
        ends.push(end);
    }
    // Once this release knows the status, the execution goes on.
    let execution = stack.execute(&stack.machine, &unknown, "UNPAID").await;
    eventually("two reads", async || {
        let path = stack.entered(&execution).await?;
        (path.iter().filter(|state| *state == "ReadOrder").count() >= 2).then_some(())
    })
    .await;
    stack.set(&unknown, doc! { "status": "CANCELLED", "history.1.status": "CANCELLED" }).await;
    let end = stack.end_of(&execution).await;
    assert_eq!(end.path.last().map(String::as_str), Some("Cancelled"));
    ends.push(end);
    ends
}

/// Enters each choice with each standing. Returns the executions.
async fn choices(stack: &Stack, fulfilled: &str) -> Vec<Execution> {
    let mut started = Vec::new();
    for (name, state) in stack.states().filter(|(_, state)| state["Type"] == "Choice") {
        let copy = stack.copy(name, |_| {}).await;
        let rules = state["Choices"].as_array().expect("rules").iter();
        let rules = rules.map(|rule| (rule["StringEquals"].as_str().expect("a standing"), &rule["Next"]));
        for (standing, next) in rules.chain([("ANNOUNCED", &state["Default"])]) {
            let execution = stack.execute(&copy, fulfilled, standing).await;
            started.push((execution, name, standing, next.as_str().expect("a state")));
        }
    }
    let mut ends = Vec::new();
    for (execution, name, standing, next) in started {
        let end = stack.end_of(&execution).await;
        assert_eq!(end.path()[..2], [name.as_str(), next], "{standing}");
        let is_failure = ["OrderMissing", "OrderUnreadable", "UnexpectedStanding"].contains(&next);
        let expected = if is_failure { ExecutionStatus::Failed } else { ExecutionStatus::Succeeded };
        assert_eq!(end.status, expected, "{name} {standing}");
        ends.push(end);
    }
    ends
}

/// Enters each task without its function. Returns the executions.
async fn failures(stack: &Stack) -> Vec<Execution> {
    let mut started = Vec::new();
    for (name, _) in stack.states().filter(|(_, state)| state["Type"] == "Task") {
        let copy = stack.copy(name, |task| {
            task["Parameters"]["FunctionName"] = "nobody".into();
            for rule in task["Retry"].as_array_mut().expect("rules") {
                (rule["IntervalSeconds"], rule["MaxAttempts"]) = (1.into(), 1.into());
            }
        });
        started
            .push((name, stack.execute(&copy.await, "019c1363-49c0-7101-8101-010101010101", "PAID").await));
    }
    let mut ends = Vec::new();
    for (name, execution) in started {
        let end = stack.end_of(&execution).await;
        assert_eq!((end.path(), &end.status), (vec![name.as_str(), "StepFailed"], &ExecutionStatus::Failed));
        assert_eq!(end.failed_tasks, 2, "{name} is retried");
        ends.push(end);
    }
    ends
}

#[tokio::test]
async fn every_transition_of_the_workflow_is_executed() {
    let stack = Stack::start().await;
    let fulfilled = stack.order().await;
    stack.change(&fulfilled, 1, "PAID").await;
    stack.change(&fulfilled, 2, "FULFILLED").await;
    let (real, alone, chosen, failed) =
        tokio::join!(real_orders(&stack), left_alone(&stack), choices(&stack, &fulfilled), failures(&stack));
    let ends: Vec<_> = [real, alone, chosen, failed].into_iter().flatten().collect();
    let executed: BTreeSet<_> = ends.iter().flat_map(Execution::transitions).collect();
    let missing: Vec<_> = stack.all_transitions().difference(&executed).cloned().collect();
    assert_eq!(missing, []);
    println!("{} executions, {} transitions", ends.len(), executed.len());
    assert_eq!(
        stack.api.order(&fulfilled).await.json()["version"],
        3,
        "executions that come too late change nothing"
    );
}
