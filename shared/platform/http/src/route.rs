//! Routes.

use crate::ProblemType;
use crate::openapi::Operation;

/// Path with its methods, the function that handles them, and their description.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// HTTP methods.
    pub methods: &'static [&'static str],
    /// Path; a segment in braces matches any text without a slash.
    pub path: &'static str,
    /// Package of the function that handles the route.
    pub function: &'static str,
    /// Types of the problems that the route can report.
    pub problems: &'static [&'static [ProblemType]],
    /// Description for the OpenAPI document.
    pub describe: fn() -> Operation,
}

impl Route {
    /// Returns `true` when the route has this path.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        let mut segments = path.split('/');
        let fits = self.path.split('/').all(|expected| match segments.next() {
            Some(segment) if expected.starts_with('{') => !segment.is_empty(),
            Some(segment) => segment == expected,
            None => false,
        });
        fits && segments.next().is_none()
    }

    /// Returns `true` when the route handles requests with this method and path.
    #[must_use]
    pub fn handles(&self, method: &str, path: &str) -> bool {
        self.methods.contains(&method) && self.matches(path)
    }

    /// Returns the types of the problems that the route can report.
    pub fn problem_types(&self) -> impl Iterator<Item = ProblemType> {
        self.problems.iter().copied().flatten().copied()
    }
}

/// Returns the methods of a path, `OPTIONS` included; none for an unknown path.
#[must_use]
pub fn allowed_methods(routes: &[Route], path: &str) -> Vec<&'static str> {
    let matching = routes.iter().filter(|route| route.matches(path));
    let methods: Vec<_> = matching.flat_map(|route| route.methods.iter().copied()).collect();
    if methods.is_empty() { methods } else { [methods, vec!["OPTIONS"]].concat() }
}

/// Returns the template of a path, or `unknown`: a metric's dimension must have few values.
#[must_use]
pub fn path_template(routes: &[Route], path: &str) -> &'static str {
    routes.iter().find(|route| route.matches(path)).map_or("unknown", |route| route.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(methods: &'static [&'static str], path: &'static str) -> Route {
        Route { methods, path, function: "test", problems: &[], describe: Operation::default }
    }

    #[test]
    fn a_path_has_the_methods_of_its_routes() {
        let routes = [
            route(&["POST"], "/things"),
            route(&["GET", "HEAD"], "/things"),
            route(&["PATCH"], "/things/{id}"),
        ];
        assert_eq!(allowed_methods(&routes, "/things"), ["POST", "GET", "HEAD", "OPTIONS"]);
        assert_eq!(allowed_methods(&routes, "/things/1"), ["PATCH", "OPTIONS"]);
        assert_eq!(path_template(&routes, "/things/1"), "/things/{id}");
        for path in ["", "/", "/things/", "/things/1/parts", "/thing", "things"] {
            assert_eq!(allowed_methods(&routes, path), [""; 0], "{path}");
            assert_eq!(path_template(&routes, path), "unknown");
        }
    }
}
