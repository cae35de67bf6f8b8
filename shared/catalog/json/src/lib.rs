//! JSON forms of products, stock and movements.
//!
//! The form of a product is the body of a response, and what the table stores of it. Money is a string in plain notation.
//! The tenant is not part of it.

mod movement;
mod product;
mod stock;

pub use movement::{MovementJson, movement_from_json, movement_to_json};
pub use product::{
    ProductJson, ProductPageJson, product_from_json, product_page_to_json, product_to_json,
    stocked_product_to_json,
};
pub use stock::{StockJson, StockPageJson, stock_page_to_json};

use std::fmt::Display;
use std::str::FromStr;

/// Error for a text that is not the JSON form of a value.
#[derive(Debug, thiserror::Error)]
#[error("not a {kind} in JSON: {reason}")]
pub struct Unreadable {
    kind: &'static str,
    reason: String,
}

/// Parses a stored text. The error omits it.
fn read<T: FromStr<Err: Display>>(kind: &'static str, text: &str) -> Result<T, Unreadable> {
    text.parse().map_err(|error| unreadable(kind, format!("a value {error}")))
}

fn unreadable(kind: &'static str, reason: impl Display) -> Unreadable {
    Unreadable { kind, reason: reason.to_string() }
}

fn to_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("strings and numbers always serialise")
}
