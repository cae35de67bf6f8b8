//! Values in the tests of bodies.

use payments_domain::{Fact, Notification, Provider, Reason, Statement};
use payments_providers::{InvalidNotification, notification};
use serde_json::Value;

pub(crate) type Read = Result<Option<Notification>, InvalidNotification>;

pub(crate) fn read(provider: Provider, body: &Value) -> Read {
    notification(provider, body.to_string().as_bytes())
}

/// Returns the faults as text.
pub(crate) fn faults(read: Read) -> Vec<String> {
    match read {
        Err(InvalidNotification::Fields(errors)) => errors.iter().map(ToString::to_string).collect(),
        other => panic!("not faults: {other:?}"),
    }
}

/// Sets members of an object.
pub(crate) fn merge(object: &mut Value, members: Value) {
    let Value::Object(members) = members else { panic!("not members: {members}") };
    object.as_object_mut().expect("an object").extend(members);
}

pub(crate) fn fact(payment: &str, statement: Statement) -> Fact {
    Fact { payment: payment.parse().expect("an id"), statement, request: None }
}

pub(crate) fn money(minor_units: u64, currency: &str) -> kernel::Money {
    kernel::Money::of_minor_units(minor_units, currency.parse().expect("a currency"))
}

pub(crate) fn captured(minor_units: u64, currency: &str) -> Statement {
    Statement::Captured(money(minor_units, currency))
}

pub(crate) fn reason(text: &str) -> Reason {
    text.parse().expect("a reason")
}
