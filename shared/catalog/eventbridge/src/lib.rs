//! Events of products and stocks on EventBridge.

use aws_config::SdkConfig;
use catalog_domain::ports::CatalogEvents;
use catalog_domain::{CatalogEvent, ProductKey, StockLevel, Units};
use catalog_json::ProductJson;
use kernel::PortError;
use platform_eventbridge::{Bus, CloudEvent, EventAttributes};
use serde::Serialize;

/// Source of the events on the bus.
pub const SOURCE: &str = "catalog";

/// Bus for events of the catalog.
#[derive(Clone, Debug)]
pub struct CatalogBus(Bus);

impl CatalogBus {
    /// Creates a client of the bus `name`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, name: String) -> Self {
        Self(Bus::new(config, name))
    }
}

impl CatalogEvents for CatalogBus {
    async fn publish(&self, event: &CatalogEvent) -> Result<(), PortError> {
        self.0.publish_one(cloud_event(event)).await
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Data {
    Product(Box<ProductJson>),
    Stock(StockData),
}

#[derive(Debug, Serialize)]
struct StockData {
    sku: String,
    seq: u64,
    availability: &'static str,
    available: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    low_stock_at: Option<i64>,
    oversell_limit: i64,
}

/// Returns an event in the form for subscribers. Two tenants can have products with one sku: an id is unique within the source.
fn cloud_event(event: &CatalogEvent) -> CloudEvent<Data> {
    let ProductKey { tenant, sku } = event.product();
    let data = match event {
        CatalogEvent::ProductChanged(product) => Data::Product(Box::new(ProductJson::from(&**product))),
        CatalogEvent::Stock { level, .. } => Data::Stock(StockData::new(sku.to_string(), *level)),
    };
    let attributes = EventAttributes {
        publisher: SOURCE,
        source: format!("{SOURCE}/{tenant}"),
        kind: event.name(),
        id: event.id(),
        subject: sku.to_string(),
        time: event.time(),
        tenant,
        traceparent: None,
    };
    CloudEvent::new(attributes, data)
}

impl StockData {
    fn new(sku: String, level: StockLevel) -> Self {
        Self {
            sku,
            seq: level.stock.seq,
            availability: level.availability().as_str(),
            available: level.stock.available(),
            low_stock_at: level.low_stock_at.map(Units::get),
            oversell_limit: level.stock.oversell_limit.get(),
        }
    }
}
