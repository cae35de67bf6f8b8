//! Shows how the functions of another release read every form of an order: `make compat`.
//!
//! With the variable `BINARIES`, the functions are those in that folder. They read the documents of `api/forms`, which
//! this release writes, or a later one may. Prints one line for each form. Fails when a form hides another order from a
//! listing: everything else is for a reader to judge.

use mongodb::bson::Document;
use orders_tests::{Reply, System, forms};
use serde_json::{Value, json};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let system = System::builder().start();
    let (api, orders, forms) = (system.api(), system.orders().await, forms());
    for (_, form) in &forms {
        let document: Document = serde_json::from_value(form["document"].clone()).expect("a document");
        orders.insert_one(document).await.expect("stored");
    }
    let page = response(api.attempt(http::Method::GET, "/orders?limit=100", &[], "").await);
    println!("GET /orders: {}, {} of {} orders", page.status, listed(&page).len(), forms.len());
    println!("{:20} {:34} {:8} PATCH", "form", "GET", "listed");
    for (name, form) in &forms {
        let id = form["document"]["_id"].as_str().expect("an id");
        let path = format!("/orders/{id}");
        let order = response(api.attempt(http::Method::GET, &path, &[], "").await);
        let expected = form["response"].as_str().unwrap_or_default();
        let read = match order.status {
            200 if order.body == expected => "200, the same bytes".to_owned(),
            200 => format!("200, without {}", missing(&order.body, expected).join(", ")),
            status => format!("{status}"),
        };
        let is_listed = listed(&page).iter().any(|it| it["order_id"] == id);
        let version = form["document"]["version"]["$numberLong"].as_str().expect("a version");
        let headers = [("content-type", "application/json"), ("if-match", version)];
        let body = json!({ "status": "CANCELLED" }).to_string();
        let changed = response(api.attempt(http::Method::PATCH, &path, &headers, body).await);
        println!("{name:20} {read:34} {:8} {}", if is_listed { "yes" } else { "no" }, changed.status);
    }
    if page.status == 200 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns a response, also one that the API of this release would not give.
fn response(reply: Result<Reply, Reply>) -> Reply {
    match reply {
        Ok(reply) | Err(reply) => reply,
    }
}

fn listed(page: &Reply) -> Vec<Value> {
    page.json()["items"].as_array().cloned().unwrap_or_default()
}

/// Returns the members of the expected order that the response has not, or with another value.
fn missing(body: &str, expected: &str) -> Vec<String> {
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (body, expected) = (parse(body), parse(expected));
    let members = expected.as_object().into_iter().flatten();
    members.filter(|(name, value)| body.get(*name) != Some(*value)).map(|(name, _)| name.clone()).collect()
}
