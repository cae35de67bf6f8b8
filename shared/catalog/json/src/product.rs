//! Products.

use crate::{StockJson, Unreadable, read, to_text, unreadable};
use catalog_domain::{
    Product, ProductDetails, ProductKey, ProductName, ProductPage, ProductSku, StockedProduct, UnitPrice,
    Units,
};
use kernel::{Currency, Metadata, MetadataName, MetadataValue, Tenant, Version};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Product in JSON, with its members in this order.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Product))]
pub struct ProductJson {
    /// Stock keeping unit.
    sku: String,
    /// 1 for a new product, one more with each edit; the `ETag` of a response to an edit, without quotes.
    version: u64,
    /// Name for buyers.
    name: String,
    /// Price of one unit, with the decimals of the currency.
    price: String,
    /// ISO 4217 code.
    currency: String,
    /// `true` when the product can be ordered.
    active: bool,
    /// `true` once the product is archived; absent before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    archived: bool,
    /// Texts of the client by name; absent without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    metadata: Option<BTreeMap<String, String>>,
    /// Available units at or below which the stock is low; absent without such a bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    low_stock_at: Option<i64>,
    /// Units that can be sold beyond those available.
    oversell_limit: i64,
    /// Stock as buyers see it; only in the response to `GET /products/{sku}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    availability: Option<String>,
    /// Numbers of units; only there, and only for callers with `stock:write`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    stock: Option<StockJson>,
    /// Time of the creation (RFC 3339, in UTC).
    created_at: String,
    /// Time of the latest edit (RFC 3339, in UTC).
    updated_at: String,
}

/// Page of products in JSON.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ProductPage))]
pub struct ProductPageJson {
    /// Products, sorted by sku.
    items: Vec<ProductJson>,
    /// Value of the parameter `cursor` for the next page; absent on the last page.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

impl From<&Product> for ProductJson {
    fn from(product: &Product) -> Self {
        let details = &product.details;
        let metadata = |metadata: &Metadata| {
            metadata.entries().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        Self {
            sku: product.key.sku.to_string(),
            version: product.version.get(),
            name: details.name.to_string(),
            price: details.price.price().to_string(),
            currency: details.price.currency().to_string(),
            active: details.is_active,
            archived: product.is_archived,
            metadata: details.metadata.as_ref().map(metadata),
            low_stock_at: details.low_stock_at.map(Units::get),
            oversell_limit: details.oversell_limit.get(),
            availability: None,
            stock: None,
            created_at: product.created_at.to_string(),
            updated_at: product.updated_at.to_string(),
        }
    }
}

/// Writes a product as JSON text, without its stock. Equal products give equal bytes.
#[must_use]
pub fn product_to_json(product: &Product) -> String {
    to_text(&ProductJson::from(product))
}

/// Writes a product with its stock as JSON text; the numbers only for a reader who may see them.
#[must_use]
pub fn stocked_product_to_json(found: &StockedProduct, has_numbers: bool) -> String {
    let availability = found.stock.availability(found.product.details.low_stock_at);
    to_text(&ProductJson {
        availability: Some(availability.as_str().to_owned()),
        stock: has_numbers.then(|| StockJson::from(&found.stock)),
        ..ProductJson::from(&found.product)
    })
}

/// Writes a page of products as JSON text.
#[must_use]
pub fn product_page_to_json(page: &ProductPage, next_cursor: Option<String>) -> String {
    to_text(&ProductPageJson { items: page.items.iter().map(ProductJson::from).collect(), next_cursor })
}

/// Reads a product of `tenant` from the text of [`product_to_json`].
///
/// # Errors
///
/// [`Unreadable`] when the text is not JSON, or not a valid product. It omits the values.
pub fn product_from_json(text: &str, tenant: Tenant) -> Result<Product, Unreadable> {
    const KIND: &str = "product";
    let invalid = |error: &dyn std::fmt::Display| unreadable(KIND, error);
    let json: ProductJson =
        serde_json::from_str(text).map_err(|error| unreadable(KIND, format!("line {}", error.line())))?;
    let currency = Currency::restore(&json.currency, &json.price).map_err(|error| invalid(&error))?;
    let entry = |(name, value): (&String, &String)| {
        let name = MetadataName::restore(name).map_err(|error| invalid(&error))?;
        Ok((name, MetadataValue::restore(value).map_err(|error| invalid(&error))?))
    };
    let metadata = |entries: &BTreeMap<String, String>| {
        let entries: Vec<_> = entries.iter().map(entry).collect::<Result<_, Unreadable>>()?;
        Metadata::new(entries).map_err(|error| invalid(&error))
    };
    let units = |number: i64| Units::try_from(number).map_err(|error| invalid(&error));
    let price = read(KIND, &json.price)?;
    Ok(Product {
        key: ProductKey { tenant, sku: ProductSku::restore(&json.sku).map_err(|error| invalid(&error))? },
        details: ProductDetails {
            name: ProductName::restore(&json.name).map_err(|error| invalid(&error))?,
            price: UnitPrice::new(price, currency).map_err(|error| invalid(&error))?,
            is_active: json.active,
            metadata: json.metadata.as_ref().map(metadata).transpose()?,
            low_stock_at: json.low_stock_at.map(units).transpose()?,
            oversell_limit: units(json.oversell_limit)?,
        },
        version: Version::try_from(json.version).map_err(|error| invalid(&error))?,
        is_archived: json.archived,
        created_at: read(KIND, &json.created_at)?,
        updated_at: read(KIND, &json.updated_at)?,
    })
}
