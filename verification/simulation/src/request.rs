//! Requests for orders.

use crate::client::PAYMENT_WINDOW;
use crate::stock::{SKUS, present_price};
use crate::world::World;
use kernel::{Price, Tenant, Timestamp};
use orders_domain::{
    AcceptOrder, AcceptedRequest, CatalogOrder, ChargeTerms, ExternalId, OrderId, OrderRequest, Personal,
    PlaceOrder, References, RequestedItem, RequestedPrice,
};
use orders_in_memory::sample_request;

/// Request for an order, under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) key: String,
    pub(crate) quantity: u64,
    /// Product of the catalog; `None` for an item that the client prices.
    pub(crate) product: Option<&'static str>,
    /// Price that the client expects of the product; `None` for any.
    pub(crate) expected_price: Option<Price>,
    /// Id of the order in another system.
    pub(crate) external_id: Option<ExternalId>,
    /// Payment that the order asks for as it is stored: `true` to take the money at once, `false` to set it aside.
    pub(crate) is_captured: Option<bool>,
}

impl Request {
    /// Returns a random request that is processed at once. Some have the same key, and some of these differ.
    pub(crate) fn at_once(world: &World) -> Self {
        let product = world.happens(500).then(|| SKUS[world.below(SKUS.len())]);
        Self {
            key: format!("key-{}", world.below(2)),
            quantity: if world.happens(250) { 2 } else { 1 },
            expected_price: product.filter(|_| world.happens(250)).map(|sku| present_price(world, sku)),
            product,
            external_id: None,
            is_captured: None,
        }
    }

    /// Returns a random request that may be processed later. Some have the key of one that is processed at once. It
    /// names the price of a product, which is sometimes wrong.
    pub(crate) fn later(world: &World) -> Self {
        let product = world.happens(600).then(|| SKUS[world.below(SKUS.len())]);
        let guess: Price = "5.90".parse().expect("a price");
        let price = |sku| if world.happens(100) { guess } else { present_price(world, sku) };
        Self {
            key: format!("key-{}", world.below(6)),
            quantity: if world.happens(250) { 2 } else { 1 },
            expected_price: product.map(price),
            product,
            external_id: world.happens(300).then(|| "e-0".parse().expect("an id")),
            is_captured: world.happens(400).then(|| world.happens(500)),
        }
    }

    /// Returns `true` for a request that is only processed later.
    pub(crate) fn needs_preference(&self) -> bool {
        self.is_captured.is_some() || self.external_id.is_some()
    }

    /// Returns the request for the order. Its customer is the key, for the audit.
    pub(crate) fn order(&self) -> OrderRequest {
        let references = References { external_id: self.external_id.clone(), ..References::NONE };
        let priced = sample_request(&self.key, self.quantity).with_references(references.clone());
        let Some(sku) = self.product else {
            return OrderRequest::Priced(priced);
        };
        let item = RequestedItem {
            sku: sku.parse().expect("a sku"),
            quantity: priced.items()[0].quantity,
            price: self.expected_price.map_or(RequestedPrice::OfCatalog, RequestedPrice::Expected),
        };
        let order = CatalogOrder::new(priced.customer_id().clone(), priced.currency(), vec![item]);
        let order = order.expect("a request").with_details(Personal::NONE, references);
        OrderRequest::OfCatalog(Box::new(order))
    }

    /// Returns the request as it is accepted.
    pub(crate) fn accepted(&self) -> AcceptedRequest {
        let terms = |is_captured| ChargeTerms {
            provider: "standard".parse().expect("a provider"),
            token: "tok_1".parse().expect("a token"),
            is_captured,
        };
        AcceptedRequest::new(self.order(), self.is_captured.map(terms)).expect("a request with prices")
    }

    /// Returns the command to place the order at once.
    pub(crate) fn place(&self, world: &World, now: Timestamp) -> PlaceOrder {
        PlaceOrder {
            tenant: Tenant::default(),
            key: self.key.parse().expect("a key"),
            customer: None,
            claim_ttl: world.plan().ttl,
            request: self.order(),
            payment_window: Some(PAYMENT_WINDOW),
            order_id: OrderId::v7(now, world.entropy()),
            received_at: now,
            traceparent: None,
        }
    }

    /// Returns the command to accept the order. The response names the attempt.
    pub(crate) fn accept(&self, world: &World, attempt: &str, now: Timestamp) -> AcceptOrder {
        let order_id = OrderId::v7(now, world.entropy());
        AcceptOrder {
            tenant: Tenant::default(),
            key: self.key.parse().expect("a key"),
            customer: None,
            request: self.accepted(),
            order_id,
            response: format!("{order_id} by {attempt}"),
            received_at: now,
            traceparent: None,
        }
    }
}
