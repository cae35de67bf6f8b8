//! Orders that are accepted, and processed later.

use super::canonical::Canonical;
use crate::{
    Fingerprint, InvalidNewOrder, NewOrder, Operation, OrderKey, OrderRequest, PaymentRequestId,
    PaymentToken, ProviderName, ProviderRequest,
};
use kernel::{Money, Timestamp, Traceparent, Version};

/// Order that was accepted for processing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedOrder {
    /// Identity of the order, and its claim.
    pub key: AcceptedKey,
    /// Request.
    pub request: AcceptedRequest,
    /// Time of its arrival.
    pub at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<Traceparent>,
}

/// Identity of an accepted order, and the claim that has its request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AcceptedKey {
    /// Order.
    pub order: OrderKey,
    /// Claim, as its store names it.
    pub claim: String,
}

/// Request for an order that is processed later. Every item has a price: nobody buys at one of later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedRequest {
    order: OrderRequest,
    charge: Option<ChargeTerms>,
    /// The order at the prices of the caller, and at those that it expects of the catalog.
    priced: NewOrder,
}

/// Error for a request that can't be processed later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAcceptedRequest {
    /// An item of the catalog has no expected price.
    #[error("is required when the order is processed later")]
    NoExpectedPrice {
        /// Index of the item.
        index: usize,
    },
    /// The order is not valid at the expected prices.
    #[error(transparent)]
    Total(InvalidNewOrder),
}

/// Means of payment of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeTerms {
    /// Provider.
    pub provider: ProviderName,
    /// Token for the means of payment.
    pub token: PaymentToken,
    /// `true` to take the money at once, `false` to set it aside.
    pub is_captured: bool,
}

impl ChargeTerms {
    /// Returns the fingerprint of a charge with these terms.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Operation::fingerprint_of_charge(&self.provider, &self.token, self.is_captured).to_string()
    }

    /// Returns the request to take an amount of money, which a version of the order makes.
    #[must_use]
    pub fn request(
        &self,
        id: PaymentRequestId,
        money: Money,
        version: Version,
        at: Timestamp,
    ) -> ProviderRequest {
        let operation = Operation::Charge {
            money,
            is_captured: self.is_captured,
            token: Some(self.token.clone()),
            fingerprint: self.fingerprint(),
        };
        ProviderRequest { id, provider: self.provider.clone(), operation, version, at }
    }
}

impl AcceptedRequest {
    /// Creates a request. `charge` is the payment that is asked for once the order exists; `None` for a payment by other means.
    ///
    /// # Errors
    ///
    /// All validation errors, at least one.
    pub fn new(
        order: OrderRequest,
        charge: Option<ChargeTerms>,
    ) -> Result<Self, Vec<InvalidAcceptedRequest>> {
        let priced = match &order {
            OrderRequest::Priced(order) => order.clone(),
            OrderRequest::OfCatalog(order) => {
                let missing = order.without_expected_price();
                let missing: Vec<_> =
                    missing.map(|index| InvalidAcceptedRequest::NoExpectedPrice { index }).collect();
                if !missing.is_empty() {
                    return Err(missing);
                }
                let priced = order.at_expected_prices();
                priced.map_err(|errors| {
                    errors.into_iter().map(InvalidAcceptedRequest::Total).collect::<Vec<_>>()
                })?
            }
        };
        Ok(Self { order, charge, priced })
    }

    /// Returns the order as it was requested.
    #[must_use]
    pub fn order(&self) -> &OrderRequest {
        &self.order
    }

    /// Returns the payment that is asked for once the order exists.
    #[must_use]
    pub fn charge(&self) -> Option<&ChargeTerms> {
        self.charge.as_ref()
    }

    /// Returns the order at the prices of the caller, and at those that it expects of the catalog.
    #[must_use]
    pub fn at_requested_prices(&self) -> &NewOrder {
        &self.priced
    }

    /// Computes the fingerprint. Without a payment it is that of a request that is processed at once: a client may repeat its
    /// request in either mode.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let of_order = Fingerprint::of(&self.order);
        let Some(ChargeTerms { provider, token, is_captured }) = &self.charge else { return of_order };
        let mut canonical = Canonical::new("orders/accepted-order/1");
        canonical.field(&of_order.to_string());
        canonical.field(&Operation::fingerprint_of_charge(provider, token, *is_captured).to_string());
        Fingerprint::new(canonical)
    }
}
