//! Charges, refunds and compensation on the deployed stack: from the API through the queues and functions to a provider of
//! another process, and back.

use crate::{STACK, closed_api, stack};
use http::Method;
use orders_tests::{Api, GOOD_ORDER, PaymentEndpoint, Reply, eventually, fresh_key, repository};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// Tenant of the orders, which no other test has.
const TENANT: &str = "payments";
const SCOPES: &str = "orders:read orders:write orders:price payments:write refunds:write";

/// Payment provider of `make run`, which requires the key of the account. Dropping the value ends it.
struct Provider {
    process: Child,
    url: String,
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Provider {
    /// Starts the provider. Creates an endpoint for its webhooks and an account of the tenant, like an operator.
    fn start() -> Self {
        let (endpoint, key) = (fresh_key(), fresh_key());
        let secret = PaymentEndpoint::fresh_secret();
        let webhooks = format!("{}/webhooks/payments/standard/{endpoint}", closed_api().base());
        let mut command = Command::new(repository().join(".venv/bin/python"));
        command.current_dir(repository()).args(["-m", "localstack.payment_provider", "--port", "0"]);
        command.args(["--webhook-url", &webhooks]);
        command.env("PAYMENT_WEBHOOK_SECRET", &secret).env("PAYMENT_PROVIDER_KEY", &key);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on ").expect("an address");
        let provider = Self { process, url: format!("http://{address}") };
        let of_tenant = |script: &str| {
            let mut command = stack().command(".venv/bin/python");
            command.arg(format!("infra/{script}.py")).args(["--stack", STACK]);
            command.arg(script.replace('_', "-").trim_end_matches('s'));
            command.args(["--provider=standard", &format!("--tenant={TENANT}")]);
            command
        };
        succeed(of_tenant("payment_endpoints").arg(format!("--id={endpoint}")).env("SECRET", secret));
        succeed(of_tenant("payment_accounts").arg(format!("--url={}", provider.url)).env("KEY", key));
        provider
    }

    /// Sends a request of a test.
    async fn send(&self, method: Method, path: &str, body: &Value) -> Value {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = client.request(method, format!("{}{path}", self.url));
        let request = if body.is_null() { request } else { request.json(body) };
        request.send().await.expect("a response").json().await.expect("JSON")
    }

    /// Declines the next charge.
    async fn decline_next(&self) {
        self.send(Method::POST, "/v1/test/behaviour", &json!({ "next": ["decline"] })).await;
    }

    /// Returns amount and refunds of each payment of an order that was taken.
    async fn taken(&self, order: &str) -> Value {
        let payments = self.send(Method::GET, &format!("/v1/payments?order_id={order}"), &Value::Null).await;
        let refund = |refund: &Value| json!([refund["status"], refund["amount"]]);
        let payment = |payment: &Value| {
            let refunds: Vec<_> = payment["refunds"].as_array().expect("a list").iter().map(refund).collect();
            json!([payment["captured"], refunds])
        };
        let payments = payments["payments"].as_array().expect("a list").iter();
        payments.filter(|payment| payment["status"] == "captured").map(payment).collect()
    }
}

/// Runs a command of an operator.
fn succeed(command: &mut Command) {
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

async fn post(api: &Api, path: &str, key: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    api.send(Method::POST, path, &headers, body.to_string()).await
}

/// Waits until the payment of an order has a status, and returns the order.
async fn order_with_payment(api: &Api, id: &str, status: &str) -> Value {
    eventually(&format!("the payment of {id} is {status}"), async || {
        let order = api.order(id).await.json();
        (order["payment"]["status"] == status).then_some(order)
    })
    .await
}

/// Returns cause, status and amount of each refund.
async fn refunds(api: &Api, id: &str) -> Value {
    let refunds = api.get(&format!("/orders/{id}/refunds")).await.json();
    let refunds = refunds["refunds"].as_array().expect("a list").iter();
    refunds.map(|it| json!([it["cause"], it["status"], it["amount"]])).collect()
}

#[tokio::test]
async fn an_order_is_charged_refunded_and_compensated_at_its_provider() {
    let api = closed_api().with_token(&stack().token(STACK, TENANT, SCOPES));
    let provider = Provider::start();
    let placed = api.create(&fresh_key(), &GOOD_ORDER).await;
    assert_eq!(placed.status, 201, "{}", placed.body);
    let id = placed.order_id();

    let path = format!("/orders/{id}/payments");
    let charge = json!({ "provider": "standard", "token": "tok_visa" });
    provider.decline_next().await;
    assert_eq!(post(&api, &path, &fresh_key(), &charge).await.status, 202);
    assert_eq!(order_with_payment(&api, &id, "UNPAID").await["status"], "CREATED");
    let key = fresh_key();
    for _ in 0..2 {
        let asked = post(&api, &path, &key, &charge).await;
        assert_eq!(asked.status, 202, "{}", asked.body);
    }
    let paid = order_with_payment(&api, &id, "PAID").await;
    assert_eq!((&paid["status"], &paid["payment"]["captured"]), (&json!("PAID"), &json!("19.98")));

    let (path, key) = (format!("/orders/{id}/refunds"), fresh_key());
    let refund = json!({ "reason": "damaged", "amount": "5.00" });
    for _ in 0..2 {
        let asked = post(&api, &path, &key, &refund).await;
        assert_eq!(asked.status, 201, "{}", asked.body);
    }
    let refunded = order_with_payment(&api, &id, "PARTIALLY_REFUNDED").await;
    assert_eq!(refunded["payment"]["refunded"], "5.00");
    assert_eq!(refunds(&api, &id).await, json!([["requested", "SUCCEEDED", "5.00"]]));
    assert_eq!(provider.taken(&id).await, json!([["19.98", [["succeeded", "5.00"]]]]));

    // What is left goes back by itself: the schedule runs the sweeper every minute.
    let version = refunded["version"].as_u64().expect("a version");
    assert_eq!(api.change(&id, version, "CANCELLED", &[]).await.status, 200);
    let gone = order_with_payment(&api, &id, "REFUNDED").await;
    assert_eq!((&gone["status"], &gone["payment"]["refunded"]), (&json!("CANCELLED"), &json!("19.98")));
    let both = json!([["requested", "SUCCEEDED", "5.00"], ["compensation", "SUCCEEDED", "14.98"]]);
    assert_eq!(refunds(&api, &id).await, both);
    let taken = json!([["19.98", [["succeeded", "5.00"], ["succeeded", "14.98"]]]]);
    assert_eq!(provider.taken(&id).await, taken);
}
