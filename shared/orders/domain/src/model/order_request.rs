//! Requests for an order, before the catalog has priced it.

use crate::{
    InvalidNewOrder, ItemProduct, LineItem, MoneyLine, NewOrder, Offer, Offers, Personal, PriceChange,
    ProductUnits, ProductsRefused, Quantity, References, RefusedItem, Sku,
};
use kernel::{Currency, Price};
use std::collections::BTreeMap;
use std::time::Duration;

/// Request for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderRequest {
    /// The caller has priced every item.
    Priced(NewOrder),
    /// At least one item is a product of the catalog.
    OfCatalog(Box<CatalogOrder>),
}

/// Valid request for an order with products of the catalog: like [`NewOrder`], but for the prices and the total that only the
/// catalog knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogOrder {
    /// The request without money lines. Items of the catalog have the expected price, or none.
    unpriced: NewOrder,
    prices: Vec<RequestedPrice>,
    lines: Vec<MoneyLine>,
    payment_window: Option<PaymentWindow>,
}

/// Item of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedItem {
    /// Product.
    pub sku: Sku,
    /// Number of units.
    pub quantity: Quantity,
    /// Price of one unit.
    pub price: RequestedPrice,
}

/// Price of one unit of a requested item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestedPrice {
    /// The caller sets the price; the catalog is not asked.
    OfCaller(Price),
    /// The present price of the catalog.
    OfCatalog,
    /// The price of the catalog, if it is still this one.
    Expected(Price),
}

/// Time within which an order has to be paid, unless it is the usual one: up to 31 536 000 seconds, 0 for any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaymentWindow(u32);

/// Error for a number of seconds that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 0 to {}", PaymentWindow::MAX_SECONDS)]
pub struct InvalidPaymentWindow;

impl PaymentWindow {
    /// Maximum number of seconds: a year.
    pub const MAX_SECONDS: u32 = 31_536_000;

    /// Returns the time; `None` for any.
    #[must_use]
    pub fn duration(self) -> Option<Duration> {
        (self.0 > 0).then(|| Duration::from_secs(self.0.into()))
    }

    /// Returns the number of seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl TryFrom<u64> for PaymentWindow {
    type Error = InvalidPaymentWindow;

    fn try_from(seconds: u64) -> Result<Self, InvalidPaymentWindow> {
        let seconds = u32::try_from(seconds).ok().filter(|seconds| *seconds <= Self::MAX_SECONDS);
        seconds.map(Self).ok_or(InvalidPaymentWindow)
    }
}

impl OrderRequest {
    /// Returns the customer.
    #[must_use]
    pub fn customer_id(&self) -> &crate::CustomerId {
        match self {
            Self::Priced(order) => order.customer_id(),
            Self::OfCatalog(order) => order.unpriced.customer_id(),
        }
    }

    /// Returns `true` when the caller sets an amount: the price of an item, or a money line.
    #[must_use]
    pub fn sets_an_amount(&self) -> bool {
        match self {
            Self::Priced(_) => true,
            Self::OfCatalog(order) => {
                let is_of_caller = |price: &RequestedPrice| matches!(price, RequestedPrice::OfCaller(_));
                !order.lines.is_empty() || order.prices.iter().any(is_of_caller)
            }
        }
    }

    /// Returns the time to pay, if it is not the usual one.
    #[must_use]
    pub fn payment_window(&self) -> Option<PaymentWindow> {
        match self {
            Self::Priced(_) => None,
            Self::OfCatalog(order) => order.payment_window,
        }
    }
}

impl CatalogOrder {
    /// Maximum number of different products: with claim and reservation, they are all items that a transaction of DynamoDB
    /// can have.
    pub const MAX_PRODUCTS: usize = 98;

    /// Creates a request.
    ///
    /// # Errors
    ///
    /// All validation errors, at least one.
    pub fn new(
        customer_id: crate::CustomerId,
        currency: Currency,
        items: Vec<RequestedItem>,
    ) -> Result<Self, Vec<InvalidNewOrder>> {
        let prices: Vec<_> = items.iter().map(|item| item.price).collect();
        let unpriced = items.into_iter().map(RequestedItem::unpriced).collect();
        let of_expected = |error| match error {
            InvalidNewOrder::Price { index, reason }
                if matches!(prices.get(index), Some(RequestedPrice::Expected(_))) =>
            {
                InvalidNewOrder::ExpectedPrice { index, reason }
            }
            other => other,
        };
        let unpriced = NewOrder::new(customer_id, currency, unpriced)
            .map_err(|errors| errors.into_iter().map(of_expected).collect::<Vec<_>>())?;
        let order = Self { unpriced, prices, lines: Vec::new(), payment_window: None };
        match order.products().len() {
            ..=Self::MAX_PRODUCTS => Ok(order),
            actual => Err(vec![InvalidNewOrder::ProductCount { actual }]),
        }
    }

    /// Returns the request with these money lines instead of its own.
    ///
    /// # Errors
    ///
    /// All validation errors, at least one.
    pub fn with_lines(self, lines: Vec<MoneyLine>) -> Result<Self, Vec<InvalidNewOrder>> {
        Ok(Self { lines: NewOrder::valid_lines(lines, self.unpriced.currency())?, ..self })
    }

    /// Returns the request with these personal data and references instead of its own.
    #[must_use]
    pub fn with_details(self, personal: Personal, references: References) -> Self {
        Self { unpriced: self.unpriced.with_personal(personal).with_references(references), ..self }
    }

    /// Returns the request with this time to pay instead of its own.
    #[must_use]
    pub fn with_payment_window(self, payment_window: Option<PaymentWindow>) -> Self {
        Self { payment_window, ..self }
    }

    /// Returns the request without money lines; items of the catalog have the expected price, or none.
    pub(crate) fn unpriced(&self) -> &NewOrder {
        &self.unpriced
    }

    /// Returns the items with their prices.
    pub(crate) fn items(&self) -> impl ExactSizeIterator<Item = (&LineItem, RequestedPrice)> {
        self.unpriced.items().iter().zip(self.prices.iter().copied())
    }

    /// Returns the currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.unpriced.currency()
    }

    /// Returns the money lines.
    #[must_use]
    pub fn lines(&self) -> &[MoneyLine] {
        &self.lines
    }

    /// Returns the time to pay, if it is not the usual one.
    #[must_use]
    pub fn payment_window(&self) -> Option<PaymentWindow> {
        self.payment_window
    }

    /// Returns the request with the prices that it expects of the catalog, and 0 where it expects none.
    ///
    /// # Errors
    ///
    /// All validation errors of the total, at least one.
    pub(crate) fn at_expected_prices(&self) -> Result<NewOrder, Vec<InvalidNewOrder>> {
        self.unpriced.clone().with_lines(self.lines.clone())
    }

    /// Returns the indexes of the items that are products of the catalog.
    pub fn catalog_indexes(&self) -> impl Iterator<Item = usize> {
        self.catalog_items().map(|(index, ..)| index)
    }

    /// Returns the indexes of the items of the catalog that have no expected price.
    pub(crate) fn without_expected_price(&self) -> impl Iterator<Item = usize> {
        self.catalog_items().filter_map(|(index, _, expected)| expected.is_none().then_some(index))
    }

    /// Returns the units of each product of the catalog.
    #[must_use]
    pub fn products(&self) -> Vec<ProductUnits> {
        units_of(self.catalog_items().map(|(_, item, _)| item))
    }

    /// Returns the items of the catalog, with the index and the expected price of each.
    pub(crate) fn catalog_items(&self) -> impl Iterator<Item = (usize, &LineItem, Option<Price>)> {
        self.items().enumerate().filter_map(|(index, (item, price))| match price {
            RequestedPrice::OfCaller(_) => None,
            RequestedPrice::OfCatalog => Some((index, item, None)),
            RequestedPrice::Expected(price) => Some((index, item, Some(price))),
        })
    }

    /// Returns the request with the prices of the catalog.
    ///
    /// # Errors
    ///
    /// [`ProductsRefused`], with all items that have the first kind of error.
    pub fn priced(&self, offers: &Offers) -> Result<NewOrder, ProductsRefused> {
        let currency = self.unpriced.currency();
        self.refuse(|item, _| offers.get(&item.sku).is_none().then_some(()), ProductsRefused::Unknown)?;
        let offer = |item: &LineItem| &offers[&item.sku];
        self.refuse(|item, _| (!offer(item).is_for_sale).then_some(()), ProductsRefused::Inactive)?;
        let another_currency = |item: &LineItem, _| Some(offer(item).currency).filter(|it| *it != currency);
        self.refuse(another_currency, ProductsRefused::CurrencyMismatch)?;
        let price_change = |item: &LineItem, expected: Option<Price>| {
            let (expected, present) = (expected?, offer(item).price);
            (expected != present).then_some(PriceChange { expected, present })
        };
        self.refuse(price_change, ProductsRefused::PriceChanged)?;
        let items = self.items().map(|(item, price)| match price {
            RequestedPrice::OfCaller(_) => item.clone(),
            RequestedPrice::OfCatalog | RequestedPrice::Expected(_) => item.offered(offer(item)),
        });
        self.unpriced
            .with_items(items.collect())
            .and_then(|order| order.with_lines(self.lines.clone()))
            .map_err(ProductsRefused::Total)
    }

    /// Refuses the items of the catalog for which `fault` returns something.
    pub(crate) fn refuse<T>(
        &self,
        fault: impl Fn(&LineItem, Option<Price>) -> Option<T>,
        refused: impl FnOnce(Vec<RefusedItem<T>>) -> ProductsRefused,
    ) -> Result<(), ProductsRefused> {
        let items: Vec<_> = self
            .catalog_items()
            .filter_map(|(index, item, expected)| {
                Some(RefusedItem { index, sku: item.sku.clone(), detail: fault(item, expected)? })
            })
            .collect();
        if items.is_empty() { Ok(()) } else { Err(refused(items)) }
    }
}

impl RequestedItem {
    fn unpriced(self) -> LineItem {
        let price = match self.price {
            RequestedPrice::OfCaller(price) | RequestedPrice::Expected(price) => price,
            RequestedPrice::OfCatalog => Price::ZERO,
        };
        LineItem { sku: self.sku, quantity: self.quantity, price, product: None }
    }
}

impl LineItem {
    fn offered(&self, offer: &Offer) -> Self {
        let product = ItemProduct { name: offer.name.clone(), version: offer.version };
        Self { price: offer.price, product: Some(Box::new(product)), ..self.clone() }
    }
}

/// Returns the units of each product. DynamoDB refuses a transaction that has an item twice.
pub(crate) fn units_of<'a>(items: impl Iterator<Item = &'a LineItem>) -> Vec<ProductUnits> {
    let mut units = BTreeMap::<&Sku, u32>::new();
    for item in items {
        *units.entry(&item.sku).or_default() += item.quantity.get();
    }
    units.into_iter().map(|(sku, units)| ProductUnits { sku: sku.clone(), units }).collect()
}
