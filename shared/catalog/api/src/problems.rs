//! Problems of the catalog. The one place in which errors of the use cases become problems.

use catalog_domain::{AdjustStockError, ChangeProductError, CreateProductError};
use http::StatusCode;
use platform_http::{FieldError, Problem, ProblemType};

/// The tenant has no such product.
pub const PRODUCT_NOT_FOUND: ProblemType =
    ProblemType::new(StatusCode::NOT_FOUND, "product-not-found", "Product not found");
/// A product of the tenant has or had the sku.
pub const SKU_TAKEN: ProblemType = ProblemType::new(StatusCode::CONFLICT, "sku-taken", "Sku taken");
/// The product is not at the version that the client expects.
pub const PRODUCT_VERSION_CONFLICT: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "product-version-conflict", "Product version conflict");
/// An archived product can't change.
pub const PRODUCT_ARCHIVED: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "product-archived", "Product archived");
/// The stock does not allow the change.
pub const STOCK_CONFLICT: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "stock-conflict", "Stock does not allow the change");

/// Types of problems that only the routes of the catalog have.
pub const PROBLEM_TYPES: &[ProblemType] =
    &[PRODUCT_NOT_FOUND, SKU_TAKEN, PRODUCT_VERSION_CONFLICT, PRODUCT_ARCHIVED, STOCK_CONFLICT];

pub(crate) fn product_not_found() -> Problem {
    Problem::new(PRODUCT_NOT_FOUND, "no product has this sku")
}

pub(crate) fn of_create_product(error: &CreateProductError) -> Problem {
    match error {
        CreateProductError::KeyReused => Problem::idempotency_key_reused(),
        CreateProductError::SkuTaken => {
            Problem::new(SKU_TAKEN, "a product has this sku, or had it before it was archived")
        }
        CreateProductError::Store(port) => Problem::of_port(port, error),
    }
}

pub(crate) fn of_change_product(error: &ChangeProductError) -> Problem {
    match error {
        ChangeProductError::NotFound => product_not_found(),
        ChangeProductError::Archived => Problem::new(PRODUCT_ARCHIVED, "an archived product can't change"),
        ChangeProductError::VersionConflict { current } => {
            let detail = format!("the product is at version {current}; read it again before you change it");
            Problem::new(PRODUCT_VERSION_CONFLICT, detail).with_member("current_version", current.get())
        }
        ChangeProductError::Price(reason) => Problem::invalid_body(vec![FieldError {
            pointer: "/price".to_owned(),
            detail: reason.to_string(),
        }]),
        ChangeProductError::Oversold { available } => {
            let detail =
                format!("{available} units are available: the limit must allow those that were sold");
            stock_conflict(detail, *available)
        }
        ChangeProductError::Store(port) => Problem::of_port(port, error),
    }
}

pub(crate) fn of_adjust_stock(error: &AdjustStockError) -> Problem {
    match error {
        AdjustStockError::NotFound => product_not_found(),
        AdjustStockError::KeyReused => Problem::idempotency_key_reused(),
        AdjustStockError::Refused { available } => {
            stock_conflict(format!("{available} units are available"), *available)
        }
        AdjustStockError::Store(port) => Problem::of_port(port, error),
    }
}

fn stock_conflict(detail: String, available: i64) -> Problem {
    Problem::new(STOCK_CONFLICT, detail).with_member("available", available)
}
