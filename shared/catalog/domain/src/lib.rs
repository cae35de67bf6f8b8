//! Products and their stock: model, use cases, and ports.
//!
//! A product is what people edit, under a version. Its stock are counters, which orders change without changing the
//! version. Every unit that was ever received is available, reserved or committed.
//!
//! Deliberately absent: a clock and a source of randomness (callers pass timestamps and entropy), JSON (`catalog-json`),
//! HTTP, and every SDK.

mod model;
pub mod ports;
mod use_cases;

pub use model::{
    AcceptedOrder, Adjustment, Availability, CatalogChange, CatalogEvent, CompareAndSet, CountedStock,
    InvalidMovementId, InvalidUnitDelta, InvalidUnits, Movement, MovementId, MovementPage, MovementQuery,
    MovementReason, Page, Product, ProductDetails, ProductEdit, ProductKey, ProductName, ProductPage,
    ProductQuery, ProductSku, Reservation, ReservedUnits, ReservingOrder, Settlement, SettlementEffect,
    Stock, StockChange, StockEventKind, StockLevel, StockedProduct, UnitDelta, UnitPrice, Units,
    UnitsAtVersion, UnstoredOrder,
};
pub use use_cases::{
    AdjustStock, AdjustStockError, AdjustedStock, ArchiveProduct, ChangeProductError, CreateProduct,
    CreateProductError, CreatedProduct, EditProduct, Reconciliation, adjust_stock, archive_product,
    create_product, edit_product, reconcile_stock,
};
