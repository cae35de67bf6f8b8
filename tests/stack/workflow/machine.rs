//! Deployed stack with the workflow, its state machine, and the executions of it.

use super::SETTINGS;
use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::ExecutionStatus;
use http::Method;
use mongodb::bson::{Document, doc};
use orders_tests::{Api, Emulator, GOOD_ORDER, eventually, fresh_key, sdk_config};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const IN_THE_PAST: &str = "2026-01-31T09:30:00.000Z";

/// Transition from one state to the next.
pub(super) type Transition = (String, String);

/// Deployed stack, and the state machine in it.
pub(super) struct Stack {
    pub(super) emulator: Emulator,
    pub(super) api: Api,
    client: Client,
    pub(super) machine: String,
    role: String,
    definition: Value,
}

/// Execution that has ended.
pub(super) struct Execution {
    pub(super) status: ExecutionStatus,
    /// States that it entered.
    pub(super) path: Vec<String>,
    /// Number of tasks that failed.
    pub(super) failed_tasks: usize,
}

impl Execution {
    pub(super) fn path(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    pub(super) fn transitions(&self) -> impl Iterator<Item = Transition> {
        self.path.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()))
    }
}

impl Stack {
    pub(super) async fn start() -> Self {
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
    pub(super) fn states(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.definition["States"].as_object().expect("states").iter()
    }

    /// Returns all transitions that the definition has.
    pub(super) fn all_transitions(&self) -> BTreeSet<Transition> {
        let mut all = BTreeSet::new();
        for (name, state) in self.states() {
            let rules = ["Choices", "Catch"].iter().filter_map(|field| state[*field].as_array()).flatten();
            let next = rules.map(|rule| &rule["Next"]).chain([&state["Next"], &state["Default"]]);
            all.extend(next.filter_map(Value::as_str).map(|next| (name.clone(), next.to_owned())));
        }
        all
    }

    /// Creates a state machine that begins with another state.
    pub(super) async fn copy(&self, start: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut definition = self.definition.clone();
        definition["StartAt"] = start.into();
        change(&mut definition["States"][start]);
        let create = self.client.create_state_machine().name(fresh_key()).role_arn(&self.role);
        let created = create.definition(definition.to_string()).send().await.expect("a state machine");
        created.state_machine_arn
    }

    /// Starts an execution, and returns its ARN.
    pub(super) async fn execute(&self, machine: &str, order: &str, standing: &str) -> String {
        let input =
            json!({ "tenant": "default", "order_id": order, "standing": standing, "check_at": IN_THE_PAST });
        let start = self.client.start_execution().state_machine_arn(machine).name(fresh_key());
        start.input(input.to_string()).send().await.expect("an execution").execution_arn
    }

    /// Returns the ARN of the execution that the event of an order starts.
    pub(super) fn of_order(&self, order: &str) -> String {
        format!("{}:{order}", self.machine.replace(":stateMachine:", ":execution:"))
    }

    /// Waits until the execution has started and has entered a state.
    pub(super) async fn wait_for_state(&self, execution: &str, state: &str) {
        eventually(&format!("{execution} enters {state}"), async || {
            self.entered(execution).await.filter(|path| path.iter().any(|it| it == state)).map(drop)
        })
        .await;
    }

    /// Waits for the end of an execution.
    pub(super) async fn end_of(&self, execution: &str) -> Execution {
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
    pub(super) async fn entered(&self, execution: &str) -> Option<Vec<String>> {
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
    pub(super) async fn order(&self) -> String {
        self.api.create(&fresh_key(), &GOOD_ORDER).await.order_id()
    }

    /// Creates an order that holds stock, and so has to be paid in time. Returns its id.
    pub(super) async fn order_with_stock(&self) -> String {
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

    pub(super) async fn change(&self, order: &str, version: u64, status: &str) {
        let changed = self.api.change(order, version, status, &[]).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
    }

    pub(super) async fn status(&self, order: &str) -> Value {
        self.api.order(order).await.json()["status"].clone()
    }

    /// Changes the document of an order.
    pub(super) async fn set(&self, order: &str, changes: Document) {
        let client = mongodb::Client::with_uri_str(&self.emulator.mongo_uri).await.expect("a client");
        let orders = client.database("orders").collection::<Document>("orders");
        let updated = orders.update_one(doc! { "_id": order }, doc! { "$set": changes }).await;
        assert_eq!(updated.expect("a response").modified_count, 1);
    }

    /// Runs Python code that prints JSON, with the AWS SDK for Python.
    pub(super) fn python(&self, code: &str) -> Value {
        let code = format!("import boto3, json\n{code}");
        let output = self.emulator.command(".venv/bin/python").args(["-c", &code]).output().expect("Python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Subscribes to the events of the workflow with a queue, and returns its URL.
    pub(super) fn subscribe(&self) -> String {
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
    pub(super) fn received(&self, queue: &str) -> Vec<Value> {
        let events = self.python(&format!(
            "sqs, found = boto3.client('sqs'), []\n\
             while batch := sqs.receive_message(QueueUrl='{queue}', MaxNumberOfMessages=10).get('Messages'):\n \
             found += [json.loads(it['Body'])['detail'] for it in batch]\n\
             print(json.dumps(found))"
        ));
        events.as_array().expect("events").clone()
    }
}
