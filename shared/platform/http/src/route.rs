//! Routes.

use crate::openapi::Operation;
use crate::{Access, ProblemType};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Path with its methods, the function that handles them, and their description.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// HTTP methods.
    pub methods: &'static [&'static str],
    /// Path; a segment in braces matches any text without a slash.
    pub path: &'static str,
    /// Package of the function that handles the route.
    pub function: &'static str,
    /// Callers that may use the route.
    pub access: Access,
    /// Types of the problems that the route can report, beside those of every protected route.
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

    /// Returns the segment of a path at the place of the parameter in braces, percent-decoded (RFC 3986, section
    /// 6.2.2.2); `None` when the route does not have this path, or the segment can't be decoded.
    #[must_use]
    pub fn parameter<'a>(&self, path: &'a str) -> Option<Cow<'a, str>> {
        let is_parameter = |(expected, _): &(&str, &str)| expected.starts_with('{');
        let (_, segment) = self.path.split('/').zip(path.split('/')).find(is_parameter)?;
        percent_decode_str(segment).decode_utf8().ok().filter(|_| self.matches(path))
    }

    /// Returns `true` when the route handles requests with this method and path.
    #[must_use]
    pub fn handles(&self, method: &str, path: &str) -> bool {
        self.methods.contains(&method) && self.matches(path)
    }

    /// Returns the types of the problems that the route can report.
    pub fn problem_types(&self) -> impl Iterator<Item = ProblemType> {
        let of_access: &[ProblemType] = match self.access {
            Access::Public => &[],
            Access::AnyScope(_) => ProblemType::OF_PROTECTED_ROUTES,
        };
        of_access.iter().chain(self.problems.iter().copied().flatten()).copied()
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
        Route {
            methods,
            path,
            function: "test",
            access: Access::Public,
            problems: &[],
            describe: Operation::default,
        }
    }

    #[test]
    fn a_parameter_is_one_decoded_segment() {
        let route = route(&["GET"], "/things/{id}");
        for (path, id) in [("/things/1", "1"), ("/things/%31%2Dx", "1-x"), ("/things/a%2Fb", "a/b")] {
            assert_eq!(route.parameter(path).as_deref(), Some(id), "{path}");
        }
        for path in ["/things/", "/things", "/things/a/1", "/x/things/1", "/other/1", "/things/%FF"] {
            assert_eq!(route.parameter(path), None, "{path}");
        }
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
