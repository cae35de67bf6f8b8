//! The whole API: the routes of every context and of the platform, and their OpenAPI document.
//!
//! A new context adds its routes, components and problem types here. Functions that serve one route depend on
//! their own context instead.

use platform_http::{ProblemType, Route, Scope, openapi};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// All routes. The function `fallback` handles the requests that match none of them.
pub static ROUTES: LazyLock<&'static [Route]> = LazyLock::new(|| {
    [
        orders_api::ROUTES,
        catalog_api::ROUTES,
        payments_api::ROUTES,
        identity_api::ROUTES,
        platform_endpoints::ROUTES,
    ]
    .concat()
    .leak()
});

/// All types of problems.
#[must_use]
pub fn problem_types() -> Vec<ProblemType> {
    [
        ProblemType::ALL,
        orders_api::PROBLEM_TYPES,
        catalog_api::PROBLEM_TYPES,
        payments_api::PROBLEM_TYPES,
        identity_api::PROBLEM_TYPES,
    ]
    .concat()
}

/// All scopes that a route or a handler requires.
pub static SCOPES: LazyLock<Vec<Scope>> =
    LazyLock::new(|| [orders_api::permissions::SCOPES, catalog_api::permissions::SCOPES].concat());

/// Returns the OpenAPI 3.1 document.
#[must_use]
pub fn document() -> Value {
    let info = json!({
        "title": "Orders",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Create, read, change and list orders and products. A retry never creates a second order, and two \
            writers never overwrite each other. Errors are Problem Details (RFC 9457): program against `type`.",
        "license": { "name": "MIT", "identifier": "MIT" },
    });
    let tags = json!([
        { "name": "Orders", "description": "Orders and their statuses" },
        { "name": "Products", "description": "Products and their stock" },
        { "name": "Payments", "description": "Notifications of payment providers" },
        { "name": "Login", "description": "Access tokens for people" },
        { "name": "Health", "description": "Health of the service" },
        { "name": "Docs", "description": "Documentation of the API" },
    ]);
    let mut components = orders_api::components();
    let catalog = catalog_api::components();
    components.schemas.extend(catalog.schemas);
    components.problem_members.extend(catalog.problem_members);
    components.parameters.extend(catalog.parameters);
    let payments = payments_api::components();
    components.schemas.extend(payments.schemas);
    components.parameters.extend(payments.parameters);
    components.schemas.extend(identity_api::schemas());
    components.schemas.insert("Health".to_owned(), platform_endpoints::health_schema());
    let file = json!({
        "name": "file", "in": "path", "required": true,
        "description": "Name of the file.",
        "schema": { "type": "string", "minLength": 1 },
    });
    components.parameters.insert("File".to_owned(), file);
    openapi::document(&info, &tags, &ROUTES, components)
}

/// Returns the document as text: the content of docs/openapi.json. In ASCII, since patterns have invisible
/// characters.
#[must_use]
pub fn document_text() -> String {
    let text = serde_json::to_string_pretty(&document()).expect("a JSON value");
    let mut ascii = String::with_capacity(text.len() + 1);
    for char in text.chars() {
        if char.is_ascii() {
            ascii.push(char);
        } else {
            // Characters beyond ASCII are part of a string (RFC 8259, section 7).
            ascii.extend(char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    ascii + "\n"
}
