//! Settings: a missing or malformed variable stops a function at its start, with one line that names it.

use orders_tests::{System, binary};
use std::process::Command;

#[track_caller]
fn startup_error(function: &str, change: impl Fn(&mut Vec<(String, String)>)) -> String {
    let mut env = System::builder().environment();
    change(&mut env);
    let output = Command::new(binary(function)).env_clear().envs(env).output().expect("the function starts");
    assert!(!output.status.success());
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).expect("text")
}

#[test]
fn a_missing_variable_is_named() {
    for (function, variable) in [
        ("create-order", "MONGO_URI"),
        ("create-order", "IDEMPOTENCY_TABLE"),
        ("create-order", "EVENT_BUS_NAME"),
        ("get-order", "MONGO_URI"),
        ("list-orders", "CURSOR_KEY"),
        ("patch-order", "EVENT_BUS_NAME"),
        ("health", "IDEMPOTENCY_TABLE"),
        ("migrate", "MONGO_URI"),
        ("relay", "DEAD_LETTERS_URL"),
        ("audit", "AUDIT_TABLE"),
        ("start-workflow", "STATE_MACHINE_ARN"),
        ("workflow-step", "EVENT_BUS_NAME"),
        ("pre-traffic", "VERSIONS"),
        ("create-order", "AUTH"),
        ("get-order", "AUTH"),
        ("list-orders", "AUTH"),
        ("patch-order", "AUTH"),
        ("login", "USER_POOL_ID"),
        ("login", "USER_POOL_CLIENT_ID"),
        ("login", "RATE_LIMIT_TABLE"),
        ("token-claims", "IDENTITIES_TABLE"),
    ] {
        let line = startup_error(function, |env| env.retain(|(name, _)| name != variable));
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.contains(&format!("{variable} is missing")), "{function}: {line}");
    }
}

#[test]
fn a_malformed_variable_is_named() {
    for (function, variable, value) in [
        ("create-order", "IDEMPOTENCY_TTL_S", "-1"),
        ("create-order", "ORDER_DETAILS", "true"),
        ("create-order", "ORDER_NUMBERS", "1"),
        ("patch-order", "ORDER_DETAILS", "yes"),
        ("create-order", "AWS_ENDPOINT_URL", "localhost"),
        ("create-order", "IDEMPOTENCY_TABLE", "a b"),
        ("patch-order", "EVENT_BUS_NAME", "a b"),
        ("get-order", "MONGO_URI", "http://localhost"),
        ("get-order", "MONGO_URI", "mongodb://localhost:port"),
        ("get-order", "MONGO_DB", "a.b"),
        ("get-order", "MONGO_SECRET_ARN", "orders"),
        ("list-orders", "CURSOR_KEY", "short"),
        ("list-orders", "CURSOR_KEY_ARN", "orders"),
        ("fallback", "CORS_ORIGINS", "shop.example"),
        ("fallback", "LOG_LEVEL", "loud"),
        ("fallback", "METRICS_NAMESPACE", "a b"),
        ("relay", "DEAD_LETTERS_URL", "a queue"),
        ("relay", "RELAY_LEASE_S", "0"),
        ("audit", "AUDIT_TABLE", "a table"),
        ("start-workflow", "STATE_MACHINE_ARN", "order-fulfilment"),
        ("workflow-step", "PAYMENT_CHECK_S", "0"),
        ("workflow-step", "FULFILMENT_WINDOW_S", "two days"),
        ("workflow-step", "REMINDER_WINDOW_S", "-1"),
        ("get-order", "ORIGIN_SECRET_ARN", "a secret"),
        ("get-order", "AUTH", "jwt"),
        ("get-order", "RATE_LIMIT_TABLE", "a table"),
        ("create-order", "RATE_LIMIT_PER_MINUTE", "-1"),
        ("patch-order", "MACHINE_RATE_LIMIT_PER_MINUTE", "many"),
        ("login", "USER_POOL_ID", "a pool"),
        ("token-claims", "IDENTITIES_TABLE", "a table"),
        ("pre-traffic", "VERSIONS", "arn:aws:lambda:us-east-1:000000000000:function:docs:live"),
    ] {
        let line = startup_error(function, |env| {
            env.retain(|(name, _)| name != variable);
            env.push((variable.to_owned(), value.to_owned()));
        });
        assert_eq!(line.lines().count(), 1, "{line}");
        assert!(line.contains(&format!("{variable} is malformed")), "{function}: {line}");
    }
}
