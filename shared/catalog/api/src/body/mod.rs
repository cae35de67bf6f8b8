//! Request bodies.

mod adjustment;
mod new_product;
mod product_edit;

pub use adjustment::parse_adjustment;
pub use new_product::parse_new_product;
pub use product_edit::parse_product_edit;
