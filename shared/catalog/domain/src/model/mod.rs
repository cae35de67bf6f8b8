//! Values and records. A value that exists is valid.

mod counted_stock;
mod event;
mod movement;
mod product;
mod product_query;
mod product_sku;
mod reservation;
mod stock;
mod units;

pub use counted_stock::CountedStock;
pub use event::{CatalogChange, CatalogEvent, StockEventKind, StockLevel};
pub use movement::{
    Adjustment, CompareAndSet, InvalidMovementId, Movement, MovementId, MovementReason, StockChange,
};
pub use product::{Product, ProductDetails, ProductEdit, UnitPrice};
pub use product_query::{MovementPage, MovementQuery, Page, ProductPage, ProductQuery, StockedProduct};
pub use product_sku::{ProductKey, ProductName, ProductSku};
pub use reservation::{
    AcceptedOrder, Reservation, ReservedUnits, ReservingOrder, Settlement, SettlementEffect, UnitsAtVersion,
    UnstoredOrder,
};
pub use stock::{Availability, Stock};
pub use units::{InvalidUnitDelta, InvalidUnits, UnitDelta, Units};
