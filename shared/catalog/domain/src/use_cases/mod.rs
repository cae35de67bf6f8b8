//! Use cases, one file each, generic over the ports.

mod adjust_stock;
mod change_product;
mod create_product;
mod reconcile_stock;

pub use adjust_stock::{AdjustStock, AdjustStockError, AdjustedStock, adjust_stock};
pub use change_product::{ArchiveProduct, ChangeProductError, EditProduct, archive_product, edit_product};
pub use create_product::{CreateProduct, CreateProductError, CreatedProduct, create_product};
pub use reconcile_stock::{Reconciliation, reconcile_stock};
