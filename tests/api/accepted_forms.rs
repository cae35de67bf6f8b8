//! Every form of an accepted order that a release has written: `accepted_forms/*.json`.
//!
//! A form has the request, the claim with which it is stored, its message, and the outcome. `is_written` is `true` for
//! a form that this release writes. A form that was once written stays here for ever: a release may meet the orders
//! that another one has accepted.

use orders_tests::{IdempotencyTable, System, accepted_forms, fresh_key};
use serde_json::{Map, Value};

/// Attributes of a claim that differ each time.
const VARYING: [&str; 4] = ["pk", "open", "resend_at", "response"];

#[tokio::test]
async fn every_form_of_an_accepted_order_is_decided_and_told() {
    let (system, claims) = (System::builder().start(), IdempotencyTable::connect());
    system.migrate().await;
    let forms = accepted_forms();
    assert!(forms.len() >= 2, "{}", forms.len());
    for (name, form) in forms {
        let key = fresh_key();
        claims.put_accepted(&key, &form["claim"]).await;
        let mut message = form["message"].clone();
        message["claim"] = format!("default#{key}").into();
        assert_eq!(system.process(&[message.to_string()]).await, [""; 0], "{name}");
        let order = system.api().order(message["order_id"].as_str().expect("an id")).await;
        let (status, reason) = (&order.json()["status"], &order.json()["reject_reason"]);
        assert_eq!((status, reason), (&form["status"], &form["reason"]), "{name}");
        let later = system.api().order_later(&key, &form["request"]).await;
        assert_eq!(
            (later.status, later.body.as_str()),
            (202, form["claim"]["response"].as_str().expect("a text"))
        );
        let at_once = system.api().create(&key, &form["request"]).await;
        assert_eq!(at_once.status, if *status == "REJECTED" { 409 } else { 201 }, "{name}: {}", at_once.body);
    }
}

#[tokio::test]
async fn accepted_orders_are_written_in_these_forms() {
    let (system, claims) = (System::builder().start(), IdempotencyTable::connect());
    let is_written = |(_, form): &(String, Value)| form["is_written"] == true;
    for (name, form) in accepted_forms().into_iter().filter(is_written) {
        let key = fresh_key();
        let accepted = system.api().order_later(&key, &form["request"]).await;
        assert_eq!(accepted.status, 202, "{name}: {}", accepted.body);
        let claim = claims.claim_of(&key).await.expect("a claim");
        let read = |name: &str| claim[name].as_s().map_or_else(|_| Value::Null, |text| text.as_str().into());
        let written: Map<_, _> = claim.keys().map(|name| (name.clone(), read(name))).collect();
        let expected = form["claim"].as_object().expect("an object");
        let created_at = written["created_at"].as_str().expect("a time");
        let written = Value::Object(without_varying(&written)).to_string();
        let written =
            written.replace(&accepted.order_id(), form["claim"]["order_id"].as_str().expect("an id"));
        let written = written.replace(created_at, form["claim"]["created_at"].as_str().expect("a time"));
        assert_eq!(written, Value::Object(without_varying(expected)).to_string(), "{name}");
        let mut names: Vec<_> = claim.keys().filter(|name| *name != "pk").collect();
        names.sort();
        assert_eq!(names, expected.keys().collect::<Vec<_>>(), "{name}");
    }
}

fn without_varying(claim: &Map<String, Value>) -> Map<String, Value> {
    let is_kept = |(name, _): &(&String, &Value)| !VARYING.contains(&name.as_str());
    claim.iter().filter(is_kept).map(|(name, value)| (name.clone(), value.clone())).collect()
}
