//! The body of `PATCH /orders/{id}`.

use super::details::{address, contact};
use orders_domain::{Correction, Effect, Member, Status};
use platform_http::Problem;
use platform_http::body::{Errors, Members, Node, metadata, parse, patch};

/// Reads `{"status": "PAID"}`, `{"status": "CANCELLED", "restock": false}`, or a correction with one or more of `shipping_address`, `billing_address`, `contact`,
/// `external_id` and `metadata`, in which null removes a value (JSON Merge Patch, RFC 7396). Without `has_details`, all
/// members but `status` are unknown.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_order_change(body: &[u8], has_details: bool) -> Result<Effect, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let is_correction = has_details && Member::ALL.iter().any(|member| members.has(member.as_str()));
        let correction = if is_correction { correction(&mut members, errors) } else { None };
        let status =
            if is_correction { members.optional("status") } else { members.required("status", errors) };
        let target = status.and_then(|node| {
            if is_correction {
                let detail = "must not be combined with a correction: send two requests";
                errors.add(node.pointer().to_owned(), detail);
            }
            node.text(errors)
        });
        let restock = members.optional("restock").and_then(|node| {
            let restock = node.boolean(errors)?;
            if is_correction || target.is_some_and(|target| target != Status::Cancelled) {
                errors.add(node.pointer().to_owned(), "is for the status CANCELLED only");
            }
            Some(restock)
        });
        members.finish(errors);
        if restock == Some(false) {
            return Some(Effect::WriteOff);
        }
        if is_correction {
            correction.map(Box::new).map(Effect::Correction)
        } else {
            target.map(Effect::Status)
        }
    })
}

fn correction(members: &mut Members<'_>, errors: &mut Errors) -> Option<Correction> {
    let shipping_address = patch(members, Member::ShippingAddress.as_str(), errors, address);
    let billing_address = patch(members, Member::BillingAddress.as_str(), errors, address);
    let contact = patch(members, Member::Contact.as_str(), errors, contact);
    let external_id = patch(members, Member::ExternalId.as_str(), errors, Node::text);
    let metadata = patch(members, Member::Metadata.as_str(), errors, metadata);
    Some(Correction {
        shipping_address: shipping_address?,
        billing_address: billing_address?,
        contact: contact?,
        external_id: external_id?,
        metadata: metadata?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Patch;
    use orders_domain::Status;

    fn pointers(body: &str) -> Vec<String> {
        let problem = parse_order_change(body.as_bytes(), true).expect_err(body);
        assert_eq!(problem.kind(), platform_http::ProblemType::INVALID_BODY, "{body}");
        problem.field_errors().iter().map(|error| error.pointer.clone()).collect()
    }

    #[test]
    fn a_body_changes_the_status_or_corrects_personal_data() {
        let paid = parse_order_change(br#"{"status":"PAID"}"#, true).expect("a change");
        assert_eq!(paid, Effect::Status(Status::Paid));
        let cancelled = |restock: &str| {
            let body = format!(r#"{{"status":"CANCELLED","restock":{restock}}}"#);
            parse_order_change(body.as_bytes(), true).expect("a change")
        };
        assert_eq!(cancelled("true"), Effect::Status(Status::Cancelled));
        assert_eq!(cancelled("false"), Effect::WriteOff);
        let body = br#"{"billing_address":null,"contact":{"email":"a@example.com"},"external_id":"e-1"}"#;
        let Effect::Correction(correction) = parse_order_change(body, true).expect("a change") else {
            panic!("not a correction");
        };
        assert_eq!(correction.members(), [Member::BillingAddress, Member::Contact, Member::ExternalId]);
        assert_eq!(correction.billing_address, Patch::Remove);
        assert_eq!(correction.shipping_address, Patch::Keep);
    }

    #[test]
    fn other_bodies_are_refused() {
        for (body, expected) in [
            (r#"{"status":"paid"}"#, &["/status"][..]),
            (r#"{"status":null}"#, &["/status"]),
            ("{}", &["/status"]),
            (r#"{"status":"PAID","version":2}"#, &["/version"]),
            (r#"{"status":"PAID","contact":null}"#, &["/status"]),
            (
                r#"{"shipping_address":{}}"#,
                &[
                    "/shipping_address/name",
                    "/shipping_address/line1",
                    "/shipping_address/city",
                    "/shipping_address/country",
                ],
            ),
            (r#"{"contact":"a@example.com"}"#, &["/contact"]),
            (r#"{"status":"CANCELLED","restock":"no"}"#, &["/restock"]),
            (r#"{"status":"PAID","restock":false}"#, &["/restock"]),
            (r#"{"status":"FULFILLED","restock":true}"#, &["/restock"]),
            (r#"{"contact":null,"restock":false}"#, &["/restock"]),
            (r#"{"items":[]}"#, &["/status", "/items"]),
            (r#"{"external_id":"","metadata":{"a":1}}"#, &["/external_id", "/metadata/a"]),
        ] {
            assert_eq!(pointers(body), expected, "{body}");
        }
    }

    #[test]
    fn without_details_only_the_status_can_change() {
        let body = br#"{"contact":null,"external_id":"e-1"}"#;
        let problem = parse_order_change(body, false).expect_err("no correction");
        let pointers: Vec<_> = problem.field_errors().iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/status", "/contact", "/external_id"]);
        assert_eq!(
            parse_order_change(br#"{"status":"PAID"}"#, false).ok(),
            Some(Effect::Status(Status::Paid))
        );
    }
}
