//! Requests of orders to payment providers, and the answers on their way back: both functions, with a provider on this machine.

use aws_sdk_sqs::Client;
use orders_tests::{Api, StubProvider, System, TestServers, create_queue, fresh_key, log_file, now, rfc3339};
use serde_json::{Value, json};

const KEY: &str = "sk_test_that_nobody_may_log";
const TOKEN: &str = "tok_that_nobody_may_log";

/// System with a provider, an account, and a queue of answers of its own.
struct Shop {
    system: System,
    provider: StubProvider,
    facts: String,
    prefix: String,
}

impl Shop {
    async fn open() -> Self {
        let prefix = format!("orders-test/{}/", fresh_key());
        let facts = create_queue().await;
        let system = System::builder()
            .env("PAYMENT_ACCOUNTS_PREFIX", &prefix)
            .env("PAYMENT_FACTS_URL", &facts)
            .start();
        system.migrate().await;
        Self { system, provider: StubProvider::start().await, facts, prefix }
    }

    async fn with_account() -> Self {
        let shop = Self::open().await;
        shop.provider.create_account(&shop.prefix, "default", KEY).await;
        shop
    }

    /// Gives messages to a function, and returns the positions of those that it wants to have again.
    async fn deliver(&self, function: &'static str, bodies: &[String]) -> Vec<usize> {
        let batch = fresh_key();
        let record = |(index, body): (usize, &String)| {
            json!({ "messageId": format!("{batch}/{index}"), "receiptHandle": "r", "body": body, "attributes": {},
                "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": "arn", "awsRegion": "us-east-1" })
        };
        let records: Vec<_> = bodies.iter().enumerate().map(record).collect();
        let result = self.system.function(function).invoke(json!({ "Records": records })).await;
        let result = result.expect("a result");
        let failures = result["batchItemFailures"].as_array().expect("a list").iter();
        let position = |failure: &Value| {
            let id = failure["itemIdentifier"].as_str().expect("an id");
            id.rsplit('/').next().expect("a part").parse().expect("a position")
        };
        failures.map(position).collect()
    }

    async fn call(&self, request: &Value) -> Vec<usize> {
        self.deliver("call-provider", &[request.to_string()]).await
    }

    async fn record(&self, facts: &[String]) -> Vec<usize> {
        self.deliver("record-payment-facts", facts).await
    }

    /// Takes the answers out of their queue.
    async fn answers(&self) -> Vec<String> {
        let client = Client::new(&TestServers::shared().sdk_config());
        let received = client.receive_message().queue_url(&self.facts).max_number_of_messages(10);
        let messages = received.send().await.expect("messages").messages.unwrap_or_default();
        for message in &messages {
            let delete = client.delete_message().queue_url(&self.facts);
            delete.set_receipt_handle(message.receipt_handle.clone()).send().await.expect("a deletion");
        }
        messages.into_iter().map(|message| message.body.expect("a body")).collect()
    }

    async fn only_answer(&self) -> Value {
        let answers = self.answers().await;
        assert_eq!(answers.len(), 1, "{answers:?}");
        serde_json::from_str(&answers[0]).expect("JSON")
    }
}

fn request(order: &str, id: &str, operation: &Value) -> Value {
    let mut request = json!({ "v": 1, "tenant": "default", "order_id": order, "request_id": id, "provider": "standard",
        "amount": "19.98", "currency": "USD", "requested_at": rfc3339(now()) });
    request.as_object_mut().expect("an object").extend(operation.as_object().expect("an object").clone());
    request
}

fn charge() -> Value {
    json!({ "operation": "charge", "token": TOKEN, "capture": true })
}

fn refund() -> Value {
    json!({ "operation": "refund", "payment_id": "pay_1", "amount": "5.00" })
}

fn payment(status: &str) -> Value {
    json!({ "id": "pay_1", "amount": "19.98", "captured": "19.98", "currency": "USD", "status": status,
        "reason": "card_declined" })
}

async fn placed(api: &Api) -> String {
    let order = api.new_order().await;
    assert_eq!(order.status, 201, "{}", order.body);
    order.order_id()
}

async fn state(api: &Api, id: &str) -> (Value, Value) {
    let order = api.order(id).await.json();
    (order["status"].clone(), order["payment"]["status"].clone())
}

fn assert_nothing_secret_in_the_logs() {
    for function in ["call-provider", "record-payment-facts"] {
        let log = std::fs::read_to_string(log_file(function)).unwrap_or_default();
        assert!(!log.contains(KEY) && !log.contains(TOKEN), "{function}");
    }
}

#[tokio::test]
async fn a_message_that_was_kept_for_hours_is_not_carried_out() {
    let shop = Shop::with_account().await;
    let mut kept = request("019c1363-49c0-7000-8000-000000000001", &fresh_key(), &refund());
    kept["sent_at"] = rfc3339(now() - 7 * 3600).into();
    assert_eq!(shop.call(&kept).await, [0; 0], "it is done: the order has sent it again");
    assert_eq!((shop.answers().await, shop.provider.calls().len()), (vec![], 0));
}

#[tokio::test]
async fn an_order_is_charged_and_refunded_at_its_provider_once_however_often_a_message_comes() {
    let shop = Shop::with_account().await;
    let api = shop.system.api();
    let (order, charge_id, refund_id) = (placed(&api).await, fresh_key(), fresh_key());

    shop.provider.will_respond(503, &Value::Null);
    shop.provider.will_respond(201, &payment("captured"));
    assert_eq!(shop.call(&request(&order, &charge_id, &charge())).await, [0; 0]);
    let calls = shop.provider.calls();
    let seen: Vec<_> = calls.iter().map(|call| (call.route.as_str(), call.key.as_str())).collect();
    assert_eq!(seen, [("POST /v1/payments", charge_id.as_str()); 2]);
    assert_eq!(calls[0].authorization, format!("Bearer {KEY}"));
    assert_eq!((&calls[0].body["token"], &calls[0].body["order_id"]), (&json!(TOKEN), &json!(order)));

    let facts = shop.answers().await;
    assert_eq!(shop.record(&[facts[0].clone(), facts[0].clone()]).await, [0; 0]);
    assert_eq!(state(&api, &order).await, (json!("PAID"), json!("PAID")));

    let object = |status: &str| json!({ "id": "re_1", "payment_id": "pay_1", "amount": "5.00", "currency": "USD", "status": status });
    // The function has ended after the provider's response, and before its own: the message comes again.
    for _ in 0..2 {
        shop.provider.will_respond(201, &object("succeeded"));
        assert_eq!(shop.call(&request(&order, &refund_id, &refund())).await, [0; 0]);
    }
    let facts = shop.answers().await;
    assert_eq!(facts.len(), 2);
    assert_eq!(shop.record(&facts).await, [0; 0]);
    assert_eq!(state(&api, &order).await, (json!("PAID"), json!("PARTIALLY_REFUNDED")));
    assert_eq!(api.order(&order).await.json()["payment"]["refunded"], "5.00", "once");
    assert_eq!(shop.provider.calls()[3].key, refund_id);
    assert_nothing_secret_in_the_logs();
}

#[tokio::test]
async fn a_refusal_is_an_answer_for_the_order() {
    let shop = Shop::with_account().await;
    let api = shop.system.api();
    let (order, charge_id, refund_id) = (placed(&api).await, fresh_key(), fresh_key());

    shop.provider.will_respond(201, &payment("failed"));
    assert_eq!(shop.call(&request(&order, &charge_id, &charge())).await, [0; 0]);
    let declined = shop.only_answer().await;
    assert_eq!((&declined["kind"], &declined["reason"]), (&json!("failed"), &json!("card_declined")));
    assert_eq!((&declined["request_id"], &declined["payment_id"]), (&json!(charge_id), &json!("pay_1")));
    assert_eq!(shop.record(&[declined.to_string()]).await, [0; 0]);
    assert_eq!(state(&api, &order).await, (json!("CREATED"), json!("UNPAID")));

    shop.provider.will_respond(422, &json!({ "title": "Refused", "reason": "exceeds_captured" }));
    assert_eq!(shop.call(&request(&order, &refund_id, &refund())).await, [0; 0]);
    let refused = shop.only_answer().await;
    assert_eq!((&refused["kind"], &refused["reason"]), (&json!("refund_failed"), &json!("exceeds_captured")));
    assert_eq!((&refused["request_id"], &refused["object"]), (&json!(refund_id), &json!(refund_id)));
    assert_eq!(shop.record(&[refused.to_string()]).await, [0; 0]);

    // The outcome comes by webhook.
    shop.provider.will_respond(201, &payment("processing"));
    assert_eq!(shop.call(&request(&order, &fresh_key(), &charge())).await, [0; 0]);
    assert_eq!(shop.answers().await, [""; 0]);
}

#[tokio::test]
async fn a_request_without_an_answer_is_delivered_again_and_the_log_says_what_to_correct() {
    let shop = Shop::open().await;
    let order = fresh_key();
    assert_eq!(shop.call(&request(&order, &fresh_key(), &charge())).await, [0], "no account");
    shop.provider.create_account(&shop.prefix, "other", KEY).await;
    let of_other = |mut request: Value| {
        request["tenant"] = "other".into();
        request
    };
    for (status, calls) in [(401, 1), (500, 3), (302, 1), (200, 1)] {
        let before = shop.provider.calls().len();
        for _ in 0..calls {
            shop.provider.will_respond(status, &Value::Null);
        }
        let request = of_other(request(&order, &fresh_key(), &charge()));
        assert_eq!(shop.call(&request).await, [0], "{status}");
        assert_eq!(shop.provider.calls().len() - before, calls, "{status}");
    }
    let mut unreadable = request(&order, &fresh_key(), &charge());
    unreadable["v"] = 2.into();
    assert_eq!(shop.call(&unreadable).await, [0]);
    assert_eq!(shop.answers().await, [""; 0]);

    let log = std::fs::read_to_string(log_file("call-provider")).expect("a log");
    for expected in [
        format!("create it with make payment-account, as {}default/standard", shop.prefix),
        format!("rejects the key with status 401: correct the account {}other/standard", shop.prefix),
        "/v must be 1".to_owned(),
    ] {
        assert!(log.contains(&expected), "{expected}");
    }
    assert_nothing_secret_in_the_logs();
}

#[tokio::test]
async fn an_answer_waits_for_its_order_and_is_kept_without_one() {
    let shop = Shop::open().await;
    let api = shop.system.api();
    let fact = |order: &str, at: &str| {
        json!({ "v": 1, "tenant": "default", "provider": "standard", "order_id": order, "request_id": fresh_key(),
            "payment_id": fresh_key(), "kind": "captured", "amount": "19.98", "currency": "USD", "occurred_at": at })
        .to_string()
    };
    let (known, unknown) = (placed(&api).await, "019c1363-49c0-7000-8000-00000000ffff");
    let now = rfc3339(now());
    let batch =
        [fact(unknown, &now), "{}".to_owned(), fact(&known, &now), fact(unknown, "2026-01-31T09:30:00Z")];
    assert_eq!(
        shop.record(&batch).await,
        [0, 1],
        "the order can still be stored; nobody can read the second"
    );
    assert_eq!(state(&api, &known).await, (json!("PAID"), json!("PAID")));
}
