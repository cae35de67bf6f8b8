//! Path of a request: the base of the API, and the part that the routes have.

use lambda_http::request::RequestContext;
use lambda_http::{Request, RequestExt as _};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Characters that a path must escape (RFC 3986, section 3.3). An HTTP API of API Gateway decodes all escapes
/// of a path but `%25`; the remaining escapes are kept.
const NOT_IN_A_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Path of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestPath {
    /// Base of the API, not encoded: empty, or the name of a stage or the mapping key of a domain name, after a
    /// slash. URLs in responses need it.
    pub(crate) base: String,
    /// Path below the base, as in the routes.
    pub(crate) below_base: String,
}

impl RequestPath {
    /// Reads the path of an event of API Gateway. The template of the route that API Gateway has selected separates a
    /// base of any length. Without one, the base can only be the stage.
    pub(crate) fn from_request(request: &Request) -> Self {
        let raw = request.raw_http_path();
        let parameters = request.path_parameters();
        // API Gateway decodes slashes in a parameter, which would look like segments.
        let filled = |template: &str| {
            let with_slashes = parameters.iter().filter(|(_, value)| value.contains('/'));
            with_slashes
                .fold(template.to_owned(), |path, (name, value)| path.replace(&format!("{{{name}}}"), value))
        };
        match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => {
                let template = context.route_key.as_deref().and_then(|key| key.split_once(' '));
                let template = template.map(|(_, template)| filled(template));
                Self::new(raw, raw, template.as_deref(), context.stage.as_deref())
            }
            Some(RequestContext::ApiGatewayV1(context)) => {
                // Only this path has the stage of a REST API.
                let url = context.path.as_deref().filter(|path| path.ends_with(raw)).unwrap_or(raw);
                let stage = context.stage.as_deref().filter(|_| url == raw);
                let template = context.resource_path.as_deref().map(filled);
                Self::new(url, raw, template.as_deref(), stage)
            }
            _ => Self::new(raw, raw, None, None),
        }
    }

    /// Returns the reference to a path of the API that resolves against the URL of the request.
    pub(crate) fn reference_to(&self, path: &str) -> String {
        let encoded = |path| utf8_percent_encode(path, NOT_IN_A_PATH);
        let reference = format!("{}{}", encoded(&self.base), encoded(path));
        // Two slashes would begin the name of a host (RFC 3986, section 4.2).
        if reference.starts_with("//") { format!("/.{reference}") } else { reference }
    }

    /// Separates the base from `raw`, which is the end of `url`.
    fn new(url: &str, raw: &str, template: Option<&str>, stage: Option<&str>) -> Self {
        let route = template.and_then(|template| below_template(raw, template));
        let route = route.or_else(|| stage.and_then(|stage| below_stage(raw, stage))).unwrap_or(raw);
        let base = url.strip_suffix(route).unwrap_or_default();
        // A reference that begins with two slashes would name a host (RFC 3986, section 4.2).
        let base = if base.split('/').skip(1).any(str::is_empty) { "" } else { base };
        Self { base: base.to_owned(), below_base: route.to_owned() }
    }
}

/// Returns the end of a path that matches a template such as `/orders/{id}`; `None` for a path that does not, and
/// for a template without a fixed number of segments.
fn below_template<'a>(path: &'a str, template: &str) -> Option<&'a str> {
    let segments = template.strip_prefix('/')?.split('/');
    let mut start = path.len();
    for expected in segments.rev() {
        let slash = path[..start].rfind('/')?;
        let is_parameter = expected.starts_with('{') && !expected.ends_with("+}");
        if !is_parameter && expected != &path[slash + 1..start] {
            return None;
        }
        start = slash;
    }
    Some(&path[start..])
}

/// Returns the path below a stage other than `$default`.
fn below_stage<'a>(path: &'a str, stage: &str) -> Option<&'a str> {
    path.strip_prefix('/')?.strip_prefix(stage).filter(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn separated(url: &str, raw: &str, template: Option<&str>, stage: Option<&str>) -> (String, String) {
        let RequestPath { base, below_base } = RequestPath::new(url, raw, template, stage);
        (base, below_base)
    }

    #[test]
    fn a_template_separates_a_base_of_any_length() {
        for (raw, template, base, route) in [
            ("/orders", "/orders", "", "/orders"),
            ("/prod/orders", "/orders", "/prod", "/orders"),
            ("/a/b/orders/1", "/orders/{id}", "/a/b", "/orders/1"),
            ("/orders/orders/1", "/orders/{id}", "/orders", "/orders/1"),
            ("//orders", "/orders", "", "/orders"),
            ("//host/orders", "/orders", "", "/orders"),
            // The path does not match: nothing is known about a base.
            ("/other", "/orders", "", "/other"),
            ("/orders/x/y", "/orders/{id}", "", "/orders/x/y"),
            ("/orders/orders/1", "/orders/orders/1", "", "/orders/orders/1"),
            ("/a/b", "/{proxy+}", "", "/a/b"),
            ("", "/orders", "", ""),
            ("/", "/orders/{id}", "", "/"),
        ] {
            let expected = (base.to_owned(), route.to_owned());
            assert_eq!(separated(raw, raw, Some(template), None), expected, "{raw} {template}");
        }
    }

    #[test]
    fn without_a_template_the_base_is_the_stage() {
        for (raw, stage, base, route) in [
            ("/prod/nowhere", "prod", "/prod", "/nowhere"),
            ("/nowhere", "prod", "", "/nowhere"),
            ("/production/x", "prod", "", "/production/x"),
            ("/prod", "prod", "", "/prod"),
            ("/x", "$default", "", "/x"),
            ("//x", "", "", "/x"),
        ] {
            let expected = (base.to_owned(), route.to_owned());
            assert_eq!(separated(raw, raw, None, Some(stage)), expected, "{raw} {stage}");
        }
    }

    #[test]
    fn a_reference_is_encoded_although_api_gateway_decodes_paths() {
        let root = RequestPath { base: String::new(), below_base: "/".to_owned() };
        assert_eq!(
            (root.reference_to("/x"), root.reference_to("//host/x")),
            ("/x".into(), "/.//host/x".into())
        );
        for (path, reference) in [
            ("/\0", "/a%20b/%00"),
            ("/orders/{} ü", "/a%20b/orders/%7B%7D%20%C3%BC"),
            ("/a?b#c", "/a%20b/a%3Fb%23c"),
            ("/x%2Fy%25", "/a%20b/x%2Fy%25"),
            ("/it's;a=(b),$&+!*@:~", "/a%20b/it's;a=(b),$&+!*@:~"),
        ] {
            let below = RequestPath { base: "/a b".to_owned(), below_base: "/".to_owned() };
            assert_eq!(below.reference_to(path), reference);
        }
    }

    #[test]
    fn the_url_of_a_rest_api_has_the_stage_before_the_path() {
        assert_eq!(
            separated("/prod/orders", "/orders", Some("/orders"), None),
            ("/prod".to_owned(), "/orders".to_owned())
        );
        assert_eq!(
            separated("/prod/map/orders", "/map/orders", Some("/orders"), None),
            ("/prod/map".to_owned(), "/orders".to_owned())
        );
    }
}
