//! Routes of the catalog: products and their stock.
//!
//! Each file in `routes/` has everything about one route. The handlers are generic over the ports of `catalog-domain`.

mod body;
mod examples;
mod listing;
pub mod permissions;
mod problems;
mod responses;
pub mod routes;
mod schemas;

pub use body::{parse_adjustment, parse_new_product, parse_product_edit};
pub use problems::{
    PROBLEM_TYPES, PRODUCT_ARCHIVED, PRODUCT_NOT_FOUND, PRODUCT_VERSION_CONFLICT, SKU_TAKEN, STOCK_CONFLICT,
};
pub use routes::{ROUTES, ReadProducts, WriteProducts};
pub use schemas::components;
