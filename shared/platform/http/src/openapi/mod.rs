//! OpenAPI 3.1 document, made from the routes and their descriptions.

mod components;
mod operation;
mod problems;
mod schema;

pub use components::{header_parameter, query_parameter};
pub use operation::{Content, Operation, RequestBody, Success};
pub use schema::{bounded, new_text, reference, stored_text, string, with_bounds, word};

use crate::Route;
use serde_json::{Map, Value, json};

/// Parts of the document that the routes don't have.
#[derive(Clone, Debug, Default)]
pub struct Components {
    /// Schemas by name, beside `Problem`.
    pub schemas: Map<String, Value>,
    /// Members of `Problem` that only some problems have.
    pub problem_members: Map<String, Value>,
    /// Parameters by name, beside those of the platform.
    pub parameters: Map<String, Value>,
}

/// Builds the document.
#[must_use]
pub fn document(info: &Value, tags: &Value, routes: &[Route], components: Components) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        let operation = (route.describe)();
        let problems: Vec<_> = route.problem_types().collect();
        for method in route.methods {
            let described = operation.to_json(route.access, &problems);
            let described = if *method == "HEAD" { operation::head(&described) } else { described };
            path[method.to_lowercase()] = described;
        }
    }
    let mut schemas = components.schemas;
    schemas.insert("Problem".to_owned(), schema::problem(components.problem_members));
    schemas.insert("GatewayError".to_owned(), schema::gateway_error());
    let mut parameters = components::parameters();
    parameters.extend(components.parameters);
    json!({
        "openapi": "3.1.0",
        "info": info,
        // Relative to the document, so that it is right under any host and stage.
        "servers": [{ "url": "." }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": parameters,
            "headers": components::headers(),
            "responses": problems::responses(),
            "securitySchemes": { operation::SECURITY_SCHEME: security_scheme() },
        },
    })
}

/// Describes the access tokens (RFC 6750). An operation lists the scopes of which a token needs one.
fn security_scheme() -> Value {
    json!({
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Access token of the issuer. An operation names the scopes of which the token needs one. \
            A deployment without authentication needs no token.",
    })
}
