//! The workflow on the deployed stack: every transition of its state machine, executed with short times.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::ExecutionStatus;
use http::Method;
use mongodb::bson::{DateTime, Document, doc};
use orders_tests::{Api, Emulator, GOOD_ORDER, eventually, fresh_key, schema_errors, sdk_config};
use serde_json::{Value, json};
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

const IN_THE_PAST: &str = "2026-01-31T09:30:00.000Z";

/// Transition from one state to the next.
type Transition = (String, String);

/// Deployed stack, and the state machine in it.
struct Stack {
    emulator: Emulator,
    api: Api,
    client: Client,
    machine: String,
    role: String,
    definition: Value,
}

/// Execution that has ended.
struct Execution {
    status: ExecutionStatus,
    /// States that it entered.
    path: Vec<String>,
    /// Number of tasks that failed.
    failed_tasks: usize,
}

impl Execution {
    fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    fn transitions(&self) -> impl Iterator<Item = Transition> {
        self.path.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()))
    }
}

impl Stack {
    async fn start() -> Self {
        let emulator = Emulator::with_settings(SETTINGS);
        let api = Api::new(emulator.api_url.as_deref().expect("the URL of the API"));
        let client = Client::new(&sdk_config(&emulator.aws_endpoint_url));
        let machines = client.list_state_machines().send().await.expect("state machines").state_machines;
        let [machine] = machines.as_slice() else { panic!("not one state machine: {machines:?}") };
        let machine = machine.state_machine_arn().to_owned();
        let described = client.describe_state_machine().state_machine_arn(&machine).send().await;
        let described = described.expect("the state machine");
        let definition = serde_json::from_str(described.definition()).expect("JSON");
        Self { role: described.role_arn().to_owned(), emulator, api, client, machine, definition }
    }

    /// Returns the states by name.
    fn states(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.definition["States"].as_object().expect("states").iter()
    }

    /// Returns all transitions that the definition has.
    fn all_transitions(&self) -> BTreeSet<Transition> {
        let mut all = BTreeSet::new();
        for (name, state) in self.states() {
            let rules = ["Choices", "Catch"].iter().filter_map(|field| state[*field].as_array()).flatten();
            let next = rules.map(|rule| &rule["Next"]).chain([&state["Next"], &state["Default"]]);
            all.extend(next.filter_map(Value::as_str).map(|next| (name.clone(), next.to_owned())));
        }
        all
    }

    /// Creates a state machine that begins with another state.
    async fn copy(&self, start: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut definition = self.definition.clone();
        definition["StartAt"] = start.into();
        change(&mut definition["States"][start]);
        let create = self.client.create_state_machine().name(fresh_key()).role_arn(&self.role);
        let created = create.definition(definition.to_string()).send().await.expect("a state machine");
        created.state_machine_arn
    }

    /// Starts an execution, and returns its ARN.
    async fn execute(&self, machine: &str, order: &str, standing: &str) -> String {
        let input =
            json!({ "tenant": "default", "order_id": order, "standing": standing, "check_at": IN_THE_PAST });
        let start = self.client.start_execution().state_machine_arn(machine).name(fresh_key());
        start.input(input.to_string()).send().await.expect("an execution").execution_arn
    }

    /// Returns the ARN of the execution that the event of an order starts.
    fn of_order(&self, order: &str) -> String {
        format!("{}:{order}", self.machine.replace(":stateMachine:", ":execution:"))
    }

    /// Waits until the execution has started and has entered a state.
    async fn wait_for_state(&self, execution: &str, state: &str) {
        eventually(&format!("{execution} enters {state}"), async || {
            self.entered(execution).await.filter(|path| path.iter().any(|it| it == state)).map(drop)
        })
        .await;
    }

    /// Waits for the end of an execution.
    async fn end_of(&self, execution: &str) -> Execution {
        let status = eventually(&format!("{execution} ends"), async || {
            let described = self.client.describe_execution().execution_arn(execution).send().await.ok()?;
            Some(described.status().clone()).filter(|status| *status != ExecutionStatus::Running)
        })
        .await;
        let path = self.entered(execution).await.expect("a history");
        let history = self.client.get_execution_history().execution_arn(execution).send().await;
        let events = history.expect("a history").events;
        let failed_tasks = events.iter().filter(|event| event.r#type().as_str() == "TaskFailed").count();
        Execution { status, path, failed_tasks }
    }

    /// Returns the states that an execution has entered; `None` when it has not started.
    async fn entered(&self, execution: &str) -> Option<Vec<String>> {
        let mut pages = self.client.get_execution_history().execution_arn(execution).into_paginator().send();
        let mut path = Vec::new();
        while let Some(page) = pages.next().await {
            let events = page.ok()?.events;
            path.extend(
                events.iter().filter_map(|it| Some(it.state_entered_event_details()?.name().to_owned())),
            );
        }
        Some(path)
    }

    /// Creates an order, and returns its id.
    async fn order(&self) -> String {
        self.api.create(&fresh_key(), &GOOD_ORDER).await.order_id()
    }

    /// Creates an order that holds stock, and so has to be paid in time. Returns its id.
    async fn order_with_stock(&self) -> String {
        let sku = fresh_key();
        let post = async |path: &str, body: Value| {
            let key = fresh_key();
            let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
            let reply = self.api.send(Method::POST, path, &headers, body.to_string()).await;
            assert_eq!(reply.status, 201, "{}", reply.body);
        };
        post("/products", json!({ "sku": sku, "name": "Tea", "price": "5", "currency": "JPY" })).await;
        post(&format!("/products/{sku}/stock-adjustments"), json!({ "delta": 5, "reason": "received" }))
            .await;
        let body = json!({ "customer_id": "c-1", "currency": "JPY", "items": [{ "sku": sku, "qty": 2 }] });
        self.api.create(&fresh_key(), &body).await.order_id()
    }

    async fn change(&self, order: &str, version: u64, status: &str) {
        let changed = self.api.change(order, version, status, &[]).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
    }

    async fn status(&self, order: &str) -> Value {
        self.api.order(order).await.json()["status"].clone()
    }

    /// Changes the document of an order.
    async fn set(&self, order: &str, changes: Document) {
        let client = mongodb::Client::with_uri_str(&self.emulator.mongo_uri).await.expect("a client");
        let orders = client.database("orders").collection::<Document>("orders");
        let updated = orders.update_one(doc! { "_id": order }, doc! { "$set": changes }).await;
        assert_eq!(updated.expect("a response").modified_count, 1);
    }

    /// Runs Python code that prints JSON, with the AWS SDK for Python.
    fn python(&self, code: &str) -> Value {
        let code = format!("import boto3, json\n{code}");
        let output = self.emulator.command(".venv/bin/python").args(["-c", &code]).output().expect("Python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Subscribes to the events of the workflow with a queue, and returns its URL.
    fn subscribe(&self) -> String {
        let url = self.python(
            "sqs, events = boto3.client('sqs'), boto3.client('events')\n\
             url = sqs.create_queue(QueueName='workflow-events')['QueueUrl']\n\
             arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=['QueueArn'])['Attributes']['QueueArn']\n\
             [bus] = [it['Name'] for it in events.list_event_buses()['EventBuses'] if it['Name'] != 'default']\n\
             events.put_rule(Name='workflow-events', EventBusName=bus, EventPattern='{\"source\": [\"workflow\"]}')\n\
             events.put_targets(Rule='workflow-events', EventBusName=bus, Targets=[{'Id': 'queue', 'Arn': arn}])\n\
             print(json.dumps(url))",
        );
        url.as_str().expect("a URL").to_owned()
    }

    /// Returns the events of the workflow that a queue has received.
    fn received(&self, queue: &str) -> Vec<Value> {
        let events = self.python(&format!(
            "sqs, found = boto3.client('sqs'), []\n\
             while batch := sqs.receive_message(QueueUrl='{queue}', MaxNumberOfMessages=10).get('Messages'):\n \
             found += [json.loads(it['Body'])['detail'] for it in batch]\n\
             print(json.dumps(found))"
        ));
        events.as_array().expect("events").clone()
    }
}

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
