//! The body of `POST /orders/{id}/refunds`.

use kernel::Price;
use orders_domain::{Quantity, RefundReason, RefundedItem, Sku};
use platform_http::Problem;
use platform_http::body::{Errors, Node, optional, parse};

/// Maximum number of items of a refund.
pub(crate) const MAX_REFUNDED_ITEMS: usize = 100;

/// Refund that a client requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRefund {
    /// Amount; `None` for that of the items, or of all that is left.
    pub amount: Option<Price>,
    /// Units that come back, each product once.
    pub items: Vec<RefundedItem>,
    /// Reason.
    pub reason: RefundReason,
    /// `true` when the units can be sold again.
    pub restocks: bool,
}

/// Reads `{"reason", "amount"?, "items"?: [{"sku", "qty"}], "restock"?}`.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_refund(body: &[u8]) -> Result<NewRefund, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let reason = members.required("reason", errors).and_then(|node| node.text::<RefundReason>(errors));
        let amount = optional(&mut members, "amount", errors, amount);
        let items = optional(&mut members, "items", errors, items);
        let restock =
            members.optional("restock").map(|node| (node.boolean(errors), node.pointer().to_owned()));
        members.finish(errors);
        let (amount, items) = (amount.ok()?, items.ok()?.unwrap_or_default());
        let restocks = match restock {
            Some((Some(true), pointer)) if amount.is_some() && items.is_empty() => {
                errors.add(pointer, "needs items: say which units come back");
                return None;
            }
            Some((restocks, _)) => restocks?,
            None => false,
        };
        Some(NewRefund { amount, items, reason: reason?, restocks })
    })
}

fn amount(node: &Node<'_>, errors: &mut Errors) -> Option<Price> {
    let amount: Price = node.text(errors)?;
    if kernel::Amount::from(amount).is_zero() {
        errors.add(node.pointer().to_owned(), "must be more than 0");
        return None;
    }
    Some(amount)
}

fn items(node: &Node<'_>, errors: &mut Errors) -> Option<Vec<RefundedItem>> {
    let nodes = node.array(errors)?;
    if !(1..=MAX_REFUNDED_ITEMS).contains(&nodes.len()) {
        errors.add(
            node.pointer().to_owned(),
            format!("must have 1 to {MAX_REFUNDED_ITEMS} items, has {}", nodes.len()),
        );
        return None;
    }
    let mut items: Vec<RefundedItem> = Vec::with_capacity(nodes.len());
    let mut is_valid = true;
    for node in nodes {
        match item(&node, errors) {
            Some(item) if items.iter().any(|it| it.sku == item.sku) => {
                errors.add(format!("{}/sku", node.pointer()), "must not be that of an earlier item");
                is_valid = false;
            }
            Some(item) => items.push(item),
            None => is_valid = false,
        }
    }
    is_valid.then_some(items)
}

fn item(node: &Node<'_>, errors: &mut Errors) -> Option<RefundedItem> {
    let mut members = node.object(errors)?;
    let sku = members.required("sku", errors).and_then(|node| node.text::<Sku>(errors));
    let quantity = members.required("qty", errors).and_then(|node| node.number::<Quantity>(errors));
    members.finish(errors);
    Some(RefundedItem { sku: sku?, quantity: quantity? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_has_a_reason_and_possibly_an_amount_or_items() {
        let read = |body: &str| parse_refund(body.as_bytes()).expect(body);
        let all = read(r#"{"reason":"damaged"}"#);
        assert_eq!((all.amount, all.items, all.restocks), (None, vec![], false));
        let part = read(r#"{"reason":"damaged","amount":"9.90"}"#);
        assert_eq!(part.amount, "9.90".parse().ok());
        let items = read(r#"{"reason":"r","items":[{"sku":"A1","qty":2}],"restock":true}"#);
        assert_eq!((items.items.len(), items.items[0].quantity.get(), items.restocks), (1, 2, true));
        assert!(read(r#"{"reason":"r","restock":true}"#).restocks, "all units");
    }

    #[test]
    fn other_bodies_are_refused() {
        for (body, expected) in [
            ("{}", &["/reason"][..]),
            (r#"{"reason":"","amount":"0"}"#, &["/reason", "/amount"]),
            (r#"{"reason":"r","amount":9.9}"#, &["/amount"]),
            (r#"{"reason":"r","amount":"-1"}"#, &["/amount"]),
            (r#"{"reason":"r","items":[]}"#, &["/items"]),
            (r#"{"reason":"r","items":[{"sku":"A1","qty":0}]}"#, &["/items/0/qty"]),
            (
                r#"{"reason":"r","items":[{"sku":"A1","qty":1},{"sku":"A1","qty":1},{"qty":1,"price":"1"}]}"#,
                &["/items/1/sku", "/items/2/sku", "/items/2/price"],
            ),
            (r#"{"reason":"r","amount":"1","restock":true}"#, &["/restock"]),
            (r#"{"reason":"r","restock":"yes","note":1}"#, &["/restock", "/note"]),
        ] {
            let problem = parse_refund(body.as_bytes()).expect_err(body);
            let pointers: Vec<_> = problem.field_errors().iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{body}");
        }
    }
}
