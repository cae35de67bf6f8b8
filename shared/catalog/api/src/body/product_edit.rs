//! The body of `PATCH /products/{sku}`.

use catalog_domain::{ProductEdit, ProductName, Units};
use kernel::Price;
use platform_http::Problem;
use platform_http::body::{Node, metadata, optional, optional_text, parse, patch};

/// Members of an edit.
const MEMBERS: [&str; 6] = ["name", "price", "active", "metadata", "low_stock_at", "oversell_limit"];

/// Reads one or more of `{"name", "price", "active", "metadata", "low_stock_at", "oversell_limit"}`, in which null removes
/// metadata and `low_stock_at` (JSON Merge Patch, RFC 7396).
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_product_edit(body: &[u8]) -> Result<ProductEdit, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        if !MEMBERS.iter().any(|member| members.has(member)) {
            errors.add(String::new(), format!("must have at least one of {}", MEMBERS.join(", ")));
        }
        let name = optional_text::<ProductName>(&mut members, "name", errors);
        let price = optional_text::<Price>(&mut members, "price", errors);
        let is_active = optional(&mut members, "active", errors, Node::boolean);
        let metadata = patch(&mut members, "metadata", errors, metadata);
        let low_stock_at = patch(&mut members, "low_stock_at", errors, Node::integer::<Units>);
        let oversell_limit = optional(&mut members, "oversell_limit", errors, Node::integer::<Units>);
        members.finish(errors);
        Some(ProductEdit {
            name: name.ok()?,
            price: price.ok()?,
            is_active: is_active.ok()?,
            metadata: metadata?,
            low_stock_at: low_stock_at?,
            oversell_limit: oversell_limit.ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Patch;

    #[test]
    fn an_edit_names_what_it_changes() {
        let edit =
            parse_product_edit(br#"{"price":"5","low_stock_at":null,"active":false}"#).expect("an edit");
        assert_eq!(edit.price.map(|price| price.to_string()), Some("5".to_owned()));
        assert_eq!((edit.low_stock_at, edit.is_active, edit.name), (Patch::Remove, Some(false), None));
        assert!(edit.metadata.is_keep());
    }

    #[test]
    fn other_bodies_are_refused() {
        for (body, expected) in [
            ("{}", &[""][..]),
            (r#"{"sku":"B"}"#, &["", "/sku"]),
            (r#"{"name":null,"price":5,"currency":"EUR"}"#, &["/name", "/price", "/currency"]),
            (r#"{"oversell_limit":null}"#, &["/oversell_limit"]),
        ] {
            let problem = parse_product_edit(body.as_bytes()).expect_err(body);
            let pointers: Vec<_> = problem.field_errors().iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, expected, "{body}");
        }
    }
}
