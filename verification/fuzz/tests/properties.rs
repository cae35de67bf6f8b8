//! Properties of pairs of inputs, which mutations hardly ever produce.

use http::{HeaderName, HeaderValue, header};
use kernel::{Price, Version};
use lambda_http::Body;
use orders_api::{AcceptedForms, parse_new_order};
use orders_domain::{Fingerprint, OrderRequest};
use platform_http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

/// All forms of a request.
const FORMS: AcceptedForms = AcceptedForms { has_details: true, has_products: true, has_payment: true };

fn price() -> impl Strategy<Value = String> {
    ("0|[1-9][0-9]{0,9}", "(\\.[0-9]{1,2})?").prop_map(|(integer, fraction)| integer + &fraction)
}

prop_compose! {
    fn order()(
        customer in "[^\\p{Cc}\\p{Cf}\\s]([^\\p{Cc}\\p{Cf}]{0,126}[^\\p{Cc}\\p{Cf}\\s])?",
        currency in prop::sample::select(vec!["USD", "EUR", "CLF", "BHD"]),
        items in prop::collection::vec(("[^\\p{Cc}\\p{Cf}\\s]([^\\p{Cc}\\p{Cf}]{0,62}[^\\p{Cc}\\p{Cf}\\s])?", 1_u32..1_000_000, price()), 1..5),
    ) -> Value {
        let items: Vec<_> =
            items.into_iter().map(|(sku, qty, price)| json!({"sku": sku, "qty": qty, "price": price})).collect();
        json!({"customer_id": customer, "currency": currency, "items": items})
    }
}

prop_compose! {
    /// Order whose items are products of the catalog or priced by the caller.
    fn any_order()(order in order(), kinds in prop::collection::vec(0_usize..3, 5)) -> Value {
        let mut order = order;
        for (item, kind) in order["items"].as_array_mut().expect("items").iter_mut().zip(kinds) {
            let item = item.as_object_mut().expect("an item");
            let price = item.remove("price").expect("a price");
            if let Some(name) = ["price", "expected_price"].get(kind) {
                item.insert((*name).to_owned(), price);
            }
        }
        order
    }
}

fn read(body: &Value) -> OrderRequest {
    parse_new_order(body.to_string().as_bytes(), FORMS).expect("a good body").order
}

/// Returns the same order in other bytes: every character escaped, blanks, another order of members.
fn respelled(order: &Value) -> String {
    let text = |value: &Value| {
        let units = value.as_str().expect("a text").encode_utf16();
        let escaped: Vec<_> = units.map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{}\"", escaped.concat())
    };
    let items: Vec<_> = order["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|item| {
            let (sku, qty, price) = (text(&item["sku"]), &item["qty"], text(&item["price"]));
            format!("{{ \"price\" : {price}, \"qty\" : {qty}, \"sku\" : {sku} }}")
        })
        .collect();
    let (customer, currency) = (text(&order["customer_id"]), text(&order["currency"]));
    let items = items.join(" ,\n");
    format!(" {{\"items\":[{items}],\"currency\":{currency},\r\n\"customer_id\":{customer}}}\t")
}

fn request(name: &HeaderName, values: &[&str]) -> Request {
    let mut request = http::Request::new(Body::Empty);
    let values = values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).expect("a value")));
    *request.headers_mut() = values.collect();
    Request::new(request)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_orders_in_different_bytes_have_equal_fingerprints(order in order()) {
        let again = parse_new_order(respelled(&order).as_bytes(), FORMS).expect("the same order").order;
        prop_assert_eq!(Fingerprint::of(&read(&order)), Fingerprint::of(&again));
        prop_assert_eq!(read(&order), again);
    }

    #[test]
    fn fingerprints_are_equal_exactly_when_the_orders_are(one in any_order(), other in any_order(), same: bool) {
        let (one, other) = (read(&one), read(if same { &one } else { &other }));
        prop_assert_eq!(Fingerprint::of(&one) == Fingerprint::of(&other), one == other);
    }

    #[test]
    fn the_total_does_not_depend_on_the_order_of_the_items(order in order()) {
        let mut turned = order.clone();
        turned["items"].as_array_mut().expect("items").reverse();
        let total = |order: &Value| match read(order) {
            OrderRequest::Priced(order) => order.total(),
            OrderRequest::OfCatalog(order) => panic!("{order:?}"),
        };
        prop_assert_eq!(total(&order), total(&turned));
    }

    #[test]
    fn a_parsed_price_displays_as_it_was_written(text in price()) {
        prop_assert_eq!(text.parse::<Price>().map(|price| price.to_string()), Ok(text));
    }

    #[test]
    fn if_match_accepts_a_version_with_or_without_quotes(number: u64, left in "[ \\t]{0,2}", quote: bool) {
        let quote = if quote { "\"" } else { "" };
        let version = request(&header::IF_MATCH, &[&format!("{left}{quote}{number}{quote}")]).expected_version();
        let valid = number > 0 && i64::try_from(number).is_ok();
        prop_assert_eq!(version.ok().map(Version::get), valid.then_some(number));
    }

    #[test]
    fn if_match_accepts_nothing_but_a_version(text in "[ -~]{0,12}") {
        if let Ok(version) = request(&header::IF_MATCH, &[&text]).expected_version() {
            let text = text.trim();
            let digits = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
            prop_assert_eq!(version.to_string(), digits);
        }
    }

    #[test]
    fn if_none_match_matches_a_version_at_any_place_of_a_list(before in "(\"[a-z]{0,3}\" ?, ?){0,3}", weak: bool, n in 1_u64..10) {
        let version = Version::try_from(n).expect("a version");
        let tag = format!("{}\"{n}\"", if weak { "W/" } else { "" });
        let list = format!("{before}{tag}");
        prop_assert!(request(&header::IF_NONE_MATCH, &[&list]).has_version(version));
        prop_assert!(request(&header::IF_NONE_MATCH, &["\"x\"", &tag]).has_version(version));
        prop_assert!(!request(&header::IF_NONE_MATCH, &[&before]).has_version(version));
    }
}
