//! The body of `POST /orders/{id}/payments`.

use orders_domain::{ChargeTerms, PaymentToken, ProviderName};
use platform_http::Problem;
use platform_http::body::{Errors, Node, parse};

/// Providers that can be asked to take money.
pub const PROVIDERS: &[&str] = &["standard", "stripe"];

/// Reads `{"provider", "token", "capture"?}`.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_charge(body: &[u8]) -> Result<ChargeTerms, Problem> {
    parse(body, |root, errors| charge(&root, errors))
}

/// Reads the terms of a charge; `None` for invalid ones.
pub(super) fn charge(node: &Node<'_>, errors: &mut Errors) -> Option<ChargeTerms> {
    let mut members = node.object(errors)?;
    let provider = members.required("provider", errors).and_then(|node| provider(&node, errors));
    let token = members.required("token", errors).and_then(|node| node.text::<PaymentToken>(errors));
    let capture = members.optional("capture").map(|node| node.boolean(errors));
    members.finish(errors);
    Some(ChargeTerms { provider: provider?, token: token?, is_captured: capture.unwrap_or(Some(true))? })
}

fn provider(node: &Node<'_>, errors: &mut Errors) -> Option<ProviderName> {
    let name: String = node.text(errors)?;
    if !PROVIDERS.contains(&name.as_str()) {
        errors.add(node.pointer().to_owned(), format!("must be one of {PROVIDERS:?}"));
        return None;
    }
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_charge_names_provider_and_token_and_takes_the_money_unless_it_says_otherwise() {
        let read = |body: &str| parse_charge(body.as_bytes()).expect(body);
        let charge = read(r#"{"provider":"stripe","token":"pm_1"}"#);
        assert_eq!((charge.provider.as_str(), charge.token.expose()), ("stripe", "pm_1"));
        assert!(charge.is_captured);
        assert!(!read(r#"{"provider":"standard","token":"tok","capture":false}"#).is_captured);
    }

    #[test]
    fn other_bodies_are_refused_without_their_token() {
        for (body, expected) in [
            ("{}", &["/provider", "/token"][..]),
            (r#"{"provider":"manual","token":"tok"}"#, &["/provider"]),
            (r#"{"provider":"stripe","token":"tok 4242"}"#, &["/token"]),
            (r#"{"provider":"stripe","token":7}"#, &["/token"]),
            (r#"{"provider":"stripe","token":"tok","capture":"no"}"#, &["/capture"]),
            (r#"{"provider":"stripe","token":"tok","amount":"1"}"#, &["/amount"]),
        ] {
            let problem = parse_charge(body.as_bytes()).expect_err(body);
            let pointers: Vec<_> = problem.field_errors().iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{body}");
            assert!(!format!("{problem:?}").contains("4242"), "{problem:?}");
        }
    }
}
