//! The body of `POST /orders/{id}/review`.

use orders_domain::ReviewDecision;
use platform_http::Problem;
use platform_http::body::parse;

/// Reads `{"decision": "approve"}` or `{"decision": "reject"}`.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_review(body: &[u8]) -> Result<ReviewDecision, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let decision = members.required("decision", errors).and_then(|node| node.text(errors));
        members.finish(errors);
        decision
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_names_a_decision_and_nothing_else() {
        for decision in ReviewDecision::ALL {
            let body = format!(r#"{{"decision":"{decision}"}}"#);
            assert_eq!(parse_review(body.as_bytes()).ok(), Some(decision));
        }
        for (body, expected) in [
            ("{}", &["/decision"][..]),
            (r#"{"decision":"approved"}"#, &["/decision"]),
            (r#"{"decision":null}"#, &["/decision"]),
            (r#"{"decision":"reject","reason":"fraud"}"#, &["/reason"]),
        ] {
            let problem = parse_review(body.as_bytes()).expect_err(body);
            let pointers: Vec<_> = problem.field_errors().iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{body}");
        }
    }
}
