//! Requests of orders on their way to the provider of a rush, and its answers on their way back.

use super::provider::Answer;
use super::{MAX_ATTEMPTS, Rush};
use crate::{Shop, TestServers, fresh_key};
use aws_sdk_sqs::Client;
use fastrand::Rng;
use futures::future::join_all;
use mongodb::bson::{DateTime, doc};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Number of messages that SQS delivers at a time.
const BATCH: i32 = 10;
/// Number of rounds after which all requests have to be answered.
const MAX_ROUNDS: usize = 50;

impl Shop {
    /// Carries out requests while orders are placed and paid.
    pub(super) async fn serve_while_open(&self, rush: &Rush) {
        while rush.is_open.load(Ordering::Relaxed) {
            if !self.serve_requests(rush).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Sweeps and carries out requests until nothing is left to do.
    pub(super) async fn settle_payments(&self, rush: &Rush) {
        for _ in 0..MAX_ROUNDS {
            self.make_payment_tasks_due().await;
            let swept = self.sweep().await;
            assert_eq!(swept["failed"], 0, "{swept}");
            let mut is_idle = swept["planned"] == 0 && swept["sent"] == 0;
            while self.serve_requests(rush).await {
                is_idle = false;
            }
            if is_idle {
                return;
            }
        }
        panic!("requests are never answered");
    }

    /// Makes the work of the payments due that is not due yet.
    pub(super) async fn make_payment_tasks_due(&self) {
        let an_hour_ago = DateTime::from_millis(DateTime::now().timestamp_millis() - 3_600_000);
        let orders = self.system.orders().await;
        for (mark, due_at) in
            [("payment_tasks.due_at", "payment_tasks.due_at"), ("refund_due.since", "refund_due.due_at")]
        {
            let (marked, due) =
                (doc! { mark: { "$exists": true } }, doc! { "$set": { due_at: an_hour_ago } });
            orders.update_many(marked, due).await.expect("a response");
        }
    }

    /// Carries out the next requests, in random sequence and some of them twice, and delivers the answers. Returns `false` when
    /// the queue is empty.
    async fn serve_requests(&self, rush: &Rush) -> bool {
        let client = Client::new(&TestServers::shared().sdk_config());
        let receive = client.receive_message().queue_url(&self.requests).max_number_of_messages(BATCH);
        let messages = receive.send().await.expect("a response").messages.unwrap_or_default();
        let mut rng = Rng::new();
        let mut requests: Vec<Value> = Vec::new();
        for message in &messages {
            let request: Value = serde_json::from_str(message.body().expect("a body")).expect("JSON");
            requests.extend(std::iter::repeat_n(request, 1 + rng.usize(..2)));
        }
        rng.shuffle(&mut requests);
        let answers: Vec<_> = requests.iter().flat_map(|request| rush.provider.carry_out(request)).collect();
        self.deliver_answers(rush, &answers, &mut rng).await;
        for message in &messages {
            let delete = client.delete_message().queue_url(&self.requests);
            delete.set_receipt_handle(message.receipt_handle.clone()).send().await.expect("a deletion");
        }
        !messages.is_empty()
    }

    /// Delivers each answer by its webhook, by the function of the answers, or by both, in random sequence.
    async fn deliver_answers(&self, rush: &Rush, answers: &[Answer], rng: &mut Rng) {
        let (mut webhooks, mut facts) = (Vec::new(), Vec::new());
        for Answer { fact, webhook } in answers {
            let route = rng.u8(..3);
            webhooks.extend(webhook.as_deref().filter(|_| route != 0));
            if route != 1 || webhook.is_none() {
                facts.push(fact);
            }
        }
        rng.shuffle(&mut webhooks);
        rng.shuffle(&mut facts);
        let webhooks = join_all(webhooks.into_iter().map(|body| self.deliver(rush, body)));
        let facts = join_all(facts.chunks(3).map(|facts| self.record_facts(rush, facts)));
        futures::join!(webhooks, facts);
    }

    /// Gives answers to `record-payment-facts` until it has recorded all of them.
    async fn record_facts(&self, rush: &Rush, facts: &[&Value]) {
        let mut left: Vec<(String, &Value)> = facts.iter().map(|fact| (fresh_key(), *fact)).collect();
        rush.answers.fetch_add(facts.len(), Ordering::Relaxed);
        for _ in 0..MAX_ATTEMPTS {
            let record = |(id, fact): &(String, &Value)| {
                json!({ "messageId": id, "receiptHandle": "r", "body": fact.to_string(), "attributes": {},
                    "messageAttributes": {}, "eventSource": "aws:sqs", "eventSourceARN": "arn", "awsRegion": "us-east-1" })
            };
            let records: Vec<_> = left.iter().map(record).collect();
            let function = self.system.function("record-payment-facts");
            // A killed function has no report, and its messages come again.
            if let Ok(report) = function.invoke(json!({ "Records": records })).await {
                let failures = report["batchItemFailures"].as_array().expect("a list");
                left.retain(|(id, _)| failures.iter().any(|it| it["itemIdentifier"] == id.as_str()));
            }
            if left.is_empty() {
                return;
            }
        }
        panic!("answers are never recorded: {left:?}");
    }
}
