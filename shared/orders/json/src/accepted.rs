//! JSON form of the request of an accepted order, in which its claim keeps it until it is decided.

use crate::{OrderJson, UnreadableOrder, order_from_json, read, unreadable, without_value};
use kernel::{Tenant, Timestamp};
use orders_domain::{
    AcceptedRequest, CatalogOrder, ChargeTerms, Order, OrderId, OrderRequest, PaymentWindow, RequestedItem,
    RequestedPrice,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Request of an accepted order.
#[derive(Serialize, Deserialize)]
struct AcceptedJson<T> {
    /// Order at the prices of the request.
    order: T,
    /// Indexes of the items that are products of the catalog, at their expected prices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    of_catalog: Vec<usize>,
    /// Time to pay in seconds, if it is not the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment_due_in: Option<u32>,
    /// Payment that is asked for once the order exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment: Option<TermsJson>,
}

#[derive(Serialize, Deserialize)]
struct TermsJson {
    provider: String,
    token: String,
    capture: bool,
}

/// Request of an accepted order, with its identity and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoredRequest {
    /// Identity of the order.
    pub order: OrderId,
    /// Request.
    pub request: AcceptedRequest,
    /// Time of its arrival.
    pub at: Timestamp,
}

/// Writes a request as JSON text.
#[must_use]
pub fn accepted_to_json(request: &AcceptedRequest, tenant: &Tenant, id: OrderId, at: Timestamp) -> String {
    let (of_catalog, window) = match request.order() {
        OrderRequest::Priced(_) => (Vec::new(), None),
        OrderRequest::OfCatalog(order) => (order.catalog_indexes().collect(), order.payment_window()),
    };
    let order = Order::place(request.at_requested_prices().clone(), tenant.clone(), id, at);
    let charge = request.charge().map(|terms| TermsJson {
        provider: terms.provider.to_string(),
        token: terms.token.expose().to_owned(),
        capture: terms.is_captured,
    });
    let json = AcceptedJson {
        order: OrderJson::with_personal(&order),
        of_catalog,
        payment_due_in: window.map(PaymentWindow::seconds),
        payment: charge,
    };
    serde_json::to_string(&json).expect("strings and numbers always serialise")
}

/// Reads a request of `tenant` from the text of [`accepted_to_json`].
///
/// # Errors
///
/// [`UnreadableOrder`], without the values.
pub fn accepted_from_json(text: &str, tenant: Tenant) -> Result<RestoredRequest, UnreadableOrder> {
    let json: AcceptedJson<Box<RawValue>> =
        serde_json::from_str(text).map_err(|error| unreadable(without_value(&error)))?;
    let order = order_from_json(json.order.get(), tenant)?;
    let window = json.payment_due_in.map(|seconds| PaymentWindow::try_from(u64::from(seconds)));
    let window = window.transpose().map_err(unreadable)?;
    let charge = json.payment.map(TermsJson::read).transpose()?;
    let request = if json.of_catalog.is_empty() {
        OrderRequest::Priced(order.request().clone())
    } else {
        OrderRequest::OfCatalog(Box::new(of_catalog(&order, &json.of_catalog, window)?))
    };
    let request = AcceptedRequest::new(request, charge).map_err(|_| unreadable("an item has no price"))?;
    Ok(RestoredRequest { order: order.id(), request, at: order.created_at() })
}

fn of_catalog(
    order: &Order,
    indexes: &[usize],
    window: Option<PaymentWindow>,
) -> Result<CatalogOrder, UnreadableOrder> {
    let request = order.request();
    let items = order.items().iter().enumerate().map(|(index, item)| RequestedItem {
        sku: item.sku.clone(),
        quantity: item.quantity,
        price: if indexes.contains(&index) {
            RequestedPrice::Expected(item.price)
        } else {
            RequestedPrice::OfCaller(item.price)
        },
    });
    let order = CatalogOrder::new(request.customer_id().clone(), request.currency(), items.collect())
        .and_then(|order| order.with_lines(request.lines().to_vec()))
        .map_err(|_| unreadable("the request is not valid"))?;
    let (personal, references) = (request.personal().clone(), request.references().clone());
    Ok(order.with_details(personal, references).with_payment_window(window))
}

impl TermsJson {
    fn read(self) -> Result<ChargeTerms, UnreadableOrder> {
        Ok(ChargeTerms {
            provider: read(&self.provider)?,
            token: read(&self.token)?,
            is_captured: self.capture,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orders_domain::{LineItem, MoneyLine, NewOrder};

    fn at() -> Timestamp {
        Timestamp::from_unix_millis(1_769_851_800_000).expect("a time")
    }

    fn terms() -> ChargeTerms {
        let (provider, token) = ("standard".parse().expect("a name"), "tok_1".parse().expect("a token"));
        ChargeTerms { provider, token, is_captured: true }
    }

    fn requested(price: RequestedPrice) -> RequestedItem {
        let quantity = 2.try_into().expect("a quantity");
        RequestedItem { sku: "TEA-1".parse().expect("a sku"), quantity, price }
    }

    fn round_trip(request: &AcceptedRequest) -> RestoredRequest {
        let id = OrderId::v7(at(), [7; 10]);
        let text = accepted_to_json(request, &Tenant::default(), id, at());
        let restored = accepted_from_json(&text, Tenant::default()).expect(&text);
        assert_eq!((restored.order, restored.at), (id, at()));
        restored
    }

    #[test]
    fn a_request_of_the_catalog_reads_back() {
        let price = |text: &str| text.parse().expect("a price");
        let items = vec![
            requested(RequestedPrice::Expected(price("6.90"))),
            requested(RequestedPrice::OfCaller(price("0"))),
        ];
        let (customer, currency) = ("c-1".parse().expect("a customer"), "EUR".parse().expect("a currency"));
        let line = MoneyLine {
            kind: "shipping".parse().expect("a kind"),
            label: "DHL".parse().expect("a label"),
            amount: "4.90".parse().expect("an amount"),
            reference: None,
        };
        let order = CatalogOrder::new(customer, currency, items).expect("an order");
        let order = order.with_lines(vec![line]).expect("an order");
        let order = order.with_payment_window(Some(60_u64.try_into().expect("a window")));
        let order = OrderRequest::OfCatalog(Box::new(order));
        for charge in [None, Some(terms())] {
            let request = AcceptedRequest::new(order.clone(), charge).expect("a request");
            assert_eq!(round_trip(&request).request, request);
        }
    }

    #[test]
    fn a_request_with_prices_of_the_caller_reads_back() {
        let (sku, quantity) = ("A1".parse().expect("a sku"), 1.try_into().expect("a quantity"));
        let item = LineItem { sku, quantity, price: "9.99".parse().expect("a price"), product: None };
        let (customer, currency) = ("c-1".parse().expect("a customer"), "USD".parse().expect("a currency"));
        let order = NewOrder::new(customer, currency, vec![item]).expect("an order");
        let request = AcceptedRequest::new(OrderRequest::Priced(order), Some(terms())).expect("a request");
        assert_eq!(round_trip(&request).request, request);
    }

    #[test]
    fn an_error_does_not_contain_the_stored_value() {
        for text in ["", "{}", r#"{"order":{"order_id":"770077"}}"#, r#"{"order":"770077"}"#] {
            let message = accepted_from_json(text, Tenant::default()).expect_err(text).to_string();
            assert!(!message.contains("770077"), "{message}");
        }
    }
}
