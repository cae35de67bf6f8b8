//! The body of `POST /products`.

use catalog_domain::{ProductDetails, ProductName, ProductSku, UnitPrice, Units};
use kernel::{Currency, Price};
use platform_http::Problem;
use platform_http::body::{Node, metadata, optional, parse};

/// Reads `{"sku", "name", "price", "currency", "active"?, "metadata"?, "low_stock_at"?, "oversell_limit"?}`. A product is
/// active unless the body says otherwise.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_new_product(body: &[u8]) -> Result<(ProductSku, ProductDetails), Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let sku = members.required("sku", errors).and_then(|node| node.text::<ProductSku>(errors));
        let name = members.required("name", errors).and_then(|node| node.text::<ProductName>(errors));
        let price = members.required("price", errors).and_then(|node| node.text::<Price>(errors));
        let currency = members.required("currency", errors).and_then(|node| node.text::<Currency>(errors));
        let is_active = optional(&mut members, "active", errors, Node::boolean);
        let metadata = optional(&mut members, "metadata", errors, metadata);
        let low_stock_at = optional(&mut members, "low_stock_at", errors, Node::integer::<Units>);
        let oversell_limit = optional(&mut members, "oversell_limit", errors, Node::integer::<Units>);
        members.finish(errors);
        let price =
            UnitPrice::new(price?, currency?).map_err(|reason| errors.add("/price".to_owned(), reason));
        let details = ProductDetails {
            name: name?,
            price: price.ok()?,
            is_active: is_active.ok()?.unwrap_or(true),
            metadata: metadata.ok()?,
            low_stock_at: low_stock_at.ok()?,
            oversell_limit: oversell_limit.ok()?.unwrap_or_default(),
        };
        Some((sku?, details))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(body: &str) -> Vec<String> {
        let problem = parse_new_product(body.as_bytes()).expect_err(body);
        problem.field_errors().iter().map(|error| error.pointer.clone()).collect()
    }

    #[test]
    fn most_members_are_optional() {
        let body = br#"{"sku":"A-1","name":"Tea","price":"9.9","currency":"USD"}"#;
        let (sku, details) = parse_new_product(body).expect("a product");
        assert_eq!((sku.as_str(), details.price.price().to_string()), ("A-1", "9.90".to_owned()));
        assert_eq!((details.is_active, details.oversell_limit.get(), details.low_stock_at), (true, 0, None));
    }

    #[test]
    fn every_error_has_its_pointer() {
        for (body, expected) in [
            ("{}", &["/sku", "/name", "/price", "/currency"][..]),
            (
                r#"{"sku":"a b","name":"","price":9.9,"currency":"XXX","active":"yes","metadata":[],"low_stock_at":-1,
                    "oversell_limit":1.5,"stock":1}"#,
                &[
                    "/sku",
                    "/name",
                    "/price",
                    "/currency",
                    "/active",
                    "/metadata",
                    "/low_stock_at",
                    "/oversell_limit",
                    "/stock",
                ],
            ),
            (r#"{"sku":"A","name":"Tea","price":"9.999","currency":"USD"}"#, &["/price"]),
            (
                r#"{"sku":"A","name":"Tea","price":"9","currency":"USD","oversell_limit":1000000001}"#,
                &["/oversell_limit"],
            ),
        ] {
            assert_eq!(pointers(body), expected, "{body}");
        }
    }
}
