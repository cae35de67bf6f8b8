//! Fingerprints of order requests.

use super::canonical::Canonical;
use crate::{CatalogOrder, ExternalId, LineReference, MoneyLine, NewOrder, OrderRequest, RequestedPrice};
use std::fmt;

/// SHA-256 over the canonical form of a *validated* request: two requests have the same fingerprint exactly
/// when they request the same order. The order of fields, white space and `9.9` versus `9.90` make no
/// difference; the order of items and of money lines does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

/// Name and version of the canonical form: customer, currency and items. Requests with nothing else keep it, so that
/// their keys hold across the deployment that introduced the others.
const ITEMS_ONLY: &str = "orders/new-order/1";
/// The same, followed by money lines, personal data and references.
const EXTENDED: &str = "orders/new-order/2";
/// The same, with what the request says about the price of each item, and the time to pay at the end. Nothing that the
/// catalog adds is part of it.
const OF_CATALOG: &str = "orders/new-order/3";

impl Fingerprint {
    /// Computes the fingerprint of a request.
    #[must_use]
    pub fn of(request: &OrderRequest) -> Self {
        match request {
            OrderRequest::Priced(request) => Self::of_priced(request),
            OrderRequest::OfCatalog(request) => Self::of_catalog(request),
        }
    }

    /// Computes the fingerprint of a request whose items all have a price.
    #[must_use]
    pub fn of_priced(request: &NewOrder) -> Self {
        let (lines, personal, references) = (request.lines(), request.personal(), request.references());
        let is_extended = !lines.is_empty() || !personal.is_empty() || !references.is_empty();
        let mut canonical = Canonical::new(if is_extended { EXTENDED } else { ITEMS_ONLY });
        canonical.head(request);
        for item in request.items() {
            canonical.field(item.sku.as_str());
            canonical.field(&item.quantity.to_string());
            canonical.field(&item.price.to_string());
        }
        if is_extended {
            canonical.details(request, lines);
        }
        Self::new(canonical)
    }

    fn of_catalog(request: &CatalogOrder) -> Self {
        let mut canonical = Canonical::new(OF_CATALOG);
        canonical.head(request.unpriced());
        for (item, price) in request.items() {
            canonical.field(item.sku.as_str());
            canonical.field(&item.quantity.to_string());
            canonical.field(match price {
                RequestedPrice::OfCaller(_) => "price",
                RequestedPrice::OfCatalog => "catalog",
                RequestedPrice::Expected(_) => "expected_price",
            });
            canonical.field(&item.price.to_string());
        }
        canonical.details(request.unpriced(), request.lines());
        canonical.optional(request.payment_window().as_ref(), |canonical, window| {
            canonical.field(&window.seconds().to_string());
        });
        Self::new(canonical)
    }

    pub(super) fn new(canonical: Canonical) -> Self {
        Self(canonical.hash())
    }
}

impl Canonical {
    fn head(&mut self, request: &NewOrder) {
        self.field(request.customer_id().as_str());
        self.field(request.currency().code());
        self.field(&request.items().len().to_string());
    }

    fn details(&mut self, request: &NewOrder, lines: &[MoneyLine]) {
        let (personal, references) = (request.personal(), request.references());
        self.field(&lines.len().to_string());
        for line in lines {
            self.field(line.kind.as_str());
            self.field(line.label.as_str());
            self.field(&line.amount.to_string());
            self.optional_text(line.reference.as_ref().map(LineReference::as_str));
        }
        self.optional(personal.shipping_address.as_ref(), Self::address);
        self.optional(personal.billing_address.as_ref(), Self::address);
        self.optional(personal.contact.as_ref(), Self::contact);
        self.optional_text(references.external_id.as_ref().map(ExternalId::as_str));
        self.optional(references.metadata.as_ref(), Self::metadata);
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
    use crate::{LineItem, MoneyLine, Quantity};

    fn fingerprint(customer: &str, currency: &str, items: &[(&str, u64, &str)]) -> String {
        let items = items
            .iter()
            .map(|(sku, quantity, price)| LineItem {
                sku: sku.parse().expect("a sku"),
                quantity: Quantity::try_from(*quantity).expect("a quantity"),
                price: price.parse().expect("a price"),
                product: None,
            })
            .collect();
        let request = NewOrder::new(
            customer.parse().expect("a customer"),
            currency.parse().expect("a currency"),
            items,
        );
        Fingerprint::of_priced(&request.expect("a request")).to_string()
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

    fn with_lines(lines: &[(&str, &str, &str, Option<&str>)]) -> String {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(2).expect("a quantity"),
            price: "9.99".parse().expect("a price"),
            product: None,
        };
        let customer = "c-1".parse().expect("a customer");
        let request =
            NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]).expect("a request");
        let line = |(kind, label, amount, reference): &(&str, &str, &str, Option<&str>)| MoneyLine {
            kind: kind.parse().expect("a kind"),
            label: label.parse().expect("a label"),
            amount: amount.parse().expect("an amount"),
            reference: reference.map(|text| text.parse().expect("a reference")),
        };
        let request = request.with_lines(lines.iter().map(line).collect()).expect("valid lines");
        Fingerprint::of_priced(&request).to_string()
    }

    #[test]
    fn money_lines_are_part_of_the_fingerprint() {
        assert_eq!(with_lines(&[]), fingerprint("c-1", "USD", &[("A1", 2, "9.99")]));
        let all = [
            with_lines(&[]),
            with_lines(&[("fee", "a", "1.00", None)]),
            with_lines(&[("tax", "a", "1.00", None)]),
            with_lines(&[("fee", "b", "1.00", None)]),
            with_lines(&[("fee", "a", "1.01", None)]),
            with_lines(&[("fee", "a", "1.00", Some("r"))]),
            with_lines(&[("fee", "a", "1.00", None), ("fee", "b", "1.00", None)]),
            with_lines(&[("fee", "b", "1.00", None), ("fee", "a", "1.00", None)]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert!(!all[..i].contains(one), "request {i} has the fingerprint of another");
        }
        assert_eq!(with_lines(&[("fee", "a", "1", None)]), all[1]);
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
