//! The routes of the API, said once. Tests hold `template.yaml` and the local router to it.

/// A method and a path, and the function that answers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The HTTP method.
    pub method: &'static str,
    /// The path; a segment in braces stands for any text without a slash.
    pub path: &'static str,
    /// The package that answers.
    pub function: &'static str,
}

const fn route(method: &'static str, path: &'static str, function: &'static str) -> Route {
    Route { method, path, function }
}

/// Every route. What matches none of them goes to the function `fallback`.
pub const ROUTES: &[Route] = &[
    route("POST", "/orders", "create-order"),
    route("GET", "/orders", "list-orders"),
    route("HEAD", "/orders", "list-orders"),
    route("GET", "/orders/{id}", "get-order"),
    route("HEAD", "/orders/{id}", "get-order"),
    route("PATCH", "/orders/{id}", "patch-order"),
    route("GET", "/docs", "docs"),
    route("HEAD", "/docs", "docs"),
    route("GET", "/docs/{file}", "docs"),
    route("HEAD", "/docs/{file}", "docs"),
    route("GET", "/openapi.json", "docs"),
    route("HEAD", "/openapi.json", "docs"),
    route("GET", "/health", "health"),
    route("HEAD", "/health", "health"),
    route("GET", "/ready", "health"),
    route("HEAD", "/ready", "health"),
    route("GET", "/healthz", "health"),
    route("HEAD", "/healthz", "health"),
];

/// The methods that a path answers, `OPTIONS` included; empty for a path that isn't there.
#[must_use]
pub fn allowed_methods(path: &str) -> Vec<&'static str> {
    let routes = ROUTES.iter().filter(|route| matches(route.path, path));
    let methods: Vec<_> = routes.map(|route| route.method).collect();
    if methods.is_empty() { methods } else { [methods, vec!["OPTIONS"]].concat() }
}

/// The template of a path, or `unknown`: few enough values for a metric's dimension.
pub(crate) fn template_of(path: &str) -> &'static str {
    ROUTES.iter().find(|route| matches(route.path, path)).map_or("unknown", |route| route.path)
}

fn matches(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let fits = template.split('/').all(|expected| match segments.next() {
        Some(segment) if expected.starts_with('{') => !segment.is_empty(),
        Some(segment) => segment == expected,
        None => false,
    });
    fits && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_answers_the_methods_of_its_routes() {
        assert_eq!(allowed_methods("/orders"), ["POST", "GET", "HEAD", "OPTIONS"]);
        assert_eq!(allowed_methods("/orders/1"), ["GET", "HEAD", "PATCH", "OPTIONS"]);
        for path in ["", "/", "/orders/", "/orders/1/items", "/order", "orders", "/health/x"] {
            assert_eq!(allowed_methods(path), [""; 0], "{path}");
            assert_eq!(template_of(path), "unknown");
        }
        assert_eq!(template_of("/orders/1"), "/orders/{id}");
    }
}
