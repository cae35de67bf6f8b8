//! The body of `POST /orders`.

use super::charge::charge;
use super::details::{address, contact};
use kernel::{Currency, Price};
use orders_domain::{
    CatalogOrder, ChargeTerms, CustomerId, InvalidNewOrder, LineItem, MoneyLine, NewOrder, OrderRequest,
    PaymentWindow, Personal, Quantity, References, RequestedItem, RequestedPrice, Sku,
};
use platform_http::Problem;
use platform_http::body::{Errors, Members, Node, metadata, optional, optional_text, parse};

/// Forms of a request that a deployment accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptedForms {
    /// `true` when a request may have money lines, addresses, contact and references.
    pub has_details: bool,
    /// `true` when an item may be a product of the catalog.
    pub has_products: bool,
    /// `true` when a request may name the payment of an order that is processed later.
    pub has_payment: bool,
}

/// Request of a client, with the payment that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedOrder {
    /// Order.
    pub order: OrderRequest,
    /// Payment.
    pub charge: Option<ChargeTerms>,
}

/// Reads `{"customer_id", "currency", "items": [{"sku", "qty", "price"?, "expected_price"?}], "lines"?: [{"kind", "label",
/// "amount", "reference"?}], "external_id"?, "metadata"?, "shipping_address"?, "billing_address"?, "contact"?,
/// "payment_due_in"?, "payment"?: {"provider", "token", "capture"?}}`. Members of a form that is not accepted are unknown.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_new_order(body: &[u8], forms: AcceptedForms) -> Result<ParsedOrder, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let customer_id =
            members.required("customer_id", errors).and_then(|node| node.text::<CustomerId>(errors));
        let currency = members.required("currency", errors).and_then(|node| node.text::<Currency>(errors));
        let items =
            members.required("items", errors).and_then(|node| items(&node, forms.has_products, errors));
        let details =
            if forms.has_details { details(&mut members, errors) } else { Some(Details::default()) };
        let window = if forms.has_products {
            optional(&mut members, "payment_due_in", errors, Node::number)
        } else {
            Ok(None)
        };
        let charge =
            if forms.has_payment { optional(&mut members, "payment", errors, charge) } else { Ok(None) };
        members.finish(errors);
        let (customer_id, currency, items, details) = (customer_id?, currency?, items?, details?);
        let charge = charge.ok()?;
        let request = Read { customer_id, currency, items, details, window: window.ok()? };
        let order =
            if request.items.values.iter().all(|item| matches!(item.price, RequestedPrice::OfCaller(_))) {
                request.priced(errors).map(OrderRequest::Priced)
            } else {
                request.of_catalog(errors).map(|order| OrderRequest::OfCatalog(Box::new(order)))
            };
        order.map(|order| ParsedOrder { order, charge })
    })
}

/// Request whose parts are valid by themselves.
struct Read {
    customer_id: CustomerId,
    currency: Currency,
    items: Listed<RequestedItem>,
    details: Details,
    window: Option<PaymentWindow>,
}

impl Read {
    fn priced(self, errors: &mut Errors) -> Option<NewOrder> {
        let Self { customer_id, currency, items, details: Details { lines, personal, references }, window } =
            self;
        if window.is_some() {
            let detail = "must only be given for an order with products of the catalog";
            errors.add("/payment_due_in".to_owned(), detail);
        }
        let line_items = items.values.into_iter().filter_map(|RequestedItem { sku, quantity, price }| {
            let RequestedPrice::OfCaller(price) = price else { return None };
            Some(LineItem { sku, quantity, price, product: None })
        });
        let order = NewOrder::new(customer_id, currency, line_items.collect())
            .and_then(|order| order.with_lines(lines.values))
            .map_err(|reasons| add(&reasons, &items.pointers, &lines.pointers, errors));
        Some(order.ok()?.with_personal(personal).with_references(references)).filter(|_| window.is_none())
    }

    fn of_catalog(self, errors: &mut Errors) -> Option<CatalogOrder> {
        let Self { customer_id, currency, items, details: Details { lines, personal, references }, window } =
            self;
        let order = CatalogOrder::new(customer_id, currency, items.values)
            .and_then(|order| order.with_lines(lines.values))
            .map_err(|reasons| add(&reasons, &items.pointers, &lines.pointers, errors));
        Some(order.ok()?.with_details(personal, references).with_payment_window(window))
    }
}

/// Adds validation errors of the whole request.
fn add(reasons: &[InvalidNewOrder], items: &[String], lines: &[String], errors: &mut Errors) {
    for reason in reasons {
        // Reported already, with the invalid elements included in the count.
        if !matches!(reason, InvalidNewOrder::ItemCount { .. } | InvalidNewOrder::LineCount { .. }) {
            errors.add(pointer_of(reason, items, lines), reason);
        }
    }
}

/// Returns the pointer to the member with a validation error.
pub(crate) fn pointer_of(reason: &InvalidNewOrder, items: &[String], lines: &[String]) -> String {
    let element = |pointers: &[String], index: usize, list: &str| {
        pointers.get(index).cloned().unwrap_or_else(|| format!("/{list}/{index}"))
    };
    match reason {
        InvalidNewOrder::Price { index, .. } => format!("{}/price", element(items, *index, "items")),
        InvalidNewOrder::ExpectedPrice { index, .. } => {
            format!("{}/expected_price", element(items, *index, "items"))
        }
        InvalidNewOrder::LineAmount { index, .. } | InvalidNewOrder::LineSign { index, .. } => {
            format!("{}/amount", element(lines, *index, "lines"))
        }
        InvalidNewOrder::ItemCount { .. }
        | InvalidNewOrder::ProductCount { .. }
        | InvalidNewOrder::TotalTooLarge => "/items".to_owned(),
        InvalidNewOrder::LineCount { .. }
        | InvalidNewOrder::TotalWithLinesTooLarge
        | InvalidNewOrder::TotalNegative { .. } => "/lines".to_owned(),
    }
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

fn items(node: &Node<'_>, has_products: bool, errors: &mut Errors) -> Option<Listed<RequestedItem>> {
    let nodes = node.array(errors)?;
    if !(1..=NewOrder::MAX_ITEMS).contains(&nodes.len()) {
        errors.add(node.pointer().to_owned(), InvalidNewOrder::ItemCount { actual: nodes.len() });
    }
    Some(Listed::read(&nodes, |node| item(node, has_products, errors)))
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

fn item(node: &Node<'_>, has_products: bool, errors: &mut Errors) -> Option<RequestedItem> {
    let mut members = node.object(errors)?;
    let sku = members.required("sku", errors).and_then(|node| node.text::<Sku>(errors));
    let quantity = members.required("qty", errors).and_then(|node| node.number::<Quantity>(errors));
    let price = if has_products {
        requested_price(&mut members, node, errors)
    } else {
        let price = members.required("price", errors).and_then(|node| node.text(errors));
        price.map(RequestedPrice::OfCaller)
    };
    members.finish(errors);
    Some(RequestedItem { sku: sku?, quantity: quantity?, price: price? })
}

fn requested_price(
    members: &mut Members<'_>,
    item: &Node<'_>,
    errors: &mut Errors,
) -> Option<RequestedPrice> {
    let price = optional_text::<Price>(members, "price", errors);
    let expected = optional_text::<Price>(members, "expected_price", errors);
    match (price.ok()?, expected.ok()?) {
        (None, None) => Some(RequestedPrice::OfCatalog),
        (Some(price), None) => Some(RequestedPrice::OfCaller(price)),
        (None, Some(expected)) => Some(RequestedPrice::Expected(expected)),
        (Some(_), Some(_)) => {
            let pointer = format!("{}/expected_price", item.pointer());
            errors.add(pointer, "must not be given together with price");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_http::ProblemType;
    use proptest::prelude::*;

    const GOOD: &str =
        r#"{"customer_id":"c-1","currency":"USD","items":[{"sku":"A1","qty":2,"price":"9.99"}]}"#;

    const ALL: AcceptedForms = AcceptedForms { has_details: true, has_products: true, has_payment: true };
    const WITHOUT_PRODUCTS: AcceptedForms = AcceptedForms { has_products: false, ..ALL };

    fn read(body: &str) -> Result<NewOrder, Problem> {
        match parse_new_order(body.as_bytes(), WITHOUT_PRODUCTS)?.order {
            OrderRequest::Priced(order) => Ok(order),
            OrderRequest::OfCatalog(order) => panic!("{order:?}"),
        }
    }

    fn read_with_products(body: &str) -> Result<OrderRequest, Problem> {
        parse_new_order(body.as_bytes(), ALL).map(|parsed| parsed.order)
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
        parse_new_order(body, ALL).is_err_and(|problem| problem.kind() == ProblemType::MALFORMED_BODY)
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
        let problem =
            parse_new_order(body.as_bytes(), AcceptedForms { has_details: false, ..WITHOUT_PRODUCTS })
                .expect_err("unknown members");
        let errors = problem.field_errors().iter().map(|it| (it.pointer.as_str(), it.detail.as_str()));
        let unknown = ["/lines", "/external_id", "/metadata", "/shipping_address", "/contact"];
        assert_eq!(errors.collect::<Vec<_>>(), unknown.map(|pointer| (pointer, "unknown field")));
        assert_eq!(
            parse_new_order(GOOD.as_bytes(), AcceptedForms { has_details: false, ..ALL })
                .ok()
                .map(|it| it.order),
            read(GOOD).ok().map(OrderRequest::Priced)
        );
    }

    #[test]
    fn items_without_a_price_are_products_of_the_catalog() {
        let body = r#"{"customer_id":"c-1","currency":"USD","payment_due_in":600,"items":[{"sku":"A1","qty":2},
            {"sku":"B","qty":1,"expected_price":"4.5"},{"sku":"C","qty":1,"price":"9.99"},{"sku":"A1","qty":3}]}"#;
        let Ok(OrderRequest::OfCatalog(order)) = read_with_products(body) else { panic!("no order") };
        let products: Vec<_> =
            order.products().iter().map(|it| (it.sku.as_str().to_owned(), it.units)).collect();
        assert_eq!(products, [("A1".to_owned(), 5), ("B".to_owned(), 1)]);
        assert_eq!(order.payment_window().map(PaymentWindow::seconds), Some(600));
        assert!(matches!(read_with_products(GOOD), Ok(OrderRequest::Priced(_))));
        let unknown = ["/items/0/price", "/items/1/price", "/items/1/expected_price", "/items/3/price"];
        let expected: Vec<_> = unknown.into_iter().chain(["/payment_due_in"]).map(str::to_owned).collect();
        assert_eq!(pointers(body), expected, "without products, as before");
    }

    #[test]
    fn every_error_in_products_has_its_pointer() {
        let with = |items: &str| format!(r#"{{"customer_id":"c-1","currency":"USD",{items}}}"#);
        let many = |n: usize| {
            let items: Vec<_> = (0..n).map(|n| format!(r#"{{"sku":"S{n}","qty":1}}"#)).collect();
            with(&format!(r#""items":[{}]"#, items.join(",")))
        };
        assert!(read_with_products(&many(98)).is_ok());
        let same = with(&format!(r#""items":[{}]"#, vec![r#"{"sku":"S","qty":999999}"#; 100].join(",")));
        let Ok(OrderRequest::OfCatalog(order)) = read_with_products(&same) else { panic!("no order") };
        assert_eq!(order.products()[0].units, 99_999_900);
        for (body, pointer, detail) in [
            (many(99), "/items", "must have at most 98 different products of the catalog, has 99"),
            (
                with(r#""items":[{"sku":"A","qty":1,"expected_price":"1.234"}]"#),
                "/items/0/expected_price",
                "must have at most 2 decimals in USD, has 3",
            ),
            (
                with(r#""items":[{"sku":"A","qty":1},{"sku":"B","qty":1,"price":"1.234"}]"#),
                "/items/1/price",
                "must have at most 2 decimals in USD, has 3",
            ),
            (
                with(r#""items":[{"sku":"A","qty":1,"price":"1","expected_price":"1"}]"#),
                "/items/0/expected_price",
                "must not be given together with price",
            ),
            (
                with(r#""items":[{"sku":"A","qty":1,"expected_price":null}]"#),
                "/items/0/expected_price",
                "must be a string, is null",
            ),
            (
                with(r#""items":[{"sku":"A","qty":1}],"payment_due_in":31536001"#),
                "/payment_due_in",
                "must be a whole number from 0 to 31536000",
            ),
            (
                with(r#""items":[{"sku":"A","qty":1,"price":"1"}],"payment_due_in":60"#),
                "/payment_due_in",
                "must only be given for an order with products of the catalog",
            ),
            (
                with(r#""items":[{"sku":"A","qty":1}],"lines":[{"kind":"fee","label":"x","amount":"-1"}]"#),
                "/lines/0/amount",
                "must not be negative for the kind \"fee\"",
            ),
        ] {
            let problem = read_with_products(&body).expect_err(&body);
            let errors = problem.field_errors().iter().map(|it| (it.pointer.as_str(), it.detail.as_str()));
            assert_eq!(errors.collect::<Vec<_>>(), [(pointer, detail)], "{body}");
        }
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
            let _ = parse_new_order(&bytes, ALL);
        }

        #[test]
        fn no_mutation_of_a_valid_body_causes_a_panic(at in 0..GOOD.len(), byte in any::<u8>()) {
            let mut bytes = GOOD.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = parse_new_order(&bytes, ALL);
        }
    }
}
