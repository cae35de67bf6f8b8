//! Cross-origin requests of browsers (Fetch standard, "HTTP-CORS protocol"). On AWS, API Gateway handles them
//! before any function; locally the functions do.

use crate::Request;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Origins that may read responses.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// Methods that a page may use.
    pub const METHODS: &[&str] = &["GET", "HEAD", "POST", "PATCH", "DELETE"];
    /// Request headers that a page may send.
    pub const HEADERS: &[&str] = &[
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "prefer",
        "traceparent",
        "tracestate",
        "x-request-id",
    ];
    /// Response headers that a page may read.
    pub const EXPOSED: &[&str] = &[
        "etag",
        "idempotent-replayed",
        "link",
        "location",
        "preference-applied",
        "retry-after",
        "www-authenticate",
        "x-request-id",
    ];
    /// Time for which a browser may cache the permissions, in seconds.
    pub const MAX_AGE_S: u32 = 600;

    /// Allows the pages of these origins, such as `https://shop.example`; `*` allows all.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self { origins }
    }

    /// Adds the headers that let a browser pass the response to the page. On AWS, API Gateway adds most of them.
    ///
    /// Every response varies with the origin, also one without these headers: a cache must not return it to another
    /// page (Fetch standard, "CORS protocol and HTTP caches").
    pub(crate) fn add_to(&self, request: &Request, headers: &mut HeaderMap) {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        let Some(origin) = request.origin().filter(|origin| self.allows(origin)) else {
            return;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        insert_list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, Self::EXPOSED);
        if request.method() == Method::OPTIONS {
            insert_list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, Self::METHODS);
            insert_list(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, Self::HEADERS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(Self::MAX_AGE_S));
        }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        self.origins.iter().any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
    }
}

fn insert_list(headers: &mut HeaderMap, name: HeaderName, values: &[&str]) {
    let list = HeaderValue::try_from(values.join(", ")).expect("names of methods and headers");
    headers.insert(name, list);
}
