//! The OpenAPI 3.1 document of the API.
//!
//! Made from what serves the requests: the routes and problem types of `platform-http`, the wire types
//! of `orders-json`, the limits of `orders`. The tests hold every answer that they see against it.

mod examples;
mod operations;
mod parameters;
mod problems;
mod schemas;

use serde_json::{Value, json};

/// The document.
#[must_use]
pub fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Orders",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Place, read, change and list orders. A retry never makes a second order, two writers \
                never overwrite each other. Errors are Problem Details (RFC 9457): program against `type`.",
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        // Relative to this document, so that it holds under any host and stage.
        "servers": [{ "url": "." }],
        "tags": [
            { "name": "Orders", "description": "Orders and their way" },
            { "name": "Health", "description": "How the system is" },
            { "name": "Docs", "description": "What you are reading" },
        ],
        "paths": operations::paths(),
        "components": {
            "schemas": schemas::schemas(),
            "parameters": parameters::parameters(),
            "headers": parameters::headers(),
            "responses": problems::responses(),
        },
    })
}

/// The document as text, as it is kept in the repository.
///
/// # Panics
///
/// Never: a JSON value always serialises.
#[must_use]
pub fn text() -> String {
    let text = serde_json::to_string_pretty(&document()).expect("a JSON value");
    format!("{text}\n")
}
