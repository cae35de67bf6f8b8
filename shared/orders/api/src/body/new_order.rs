//! The body of `POST /orders`.

use super::details::{address, contact};
use kernel::{Currency, Price};
use orders_domain::{
    CustomerId, InvalidNewOrder, LineItem, MoneyLine, NewOrder, Personal, Quantity, References, Sku,
};
use platform_http::Problem;
use platform_http::body::{Errors, Members, Node, metadata, optional, optional_text, parse};

/// Reads `{"customer_id", "currency", "items": [{"sku", "qty", "price"}], "lines"?: [{"kind", "label", "amount",
/// "reference"?}], "external_id"?, "metadata"?, "shipping_address"?, "billing_address"?, "contact"?}`. Without
/// `has_details`, the members after `items` are unknown.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_new_order(body: &[u8], has_details: bool) -> Result<NewOrder, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let customer_id =
            members.required("customer_id", errors).and_then(|node| node.text::<CustomerId>(errors));
        let currency = members.required("currency", errors).and_then(|node| node.text::<Currency>(errors));
        let items = members.required("items", errors).and_then(|node| items(&node, errors));
        let details = if has_details { details(&mut members, errors) } else { Some(Details::default()) };
        members.finish(errors);
        let (items, Details { lines, personal, references }) = (items?, details?);
        let order = NewOrder::new(customer_id?, currency?, items.values)
            .and_then(|order| order.with_lines(lines.values))
            .map_err(|reasons| {
                for reason in reasons {
                    let pointer = match reason {
                        InvalidNewOrder::Price { index, .. } => format!("{}/price", items.pointers[index]),
                        InvalidNewOrder::LineAmount { index, .. }
                        | InvalidNewOrder::LineSign { index, .. } => {
                            format!("{}/amount", lines.pointers[index])
                        }
                        InvalidNewOrder::TotalTooLarge => "/items".to_owned(),
                        InvalidNewOrder::TotalWithLinesTooLarge | InvalidNewOrder::TotalNegative { .. } => {
                            "/lines".to_owned()
                        }
                        // Reported already, with the invalid elements included in the count.
                        InvalidNewOrder::ItemCount { .. } | InvalidNewOrder::LineCount { .. } => continue,
                    };
                    errors.add(pointer, reason);
                }
            });
        Some(order.ok()?.with_personal(personal).with_references(references))
    })
}

/// Members that an order does not need.
#[derive(Default)]
struct Details {
    lines: Listed<MoneyLine>,
    personal: Personal,
    references: References,
}

/// Returns `None` for an invalid value.
fn details(members: &mut Members<'_>, errors: &mut Errors) -> Option<Details> {
    let lines = members.optional("lines").map_or(Some(Listed::default()), |node| lines(&node, errors));
    let external_id = optional_text(members, "external_id", errors);
    let metadata = optional(members, "metadata", errors, metadata);
    let shipping_address = optional(members, "shipping_address", errors, address);
    let billing_address = optional(members, "billing_address", errors, address);
    let contact = optional(members, "contact", errors, contact);
    Some(Details {
        lines: lines?,
        personal: Personal {
            shipping_address: shipping_address.ok()?,
            billing_address: billing_address.ok()?,
            contact: contact.ok()?,
        },
        references: References { external_id: external_id.ok()?, metadata: metadata.ok()? },
    })
}

/// Elements of an array that are valid by themselves, with the pointer of each.
struct Listed<T> {
    values: Vec<T>,
    pointers: Vec<String>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { values: Vec::new(), pointers: Vec::new() }
    }
}

impl<T> Listed<T> {
    fn read<'a>(nodes: &[Node<'a>], mut read: impl FnMut(&Node<'a>) -> Option<T>) -> Self {
        let valid = nodes.iter().filter_map(|node| Some((read(node)?, node.pointer().to_owned())));
        let (values, pointers) = valid.unzip();
        Self { values, pointers }
    }
}

fn items(node: &Node<'_>, errors: &mut Errors) -> Option<Listed<LineItem>> {
    let nodes = node.array(errors)?;
    if !(1..=NewOrder::MAX_ITEMS).contains(&nodes.len()) {
        errors.add(node.pointer().to_owned(), InvalidNewOrder::ItemCount { actual: nodes.len() });
    }
    Some(Listed::read(&nodes, |node| item(node, errors)))
}

fn lines(node: &Node<'_>, errors: &mut Errors) -> Option<Listed<MoneyLine>> {
    let nodes = node.array(errors)?;
    if nodes.len() > NewOrder::MAX_LINES {
        errors.add(node.pointer().to_owned(), InvalidNewOrder::LineCount { actual: nodes.len() });
    }
    Some(Listed::read(&nodes, |node| line(node, errors)))
}

fn line(node: &Node<'_>, errors: &mut Errors) -> Option<MoneyLine> {
    let mut members = node.object(errors)?;
    let kind = members.required("kind", errors).and_then(|node| node.text(errors));
    let label = members.required("label", errors).and_then(|node| node.text(errors));
    let amount = members.required("amount", errors).and_then(|node| node.text(errors));
    let reference = optional_text(&mut members, "reference", errors);
    members.finish(errors);
    Some(MoneyLine { kind: kind?, label: label?, amount: amount?, reference: reference.ok()? })
}

fn item(node: &Node<'_>, errors: &mut Errors) -> Option<LineItem> {
    let mut members = node.object(errors)?;
    let sku = members.required("sku", errors).and_then(|node| node.text::<Sku>(errors));
    let quantity = members.required("qty", errors).and_then(|node| node.number::<Quantity>(errors));
    let price = members.required("price", errors).and_then(|node| node.text::<Price>(errors));
    members.finish(errors);
    Some(LineItem { sku: sku?, quantity: quantity?, price: price?, product: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_http::ProblemType;
    use proptest::prelude::*;

    const GOOD: &str =
        r#"{"customer_id":"c-1","currency":"USD","items":[{"sku":"A1","qty":2,"price":"9.99"}]}"#;

    fn read(body: &str) -> Result<NewOrder, Problem> {
        parse_new_order(body.as_bytes(), true)
    }

    fn errors(body: &str) -> Vec<(String, String)> {
        match read(body) {
            Err(problem) if !problem.field_errors().is_empty() => {
                problem.field_errors().iter().map(|e| (e.pointer.clone(), e.detail.clone())).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn is_malformed(body: &[u8]) -> bool {
        parse_new_order(body, true).is_err_and(|problem| problem.kind() == ProblemType::MALFORMED_BODY)
    }

    fn pointers(body: &str) -> Vec<String> {
        errors(body).into_iter().map(|(pointer, _)| pointer).collect()
    }

    #[test]
    fn a_valid_body_becomes_a_request() {
        let request = read(GOOD).expect("a request");
        assert_eq!(request.total().to_string(), "19.98");
    }

    #[test]
    fn every_error_has_its_pointer() {
        let body = r#"{"customer_id":"","currency":"XXX","extra/~":1,
            "items":[{"sku":5,"qty":0,"price":9.99},{"qty":1.5,"price":"1e3"},7]}"#;
        assert_eq!(
            pointers(body),
            [
                "/customer_id",
                "/currency",
                "/items/0/sku",
                "/items/0/qty",
                "/items/0/price",
                "/items/1/sku",
                "/items/1/qty",
                "/items/1/price",
                "/items/2",
                "/extra~1~0"
            ]
        );
    }

    #[test]
    fn details_name_the_expected_and_the_actual_value() {
        let body = GOOD.replace("\"9.99\"", "9.99");
        assert_eq!(errors(&body), [("/items/0/price".into(), "must be a string, is a number".into())]);
        let body = GOOD.replace("\"9.99\"", "\"9.999\"");
        assert_eq!(
            errors(&body),
            [("/items/0/price".into(), "must have at most 2 decimals in USD, has 3".into())]
        );
    }

    #[test]
    fn a_price_with_too_many_decimals_after_an_invalid_item_has_the_right_pointer() {
        let body = r#"{"customer_id":"c","currency":"JPY","items":[{"sku":"","qty":1,"price":"1"},{"sku":"A","qty":1,"price":"1.5"}]}"#;
        assert_eq!(pointers(body), ["/items/0/sku", "/items/1/price"]);
    }

    #[test]
    fn the_number_of_items_includes_the_invalid_ones() {
        let items = |n: usize| {
            let item = r#"{"sku":"","qty":1,"price":"1"}"#;
            format!(r#"{{"customer_id":"c","currency":"JPY","items":[{}]}}"#, vec![item; n].join(","))
        };
        assert_eq!(errors(&items(0)), [("/items".into(), "must have 1 to 100 items, has 0".into())]);
        assert_eq!(pointers(&items(1)), ["/items/0/sku"]);
        assert_eq!(errors(&items(101))[0], ("/items".into(), "must have 1 to 100 items, has 101".into()));
    }

    #[test]
    fn money_lines_are_optional_and_every_error_in_them_has_its_pointer() {
        let with = |lines: &str| format!(r#"{},"lines":{lines}}}"#, &GOOD[..GOOD.len() - 1]);
        let line = r#"{"kind":"shipping","label":"DHL","amount":"4.90","reference":"r"}"#;
        let order = read(&with(&format!("[{line}]"))).expect("a request");
        assert_eq!((order.total().to_string(), order.lines().len()), ("24.88".to_owned(), 1));
        assert_eq!(read(&with("[]")).expect("a request").lines(), []);
        let bad = with(
            r#"[{"kind":"gift","label":"","amount":4.9,"reference":null},{},7,{"kind":"discount","label":"a",
                "amount":"1"},{"kind":"tax","label":"a","amount":"-1","x":1},{"kind":"fee","label":"a","amount":"1.005"}]"#,
        );
        assert_eq!(
            pointers(&bad),
            [
                "/lines/0/kind",
                "/lines/0/label",
                "/lines/0/amount",
                "/lines/0/reference",
                "/lines/1/kind",
                "/lines/1/label",
                "/lines/1/amount",
                "/lines/2",
                "/lines/4/x",
                "/lines/3/amount",
                "/lines/4/amount",
                "/lines/5/amount",
            ]
        );
        for (lines, pointer, detail) in [
            ("null", "/lines", "must be an array, is null"),
            (
                r#"[{"kind":"discount","label":"a","amount":"-19.99"}]"#,
                "/lines",
                "the discounts must not exceed the other amounts: the total would be -0.01",
            ),
            (
                r#"[{"kind":"fee","label":"a","amount":"10000000000"}]"#,
                "/lines/0/amount",
                "must be between -10000000000 and 10000000000",
            ),
            (&format!("[{}]", vec![line; 51].join(",")), "/lines", "must have at most 50 lines, has 51"),
        ] {
            assert_eq!(errors(&with(lines)), [(pointer.to_owned(), detail.to_owned())]);
        }
    }

    #[test]
    fn addresses_and_contact_are_optional_and_every_error_in_them_has_its_pointer() {
        let with = |members: &str| format!("{},{members}}}", &GOOD[..GOOD.len() - 1]);
        let address = r#"{"name":"A. Turing","line1":"Sackville St 1","city":"Manchester","country":"GB"}"#;
        let body = with(&format!(
            r#""shipping_address":{address},"billing_address":{address},"contact":{{"email":"a@example.com"}}"#
        ));
        let order = read(&body).expect("a request");
        let personal = order.personal();
        assert_eq!(personal.shipping_address, personal.billing_address);
        let shipping = personal.shipping_address.as_ref().expect("an address");
        assert_eq!(
            (shipping.city.as_str(), shipping.country.code(), &shipping.phone),
            ("Manchester", "GB", &None)
        );
        let bad = with(
            r#""shipping_address":{"name":"","company":null,"line1":"a\u0000","city":7,"region":" x","postal_code":
                "12345678901234567","country":"UK","phone":"call me","x":1},"billing_address":null,"contact":{"email":"a"}"#,
        );
        assert_eq!(
            pointers(&bad),
            [
                "/shipping_address/name",
                "/shipping_address/company",
                "/shipping_address/line1",
                "/shipping_address/city",
                "/shipping_address/region",
                "/shipping_address/postal_code",
                "/shipping_address/country",
                "/shipping_address/phone",
                "/shipping_address/x",
                "/billing_address",
                "/contact/email",
            ]
        );
        let long = body.replacen("Sackville St 1", &"a".repeat(10_000), 1);
        assert_eq!(
            errors(&long),
            [("/shipping_address/line1".to_owned(), "must have 1 to 128 characters, has 10000".to_owned())]
        );
    }

    #[test]
    fn references_are_optional_and_every_error_in_them_has_its_pointer() {
        let with = |members: &str| format!("{},{members}}}", &GOOD[..GOOD.len() - 1]);
        let order = read(&with(r#""external_id":"erp-1","metadata":{"b":"2","a":"1"}"#));
        let references = order.expect("a request").references().clone();
        assert_eq!(references.external_id.expect("an id").as_str(), "erp-1");
        let metadata = references.metadata.expect("metadata");
        assert_eq!(metadata.entries().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
        let long = "x".repeat(65);
        for (members, expected) in [
            (r#""external_id":"""#.to_owned(), &["/external_id"][..]),
            (r#""external_id":null,"metadata":null"#.to_owned(), &["/external_id", "/metadata"]),
            (r#""metadata":{}"#.to_owned(), &["/metadata"]),
            (
                r#""metadata":{"a":{"b":"c"},"":"x","c/":7,"d":"\u0000"}"#.to_owned(),
                &["/metadata/a", "/metadata/", "/metadata/c~1", "/metadata/d"],
            ),
            (format!(r#""metadata":{{"{long}":"x"}}"#), &[&*format!("/metadata/{long}")]),
            (format!(r#""metadata":{{"a":"{}"}}"#, "x".repeat(501)), &["/metadata/a"]),
            (r#""metadata":{"a":"1","a":"2"}"#.to_owned(), &["/metadata/a"]),
            (
                format!(
                    r#""metadata":{{{}}}"#,
                    (0..21).map(|n| format!(r#""n{n}":"x""#)).collect::<Vec<_>>().join(",")
                ),
                &["/metadata"],
            ),
        ] {
            assert_eq!(pointers(&with(&members)), expected, "{members}");
        }
    }

    #[test]
    fn without_details_their_members_are_unknown() {
        let members =
            r#""lines":[],"external_id":"e-1","metadata":{"a":"1"},"shipping_address":{},"contact":null"#;
        let body = format!("{},{members}}}", &GOOD[..GOOD.len() - 1]);
        let problem = parse_new_order(body.as_bytes(), false).expect_err("unknown members");
        let errors = problem.field_errors().iter().map(|it| (it.pointer.as_str(), it.detail.as_str()));
        let unknown = ["/lines", "/external_id", "/metadata", "/shipping_address", "/contact"];
        assert_eq!(errors.collect::<Vec<_>>(), unknown.map(|pointer| (pointer, "unknown field")));
        assert_eq!(parse_new_order(GOOD.as_bytes(), false).ok(), read(GOOD).ok());
    }

    #[test]
    fn a_duplicate_field_is_an_error() {
        let body = GOOD.replace("\"currency\"", "\"customer_id\":\"c-2\",\"currency\"");
        assert_eq!(errors(&body), [("/customer_id".into(), "duplicate field".into())]);
    }

    #[test]
    fn a_body_of_another_type_is_an_error_of_the_whole_body() {
        for body in ["[]", "null", "1", "1e400", "\"text\"", "\"\\ud800\"", "true"] {
            assert_eq!(pointers(body), [""], "{body}");
        }
        assert_eq!(pointers("{}"), ["/customer_id", "/currency", "/items"]);
    }

    #[test]
    fn an_unpaired_surrogate_is_an_error_of_its_field() {
        let body = GOOD.replace("\"c-1\"", r#""\ud800""#).replace("\"USD\"", r#""\udc00\ud800""#);
        let detail = "must not contain an unpaired surrogate".to_owned();
        assert_eq!(errors(&body), ["/customer_id", "/currency"].map(|it| (it.to_owned(), detail.clone())));
        let body = GOOD.replace("\"customer_id\"", r#""customer_id\ud800""#);
        let unknown = "/customer_id\u{fffd}\u{fffd}\u{fffd}";
        assert_eq!(pointers(&body), ["/customer_id", unknown]);
    }

    #[test]
    fn bytes_that_are_not_json_are_malformed() {
        for body in
            ["", "{", "{]", "nul", "{\"a\":1}x", "\"\\ud8\"", "01", "\u{feff}{}", &"[".repeat(100_000)]
        {
            assert!(is_malformed(body.as_bytes()));
        }
        assert!(is_malformed(&[b'"', 0xFF, b'"']));
    }

    #[test]
    fn the_number_of_listed_errors_is_limited() {
        let body = format!("{{{}}}", (0..20_000).map(|i| format!("\"{i}\":1")).collect::<Vec<_>>().join(","));
        let errors = errors(&body);
        assert_eq!(errors.len(), 1_001);
        assert_eq!(errors[1_000].1, "19003 more errors are not listed");
    }

    proptest! {
        #[test]
        fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_new_order(&bytes, true);
        }

        #[test]
        fn no_mutation_of_a_valid_body_causes_a_panic(at in 0..GOOD.len(), byte in any::<u8>()) {
            let mut bytes = GOOD.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = parse_new_order(&bytes, true);
        }
    }
}
