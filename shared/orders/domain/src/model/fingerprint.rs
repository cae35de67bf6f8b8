//! Fingerprints of order requests.

use crate::NewOrder;
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 over the canonical form of a *validated* request: two requests have the same fingerprint exactly
/// when they request the same order. The order of fields, white space and `9.9` versus `9.90` make no
/// difference; the order of items does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Name and version of the canonical form. A later form has another name, and other fingerprints.
const CANONICAL_FORM: &str = "orders/new-order/1";

impl Fingerprint {
    /// Computes the fingerprint of a request.
    #[must_use]
    pub fn of(request: &NewOrder) -> Self {
        let mut canonical = Canonical(Sha256::new());
        canonical.field(CANONICAL_FORM);
        canonical.field(request.customer_id().as_str());
        canonical.field(request.currency().code());
        canonical.field(&request.items().len().to_string());
        for item in request.items() {
            canonical.field(item.sku.as_str());
            canonical.field(&item.quantity.to_string());
            canonical.field(&item.price.to_string());
        }
        Self(canonical.0.finalize().into())
    }
}

/// Hash of fields, each preceded by its length. Two different lists of fields never give the same bytes.
struct Canonical(Sha256);

impl Canonical {
    fn field(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text);
    }
}

impl fmt::Display for Fingerprint {
    /// 64 hexadecimal digits in lower case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineItem, Quantity};

    fn fingerprint(customer: &str, currency: &str, items: &[(&str, u64, &str)]) -> String {
        let items = items
            .iter()
            .map(|(sku, quantity, price)| LineItem {
                sku: sku.parse().expect("a sku"),
                quantity: Quantity::try_from(*quantity).expect("a quantity"),
                price: price.parse().expect("a price"),
            })
            .collect();
        let request = NewOrder::new(
            customer.parse().expect("a customer"),
            currency.parse().expect("a currency"),
            items,
        );
        Fingerprint::of(&request.expect("a request")).to_string()
    }

    #[test]
    fn equal_requests_have_equal_fingerprints() {
        assert_eq!(
            fingerprint("c-1", "USD", &[("A1", 2, "9.9")]),
            fingerprint("c-1", "USD", &[("A1", 2, "9.90")])
        );
    }

    #[test]
    fn different_requests_have_different_fingerprints() {
        let all = [
            fingerprint("c-1", "USD", &[("A1", 2, "9.99")]),
            fingerprint("c-2", "USD", &[("A1", 2, "9.99")]),
            fingerprint("c-1", "EUR", &[("A1", 2, "9.99")]),
            fingerprint("c-1", "USD", &[("A2", 2, "9.99")]),
            fingerprint("c-1", "USD", &[("A1", 3, "9.99")]),
            fingerprint("c-1", "USD", &[("A1", 2, "9.98")]),
            fingerprint("c-1", "USD", &[("A1", 2, "9.99"), ("B", 1, "1")]),
            fingerprint("c-1", "USD", &[("B", 1, "1"), ("A1", 2, "9.99")]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one), "request {i} has the fingerprint of another");
        }
    }

    #[test]
    fn the_canonical_form_is_stable() {
        // A changed fingerprint would turn every retry across a deployment into a 409.
        assert_eq!(
            fingerprint("c-1", "USD", &[("A1", 2, "9.99")]),
            "228bf8910c0f77e8ba0fef7381dc4dc45246072c2e0fc5e67eb63bb0e2096621"
        );
    }
}
