//! The body of `POST /products/{sku}/stock-adjustments`.

use catalog_domain::{Adjustment, CompareAndSet, MovementReason, Stock, StockChange, UnitDelta, Units};
use platform_http::Problem;
use platform_http::body::{Errors, Members, Node, parse};

/// Available units that a caller can have seen: from -[`Units::MAX`] to [`Stock::MAX_SELLABLE`].
struct SeenUnits(i64);

impl TryFrom<i64> for SeenUnits {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        let (min, max) = (-i64::from(Units::MAX), Stock::MAX_SELLABLE);
        let bounds = || format!("must be a whole number from {min} to {max}");
        (min..=max).contains(&number).then_some(Self(number)).ok_or_else(bounds)
    }
}

/// Reads `{"delta", "reason"}` or `{"set", "if_available", "reason"}`.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_adjustment(body: &[u8]) -> Result<Adjustment, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let is_set = ["set", "if_available"].iter().any(|member| members.has(member));
        let change = if is_set { set(&mut members, errors) } else { delta(&mut members, errors) };
        let reason = members.required("reason", errors).and_then(|node| node.text::<MovementReason>(errors));
        members.finish(errors);
        Some(Adjustment { change: change?, reason: reason? })
    })
}

fn delta(members: &mut Members<'_>, errors: &mut Errors) -> Option<StockChange> {
    let delta = members.required("delta", errors).and_then(|node| node.integer::<UnitDelta>(errors));
    delta.map(StockChange::Delta)
}

fn set(members: &mut Members<'_>, errors: &mut Errors) -> Option<StockChange> {
    if let Some(node) = members.optional("delta") {
        errors.add(node.pointer().to_owned(), "must not be combined with set: send two requests");
    }
    let to = members.required("set", errors);
    let to = to.and_then(|node| Some((node.integer::<Units>(errors)?, node)));
    let seen =
        members.required("if_available", errors).and_then(|node: Node<'_>| node.integer::<SeenUnits>(errors));
    let ((to, node), SeenUnits(if_available)) = (to?, seen?);
    let set = CompareAndSet::new(to, if_available).map_err(|_| {
        let detail = format!("must differ from if_available, by at most {}", Units::MAX);
        errors.add(node.pointer().to_owned(), detail);
    });
    set.ok().map(StockChange::Set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stock_changes_by_a_difference_or_to_a_number() {
        let delta = parse_adjustment(br#"{"delta":-5,"reason":"damaged"}"#).expect("an adjustment");
        assert_eq!((delta.change.delta().get(), delta.reason.as_str()), (-5, "damaged"));
        let body = br#"{"set":20,"if_available":-3,"reason":"counted"}"#;
        let set = parse_adjustment(body).expect("an adjustment");
        assert_eq!(set.change.delta().get(), 23);
    }

    #[test]
    fn other_bodies_are_refused() {
        for (body, expected) in [
            ("{}", &["/delta", "/reason"][..]),
            (r#"{"delta":0,"reason":"r"}"#, &["/delta"]),
            (r#"{"delta":"5","reason":""}"#, &["/delta", "/reason"]),
            (r#"{"delta":1.5,"reason":"r"}"#, &["/delta"]),
            (r#"{"set":5,"reason":"r"}"#, &["/if_available"]),
            (r#"{"set":-1,"if_available":5,"reason":"r"}"#, &["/set"]),
            (r#"{"set":5,"if_available":5,"reason":"r"}"#, &["/set"]),
            (r#"{"set":1000000000,"if_available":-1,"reason":"r"}"#, &["/set"]),
            (r#"{"set":5,"if_available":1e30,"reason":"r"}"#, &["/if_available"]),
            (r#"{"set":5,"if_available":4,"delta":1,"reason":"r"}"#, &["/delta"]),
        ] {
            let problem = parse_adjustment(body.as_bytes()).expect_err(body);
            let pointers: Vec<_> = problem.field_errors().iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{body}");
        }
    }
}
