//! Webhooks of payment providers: orders become paid because a provider says so, signed, and never otherwise.

use aws_sdk_sqs::Client;
use orders_tests::{
    Api, PaymentEndpoint, Reply, Subscriber, System, TestServers, WebhookHeaders, fresh_key, now, repository,
    rfc3339,
};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Total of an order of `GOOD_ORDER`, in cents.
const TOTAL: u64 = 1998;

async fn placed(api: &Api) -> String {
    let order = api.new_order().await;
    assert_eq!(order.status, 201, "{}", order.body);
    order.order_id()
}

/// Returns status and payment of an order.
async fn state(api: &Api, id: &str) -> (String, Value) {
    let order = api.order(id).await.json();
    (order["status"].as_str().expect("a status").to_owned(), order["payment"].clone())
}

fn payment(status: &str, captured: &str, refunded: &str) -> Value {
    json!({ "status": status, "captured": captured, "refunded": refunded, "currency": "USD" })
}

fn assert_accepted(reply: &Reply) {
    assert_eq!((reply.status, reply.body.as_str()), (204, ""));
}

#[tokio::test]
async fn an_order_is_paid_refunded_and_disputed_once_however_often_and_in_whatever_sequence_it_is_said() {
    let (system, subscriber) = (System::shared(), Subscriber::shared());
    let api = system.api();
    for provider in ["standard", "stripe"] {
        let endpoint = PaymentEndpoint::create("default", provider).await;
        let (id, pay, refund) = (placed(&api).await, fresh_key(), fresh_key());
        let captured = endpoint.about_payment("captured", &pay, &id, TOTAL).to_string();
        let authorized = endpoint.about_payment("authorized", &pay, &id, TOTAL).to_string();
        let failed = endpoint.about_payment("failed", &pay, &id, TOTAL).to_string();
        for body in [&failed, &captured, &captured, &authorized, &failed] {
            assert_accepted(&endpoint.send(&api, body.as_str()).await);
        }
        assert_eq!(
            state(&api, &id).await,
            ("PAID".to_owned(), payment("PAID", "19.98", "0.00")),
            "{provider}"
        );
        // Created, failed, paid, authorized: one version each.
        assert_eq!(api.order(&id).await.json()["version"], 4, "{provider}");
        let events = subscriber.wait_for(&id, 4).await;
        let of = |event: &Value| {
            let data = &event["detail"]["data"];
            (
                data["order"]["version"].clone(),
                data["changed"].clone(),
                data["order"]["payment"]["status"].clone(),
            )
        };
        let mut told: Vec<_> = events.iter().map(of).collect();
        told.sort_by_key(|(version, ..)| version.as_u64());
        // A repetition can publish an event beside the first request.
        told.dedup();
        assert_eq!(
            told,
            [
                (json!(1), Value::Null, Value::Null),
                (json!(2), json!(["payment"]), json!("UNPAID")),
                (json!(3), Value::Null, json!("PAID")),
                (json!(4), json!(["payment"]), json!("PAID")),
            ],
            "{provider}"
        );
        let refunded = endpoint.about_refund(&refund, &pay, &id, 500).to_string();
        for _ in 0..2 {
            assert_accepted(&endpoint.send(&api, refunded.as_str()).await);
        }
        let expected = ("PAID".to_owned(), payment("PARTIALLY_REFUNDED", "19.98", "5.00"));
        assert_eq!(state(&api, &id).await, expected, "{provider}");
    }
}

#[tokio::test]
async fn money_for_a_cancelled_order_is_due_until_it_has_gone_back() {
    let api = System::shared().api();
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    for cancelled_first in [true, false] {
        let (id, pay) = (placed(&api).await, fresh_key());
        let captured = endpoint.about_payment("captured", &pay, &id, TOTAL).to_string();
        if cancelled_first {
            assert_eq!(api.change(&id, 1, "CANCELLED", &[]).await.status, 200);
            assert_accepted(&endpoint.send(&api, captured).await);
        } else {
            assert_accepted(&endpoint.send(&api, captured).await);
            let cancelled = api.change(&id, 2, "CANCELLED", &[]).await;
            assert_eq!(cancelled.json()["payment"]["status"], "REFUND_DUE");
        }
        let due = payment("REFUND_DUE", "19.98", "0.00");
        assert_eq!(state(&api, &id).await, ("CANCELLED".to_owned(), due));
        let document = System::shared().orders().await.find_one(mongodb::bson::doc! { "_id": &id }).await;
        let document = document.expect("a response").expect("the order");
        assert!(document.contains_key("refund_due"), "for whoever gives it back");
        let refunded = endpoint.about_refund(&fresh_key(), &pay, &id, TOTAL).to_string();
        assert_accepted(&endpoint.send(&api, refunded).await);
        assert_eq!(state(&api, &id).await.1, payment("REFUNDED", "19.98", "19.98"));
    }
}

#[tokio::test]
async fn another_amount_or_currency_is_kept_and_pays_nothing() {
    let api = System::shared().api();
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let (id, pay) = (placed(&api).await, fresh_key());
    let part = endpoint.about_payment("captured", &pay, &id, TOTAL - 1).to_string();
    assert_accepted(&endpoint.send(&api, part).await);
    assert_eq!(state(&api, &id).await, ("CREATED".to_owned(), payment("MISMATCH", "19.97", "0.00")));
    let full = endpoint.about_payment("captured", &pay, &id, TOTAL).to_string();
    assert_accepted(&endpoint.send(&api, full).await);
    assert_eq!(
        state(&api, &id).await,
        ("PAID".to_owned(), payment("PAID", "19.98", "0.00")),
        "the rest has come"
    );

    let id = placed(&api).await;
    let mut foreign = endpoint.about_payment("captured", &fresh_key(), &id, TOTAL);
    foreign["data"]["currency"] = "EUR".into();
    assert_accepted(&endpoint.send(&api, foreign.to_string()).await);
    assert_eq!(state(&api, &id).await, ("CREATED".to_owned(), payment("MISMATCH", "0.00", "0.00")));
}

#[tokio::test]
async fn who_does_not_know_the_secret_of_the_endpoint_is_told_nothing() {
    let api = System::shared().api();
    for provider in ["standard", "stripe"] {
        let endpoint = PaymentEndpoint::create("default", provider).await;
        let id = placed(&api).await;
        let body = endpoint.about_payment("captured", &fresh_key(), &id, TOTAL).to_string();
        let (bytes, at) = (body.as_bytes(), now());
        let other =
            |id: &str| PaymentEndpoint { id: id.to_owned(), provider, secret: endpoint.secret.clone() };
        let another_provider = if provider == "stripe" { "standard" } else { "stripe" };
        let pretty =
            serde_json::to_string_pretty(&serde_json::from_str::<Value>(&body).expect("JSON")).expect("JSON");
        let signed = endpoint.sign(bytes, at);
        let with = |name: &str, value: &str| -> WebhookHeaders {
            let set = |(key, old): &(&'static str, String)| {
                (*key, if *key == name { value.to_owned() } else { old.clone() })
            };
            signed.iter().map(set).collect()
        };
        let signature = signed[0].1.clone();
        let many = vec![signature.replace("v1,", "v1,A").replace("v1=", "v1=0"); 100];
        let many = many.join(if provider == "stripe" { "," } else { " " });
        let wrong: Vec<(&str, Reply)> = vec![
            ("an unknown endpoint", other("unknown").send(&api, bytes).await),
            ("an endpoint that can't be", other("a b").send(&api, bytes).await),
            (
                "an endpoint of another provider",
                PaymentEndpoint { provider: another_provider, ..other(&endpoint.id) }.send(&api, bytes).await,
            ),
            (
                "an unknown provider",
                PaymentEndpoint { provider: "paypal", ..other(&endpoint.id) }
                    .send_with(&api, &signed, bytes)
                    .await,
            ),
            (
                "another secret",
                endpoint.signing_with(&PaymentEndpoint::fresh_secret()).send(&api, bytes).await,
            ),
            ("no signature", endpoint.send_with(&api, &vec![], bytes).await),
            ("an empty signature", endpoint.send_with(&api, &with(signed[0].0, ""), bytes).await),
            ("a hundred signatures", endpoint.send_with(&api, &with(signed[0].0, &many), bytes).await),
            ("a truncated body", endpoint.send_with(&api, &signed, &bytes[..bytes.len() - 1]).await),
            ("a body written anew", endpoint.send_with(&api, &signed, pretty).await),
            ("no body", endpoint.send_with(&api, &signed, "").await),
            (
                "a signature of the past",
                endpoint.send_with(&api, &endpoint.sign(bytes, at - 310), bytes).await,
            ),
            (
                "a signature of the future",
                endpoint.send_with(&api, &endpoint.sign(bytes, at + 310), bytes).await,
            ),
            ("a negative time", endpoint.send_with(&api, &endpoint.sign(bytes, -at), bytes).await),
        ];
        for (name, reply) in wrong {
            let problem = reply.problem(401, "invalid-signature");
            assert_eq!(
                problem["detail"], "the endpoint does not accept this signature",
                "{provider}: {name}"
            );
        }
        assert_eq!(state(&api, &id).await, ("CREATED".to_owned(), Value::Null), "{provider}");
        // Within the tolerance, and with another one beside it.
        let both =
            if provider == "stripe" { format!("{signature},v1=00") } else { format!("v1,AAAA {signature}") };
        assert_accepted(&endpoint.send_with(&api, &with(signed[0].0, &both), bytes).await);
        assert_accepted(&endpoint.send_with(&api, &endpoint.sign(bytes, at - 280), bytes).await);
        assert_eq!(state(&api, &id).await.0, "PAID", "{provider}");
    }
}

#[tokio::test]
async fn both_secrets_are_accepted_while_one_replaces_the_other() {
    let api = System::shared().api();
    for provider in ["standard", "stripe"] {
        let endpoint = PaymentEndpoint::create("default", provider).await;
        let next = PaymentEndpoint::fresh_secret();
        endpoint.accept("default", &next).await;
        for signer in [&endpoint, &endpoint.signing_with(&next)] {
            let id = placed(&api).await;
            let body = endpoint.about_payment("captured", &fresh_key(), &id, TOTAL).to_string();
            assert_accepted(&signer.send(&api, body).await);
            assert_eq!(state(&api, &id).await.0, "PAID", "{provider}");
        }
    }
}

/// Instances of the previous deployment remember the endpoint as it was before the rotation, and read it again at most once a
/// minute. Until then, they refuse the new secret, and the provider sends the webhook again.
#[tokio::test]
async fn no_webhook_is_lost_while_an_instance_remembers_the_endpoint_from_before_the_rotation() {
    let database = format!("test-{}", fresh_key());
    let instance = || System::builder().env("MONGO_DB", &database).start();
    let (old, endpoint) = (instance(), PaymentEndpoint::create("default", "standard").await);
    old.migrate().await;
    let api = old.api();
    let paid = async |system: &System, signer: &PaymentEndpoint| {
        let id = placed(&api).await;
        let body = signer.about_payment("captured", &fresh_key(), &id, TOTAL).to_string();
        orders_tests::eventually("the webhook is accepted", async || {
            let reply = signer.send(&system.api(), body.as_str()).await;
            assert!([204, 401].contains(&reply.status), "{}", reply.body);
            (reply.status == 204).then_some(())
        })
        .await;
        assert_eq!(state(&api, &id).await.0, "PAID");
    };
    paid(&old, &endpoint).await;

    let next = endpoint.signing_with(&PaymentEndpoint::fresh_secret());
    endpoint.accept("default", &next.secret).await;
    let new = instance();
    for (system, signer) in [(&old, &endpoint), (&new, &endpoint), (&new, &next), (&old, &next)] {
        paid(system, signer).await;
    }

    next.finish_rotation("default").await;
    let last = instance();
    paid(&last, &next).await;
    let body = endpoint.about_payment("captured", &fresh_key(), &placed(&api).await, TOTAL).to_string();
    let _ = endpoint.send(&last.api(), body).await.problem(401, "invalid-signature");
}

#[tokio::test]
async fn a_signed_body_that_can_not_be_read_gets_an_error_that_says_where() {
    let api = System::shared().api();
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let id = placed(&api).await;
    for bytes in [&b"{"[..], b"\xff\xfe", &[0x1f, 0x8b, 8, 0], b""] {
        let _ = endpoint.send(&api, bytes).await.problem(400, "malformed-body");
    }
    let good = endpoint.about_payment("captured", "pay_1", &id, TOTAL);
    for (pointer, value) in [
        ("/data/amount", json!(19.98)),
        ("/data/amount", json!("-19.98")),
        ("/data/amount", json!("19.981")),
        ("/data/amount", json!("1e3")),
        ("/data/amount", Value::Null),
        ("/data/currency", json!("usd")),
        ("/data/payment_id", json!("")),
        ("/data/order_id", json!(7)),
        ("/timestamp", json!("yesterday")),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).expect(pointer) = value.clone();
        let problem = endpoint.send(&api, body.to_string()).await.problem(400, "invalid-body");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{value}");
    }
    assert_eq!(state(&api, &id).await, ("CREATED".to_owned(), Value::Null));
}

#[tokio::test]
async fn what_is_not_about_an_order_is_accepted_and_changes_nothing() {
    let api = System::shared().api();
    let (standard, stripe) = (
        PaymentEndpoint::create("default", "standard").await,
        PaymentEndpoint::create("default", "stripe").await,
    );
    let other = json!({ "type": "customer.created", "timestamp": rfc3339(now()), "data": {} });
    assert_accepted(&standard.send(&api, other.to_string()).await);
    let dispute = |payment: &str| {
        let object = json!({ "id": "dp_1", "payment_intent": payment, "amount": TOTAL, "currency": "usd" });
        json!({ "type": "charge.dispute.created", "created": now(), "data": { "object": object } })
            .to_string()
    };
    // Its payment can still be about to be recorded.
    let early = stripe.send(&api, dispute(&fresh_key())).await;
    let _ = early.problem(503, "unavailable");
    let old = dispute(&fresh_key())
        .replace(&format!("\"created\":{}", now()), &format!("\"created\":{}", now() - 601));
    assert_accepted(&stripe.send(&api, old).await);
    // The same about a payment that an order has.
    let (id, pay) = (placed(&api).await, fresh_key());
    assert_accepted(&stripe.send(&api, stripe.about_payment("captured", &pay, &id, TOTAL).to_string()).await);
    assert_accepted(&stripe.send(&api, dispute(&pay)).await);
    assert_eq!(state(&api, &id).await, ("PAID".to_owned(), payment("DISPUTED", "19.98", "0.00")));
}

#[tokio::test]
async fn an_unknown_order_is_asked_for_again_and_kept_after_ten_minutes() {
    let api = System::shared().api();
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let stranger = PaymentEndpoint::create(&format!("t-{}", fresh_key()), "standard").await;
    let (order, unknown) = (placed(&api).await, "019c1363-49c0-7000-8000-000000000000");
    let year = 365 * 24 * 3_600;
    for (endpoint, id, ahead) in [
        (&endpoint, unknown, -601),
        (&stranger, &*order, -601),
        (&endpoint, unknown, year),
        (&endpoint, "no-uuid", 0),
    ] {
        let pay = fresh_key();
        let mut body = endpoint.about_payment("captured", &pay, id, TOTAL);
        if id != "no-uuid" {
            let early = endpoint.send(&api, body.to_string()).await;
            assert_eq!(early.header("retry-after"), Some("30"));
            let _ = early.problem(503, "unavailable");
        }
        // A time in the future says nothing about the age.
        body["timestamp"] = rfc3339(now() + ahead).into();
        assert_accepted(&endpoint.send(&api, body.to_string()).await);
        let kept = unmatched(&pay).await;
        assert_eq!(
            (&kept["order_id"], &kept["kind"], &kept["amount"]),
            (&json!(id), &json!("captured"), &json!("19.98"))
        );
    }
    assert_eq!(state(&api, &order).await, ("CREATED".to_owned(), Value::Null), "no tenant pays for another");
}

/// Waits for the message about a payment in the queue of unmatched ones.
async fn unmatched(payment: &str) -> Value {
    let servers = TestServers::shared();
    let client = Client::new(&servers.sdk_config());
    orders_tests::eventually(&format!("{payment} is kept"), async || {
        let receive =
            client.receive_message().queue_url(&servers.unmatched_payments_url).visibility_timeout(0);
        let messages = receive.max_number_of_messages(10).send().await.expect("a response").messages;
        let bodies = messages.unwrap_or_default().into_iter().filter_map(|message| message.body);
        bodies
            .map(|body| serde_json::from_str::<Value>(&body).expect("JSON"))
            .find(|body| body["payment"] == payment)
    })
    .await
}

#[tokio::test]
async fn webhooks_that_the_libraries_of_the_providers_sign_are_accepted() {
    let api = System::shared().api();
    for provider in ["standard", "stripe"] {
        let endpoint = PaymentEndpoint::create("default", provider).await;
        let id = placed(&api).await;
        let body = endpoint.about_payment("captured", &fresh_key(), &id, TOTAL).to_string();
        assert_accepted(&endpoint.send_with(&api, &signed_by_library(&endpoint, &body), body).await);
        assert_eq!(state(&api, &id).await.0, "PAID", "{provider}");
    }
}

/// Signs a body with the Python library of the provider.
fn signed_by_library(endpoint: &PaymentEndpoint, body: &str) -> WebhookHeaders {
    let mut python = Command::new(repository().join(".venv/bin/python"))
        .args(["tests/api/sign_webhook.py", endpoint.provider])
        .current_dir(repository())
        .env("SECRET", &endpoint.secret)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the virtual environment exists: make .venv/.test");
    python.stdin.take().expect("a pipe").write_all(body.as_bytes()).expect("a body");
    let output = python.wait_with_output().expect("a signature");
    assert!(output.status.success());
    let headers: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature", "stripe-signature"];
    names.into_iter().filter_map(|name| Some((name, headers[name].as_str()?.to_owned()))).collect()
}

#[tokio::test]
async fn a_refund_that_names_another_order_or_none_is_that_of_its_payment() {
    let api = System::shared().api();
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    for reference in [Some("A-000123"), Some("019c1363-49c0-7000-8000-000000000000"), None] {
        let (id, pay) = (placed(&api).await, fresh_key());
        let captured = endpoint.about_payment("captured", &pay, &id, TOTAL).to_string();
        assert_accepted(&endpoint.send(&api, captured).await);
        let mut refund = endpoint.about_refund(&fresh_key(), &pay, "", TOTAL);
        match reference {
            Some(reference) => refund["data"]["order_id"] = reference.into(),
            None => drop(refund["data"].as_object_mut().expect("an object").remove("order_id")),
        }
        assert_accepted(&endpoint.send(&api, refund.to_string()).await);
        assert_eq!(state(&api, &id).await.1, payment("REFUNDED", "19.98", "19.98"), "{reference:?}");
    }
}

#[tokio::test]
async fn the_sweeper_counts_the_orders_whose_money_has_not_gone_back_in_time() {
    let system = System::builder().start();
    let (api, endpoint) = (system.api(), PaymentEndpoint::create("default", "standard").await);
    system.migrate().await;
    let refunds_due = async || {
        let report = system.function("sweep-orders").invoke(json!({})).await.expect("a report");
        report["refunds_due"].as_u64().expect("a number")
    };
    assert_eq!(refunds_due().await, 0);
    let (id, pay) = (placed(&api).await, fresh_key());
    assert_accepted(
        &endpoint.send(&api, endpoint.about_payment("captured", &pay, &id, TOTAL).to_string()).await,
    );
    assert_eq!(refunds_due().await, 0, "it is owed");
    assert_eq!(api.change(&id, 2, "CANCELLED", &[]).await.status, 200);
    assert_eq!(refunds_due().await, 0, "the provider is asked now");
    let refunds = api.get(&format!("/orders/{id}/refunds")).await.json();
    let told = ["cause", "status", "amount"].map(|member| refunds["refunds"][0][member].clone());
    assert_eq!(told, ["compensation", "PENDING", "19.98"]);
    let then = mongodb::bson::DateTime::from_millis((now() - 16 * 60) * 1000);
    let since = mongodb::bson::doc! { "$set": { "refund_due.since": then } };
    system.orders().await.update_one(mongodb::bson::doc! { "_id": &id }, since).await.expect("the order");
    assert_eq!(refunds_due().await, 1, "it takes too long");
    let refund = endpoint.about_refund(&fresh_key(), &pay, &id, TOTAL).to_string();
    assert_accepted(&endpoint.send(&api, refund).await);
    assert_eq!(refunds_due().await, 0);
    // A delivered order is owed its money.
    let (id, pay) = (placed(&api).await, fresh_key());
    assert_accepted(
        &endpoint.send(&api, endpoint.about_payment("captured", &pay, &id, TOTAL).to_string()).await,
    );
    assert_eq!(api.change(&id, 2, "FULFILLED", &[]).await.status, 200);
    assert_eq!(refunds_due().await, 0);
}
