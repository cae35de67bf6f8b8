//! The body of `POST /orders`.

use super::reader::{Faults, Node};
use crate::Problem;
use orders_domain::{Currency, CustomerId, InvalidNewOrder, LineItem, NewOrder, Price, Quantity, Sku};

/// Reads `{"customer_id", "currency", "items": [{"sku", "qty", "price"}]}`.
///
/// # Errors
///
/// [`Problem::MalformedBody`] when it is not JSON, [`Problem::InvalidBody`] with every fault
/// when it is not a valid request for an order.
pub fn order_request(body: &[u8]) -> Result<NewOrder, Problem> {
    super::parse(body, |root, faults| {
        let mut members = root.object(faults)?;
        let customer_id =
            members.required("customer_id", faults).and_then(|node| node.text::<CustomerId>(faults));
        let currency = members.required("currency", faults).and_then(|node| node.text::<Currency>(faults));
        let items = members.required("items", faults).and_then(|node| items(&node, faults));
        members.finish(faults);
        let (items, pointers) = items?;
        NewOrder::new(customer_id?, currency?, items)
            .map_err(|reasons| {
                for reason in reasons {
                    match reason {
                        InvalidNewOrder::Price { index, .. } => {
                            faults.add(format!("{}/price", pointers[index]), reason);
                        }
                        InvalidNewOrder::TotalTooLarge => faults.add("/items".to_owned(), reason),
                        // Told already, with the items that are faulty by themselves counted in.
                        InvalidNewOrder::ItemCount { .. } => {}
                    }
                }
            })
            .ok()
    })
}

/// The items that are valid by themselves, with the pointer of each.
fn items(node: &Node<'_>, faults: &mut Faults) -> Option<(Vec<LineItem>, Vec<String>)> {
    let nodes = node.array(faults)?;
    if !(1..=NewOrder::MAX_ITEMS).contains(&nodes.len()) {
        faults.add(node.pointer().to_owned(), InvalidNewOrder::ItemCount { actual: nodes.len() });
    }
    Some(nodes.iter().filter_map(|node| Some((item(node, faults)?, node.pointer().to_owned()))).unzip())
}

fn item(node: &Node<'_>, faults: &mut Faults) -> Option<LineItem> {
    let mut members = node.object(faults)?;
    let sku = members.required("sku", faults).and_then(|node| node.text::<Sku>(faults));
    let quantity = members.required("qty", faults).and_then(|node| node.number::<Quantity>(faults));
    let price = members.required("price", faults).and_then(|node| node.text::<Price>(faults));
    members.finish(faults);
    Some(LineItem { sku: sku?, quantity: quantity?, price: price? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str =
        r#"{"customer_id":"c-1","currency":"USD","items":[{"sku":"A1","qty":2,"price":"9.99"}]}"#;

    fn faults(body: &str) -> Vec<(String, String)> {
        match order_request(body.as_bytes()) {
            Err(Problem::InvalidBody(faults)) => faults.into_iter().map(|f| (f.pointer, f.detail)).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn pointers(body: &str) -> Vec<String> {
        faults(body).into_iter().map(|(pointer, _)| pointer).collect()
    }

    #[test]
    fn a_good_body_becomes_a_request() {
        let request = order_request(GOOD.as_bytes()).expect("a request");
        assert_eq!(request.total().to_string(), "19.98");
    }

    #[test]
    fn every_fault_is_told_with_its_pointer() {
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
    fn details_say_what_is_expected_and_what_was_found() {
        let body = GOOD.replace("\"9.99\"", "9.99");
        assert_eq!(faults(&body), [("/items/0/price".into(), "must be a string, is a number".into())]);
        let body = GOOD.replace("\"9.99\"", "\"9.999\"");
        assert_eq!(
            faults(&body),
            [("/items/0/price".into(), "must have at most 2 decimals in USD, has 3".into())]
        );
    }

    #[test]
    fn a_fine_price_is_told_at_its_place_even_behind_a_faulty_item() {
        let body = r#"{"customer_id":"c","currency":"JPY","items":[{"sku":"","qty":1,"price":"1"},{"sku":"A","qty":1,"price":"1.5"}]}"#;
        assert_eq!(pointers(body), ["/items/0/sku", "/items/1/price"]);
    }

    #[test]
    fn the_number_of_items_counts_the_faulty_ones_in() {
        let items = |n: usize| {
            let item = r#"{"sku":"","qty":1,"price":"1"}"#;
            format!(r#"{{"customer_id":"c","currency":"JPY","items":[{}]}}"#, vec![item; n].join(","))
        };
        assert_eq!(faults(&items(0)), [("/items".into(), "must have 1 to 100 items, has 0".into())]);
        assert_eq!(pointers(&items(1)), ["/items/0/sku"]);
        assert_eq!(faults(&items(101))[0], ("/items".into(), "must have 1 to 100 items, has 101".into()));
    }

    #[test]
    fn a_member_given_twice_is_a_fault() {
        let body = GOOD.replace("\"currency\"", "\"customer_id\":\"c-2\",\"currency\"");
        assert_eq!(faults(&body), [("/customer_id".into(), "is given more than once".into())]);
    }

    #[test]
    fn a_body_of_another_kind_is_a_fault_of_the_whole() {
        for body in ["[]", "null", "1", "\"text\"", "true"] {
            assert_eq!(pointers(body), [""], "{body}");
        }
        assert_eq!(pointers("{}"), ["/customer_id", "/currency", "/items"]);
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in ["", "{", "{]", "nul", "{\"a\":1}x", "\"\\ud800\"", "\u{feff}{}", &"[".repeat(100_000)] {
            assert!(matches!(order_request(body.as_bytes()), Err(Problem::MalformedBody(_))));
        }
        assert!(matches!(order_request(&[b'"', 0xFF, b'"']), Err(Problem::MalformedBody(_))));
    }

    #[test]
    fn no_body_gets_an_endless_answer() {
        let body = format!("{{{}}}", (0..20_000).map(|i| format!("\"{i}\":1")).collect::<Vec<_>>().join(","));
        let faults = faults(&body);
        assert_eq!(faults.len(), 1_001);
        assert_eq!(faults[1_000].1, "19003 more faults are not listed");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = order_request(&bytes);
        }

        #[test]
        fn no_mutation_of_a_good_body_makes_it_panic(at in 0..GOOD.len(), byte in any::<u8>()) {
            let mut bytes = GOOD.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = order_request(&bytes);
        }
    }
}
