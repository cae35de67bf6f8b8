//! Shows how the functions of another release read every form of an order: `make compat`.
//!
//! With the variable `BINARIES`, the functions are those in that folder. They get the documents, claims and outboxes of
//! `api/forms`, and the claims of accepted orders of `api/accepted_forms`, which this release writes, or a later one
//! may. Prints one line for each form. Fails when a form hides another order from a listing: everything else is for a
//! reader to judge.

use http::Method;
use mongodb::bson::Document;
use orders_tests::{
    IdempotencyTable, Reply, Subscriber, System, accepted_batch, accepted_forms, binary, eventually, forms,
    fresh_key,
};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Form with the order of the document.
struct Form {
    name: String,
    content: Value,
    id: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let (system, subscriber) = (System::builder().start(), Subscriber::shared());
    let (orders, claims) = (system.orders().await, IdempotencyTable::connect());
    let forms: Vec<_> = forms().into_iter().map(|(name, form)| Form::new(name, form)).collect();
    for Form { content, .. } in &forms {
        let document: Document = serde_json::from_value(content["document"].clone()).expect("a document");
        orders.insert_one(document).await.expect("stored");
    }
    // SecantusDB leases one order at a time to concurrent callers.
    let mut published = 0;
    for _ in &forms {
        let report = system.function("relay").invoke(json!({})).await.expect("a report");
        published += report["published"].as_u64().unwrap_or_default();
    }
    let arrived =
        || forms.iter().map(|form| subscriber.unchecked_events_of(&form.id).len() as u64).sum::<u64>();
    eventually("all events arrive", async || (arrived() >= published).then_some(())).await;
    let page = send(&system, Method::GET, "/orders?limit=100", &[], String::new()).await;
    println!("GET /orders: {}, {} of {} orders", page.status, listed(&page).len(), forms.len());
    let mut rows = vec![["form", "GET", "listed", "POST, repeated", "PATCH", "event"].map(str::to_owned)];
    for form in &forms {
        let event = form.event(subscriber);
        let read = send(&system, Method::GET, &form.path(), &[], String::new()).await;
        let read = outcome(&read, form.content["response"].as_str().unwrap_or_default());
        let is_listed = listed(&page).iter().any(|it| it["order_id"] == form.id);
        // Before the change, which a replay would not show.
        let replayed = form.replay(&system, &claims).await;
        let changed = form.cancel(&system).await.to_string();
        let listed = if is_listed { "yes" } else { "no" }.to_owned();
        rows.push([form.name.clone(), read, listed, replayed, changed, event]);
    }
    print_table(&rows);
    let mut rows = vec![["accepted order", "POST, repeated", "processed", "GET"].map(str::to_owned)];
    for (name, form) in accepted_forms() {
        let [replayed, processed, read] = decide(&system, &claims, &form).await;
        rows.push([name, replayed, processed, read]);
    }
    print_table(&rows);
    if page.status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Repeats the request of an accepted order without its preference, lets the processor decide it, and reads it.
async fn decide(system: &System, claims: &IdempotencyTable, form: &Value) -> [String; 3] {
    let key = fresh_key();
    claims.put_accepted(&key, &form["claim"]).await;
    let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
    let replayed = send(system, Method::POST, "/orders", &headers, form["request"].to_string()).await;
    let replayed = match replayed.status {
        202 if form["claim"]["response"] == replayed.body => "202, the same bytes".to_owned(),
        status => status.to_string(),
    };
    let mut message = form["message"].clone();
    message["claim"] = format!("default#{key}").into();
    let processed = if binary("process-orders").exists() {
        let batch = accepted_batch(&[message.to_string()]);
        match system.function("process-orders").invoke(batch).await {
            Ok(result) if result["batchItemFailures"] == json!([]) => "yes".to_owned(),
            Ok(result) | Err(result) => result.to_string(),
        }
    } else {
        "no such function".to_owned()
    };
    let path = format!("/orders/{}", form["claim"]["order_id"].as_str().expect("an id"));
    let read = send(system, Method::GET, &path, &[], String::new()).await;
    let order = read.json();
    let read = match (read.status, &order["status"], order["reject_reason"].as_str()) {
        (200, status, _) if *status == form["status"] => {
            format!("200, {}", status.as_str().unwrap_or_default())
        }
        (status, other, reason) => format!("{status}, {other} {}", reason.unwrap_or_default()),
    };
    [replayed, processed, read]
}

/// Prints rows with columns of the same width.
fn print_table<const N: usize>(rows: &[[String; N]]) {
    let widths: Vec<_> = (0..N).map(|column| rows.iter().map(|row| row[column].len()).max()).collect();
    for row in rows {
        let cells =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:0$}", width.unwrap_or_default()));
        println!("{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

impl Form {
    fn new(name: String, form: Value) -> Self {
        let id = form["document"]["_id"].as_str().expect("an id").to_owned();
        Self { name, content: form, id }
    }

    fn path(&self) -> String {
        format!("/orders/{}", self.id)
    }

    /// Repeats the request for the order, under a claim that this release has written.
    async fn replay(&self, system: &System, claims: &IdempotencyTable) -> String {
        let Some(fingerprint) = self.content["claim"]["fingerprint"].as_str() else {
            return "-".to_owned();
        };
        let (key, expected) = (fresh_key(), self.content["response"].as_str().expect("a text"));
        claims.put_claim(&key, fingerprint, expected).await;
        let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
        let body = self.content["claim"]["request"].to_string();
        outcome(&send(system, Method::POST, "/orders", &headers, body).await, expected)
    }

    async fn cancel(&self, system: &System) -> u16 {
        let version = self.content["document"]["version"]["$numberLong"].as_str().expect("a version");
        let headers = [("content-type", "application/json"), ("if-match", version)];
        let body = json!({ "status": "CANCELLED" }).to_string();
        send(system, Method::PATCH, &self.path(), &headers, body).await.status
    }

    /// Compares the event that the relay has published.
    fn event(&self, subscriber: &Subscriber) -> String {
        if self.content["event"].is_null() {
            return "-".to_owned();
        }
        let arrived = subscriber.unchecked_events_of(&self.id);
        let (Some(event), expected) = (arrived.first(), &self.content["event"]["data"]["order"]) else {
            return "not published".to_owned();
        };
        describe(&event["detail"]["data"]["order"], expected)
    }
}

/// Sends a request; returns the response also if the API of this release would not give it.
async fn send(system: &System, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
    match system.api().attempt(method, path, headers, body).await {
        Ok(reply) | Err(reply) => reply,
    }
}

fn listed(page: &Reply) -> Vec<Value> {
    page.json()["items"].as_array().cloned().unwrap_or_default()
}

/// Compares a response with the expected order.
fn outcome(reply: &Reply, expected: &str) -> String {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    match reply.status {
        200 | 201 if reply.body == expected => format!("{}, the same bytes", reply.status),
        200 | 201 => format!("{}, {}", reply.status, describe(&parse(&reply.body), &parse(expected))),
        status => format!("{status} {}", parse(&reply.body)["type"].as_str().unwrap_or_default()),
    }
}

/// Names the members of the expected order that another one has not, or with another value.
fn describe(order: &Value, expected: &Value) -> String {
    let members = expected.as_object().into_iter().flatten();
    let missing: Vec<_> = members.filter(|(name, value)| order.get(*name) != Some(*value)).collect();
    let names: Vec<_> = missing.into_iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() { "the same".to_owned() } else { format!("without {}", names.join(", ")) }
}
