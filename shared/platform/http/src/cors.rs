//! Which pages of other origins may call the API from a browser (Fetch standard, "HTTP-CORS
//! protocol"). On AWS the API Gateway does this before any function; locally the functions do.

use crate::Call;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// The origins that are let in.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<String>,
}

impl Cors {
    /// Methods that pages may use.
    pub const METHODS: &[&str] = &["GET", "HEAD", "POST", "PATCH"];
    /// Request headers that pages may send.
    pub const HEADERS: &[&str] =
        &["authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-request-id"];
    /// Response headers that pages may read.
    pub const EXPOSED: &[&str] =
        &["etag", "idempotent-replayed", "link", "location", "retry-after", "x-request-id"];
    /// How long a browser may remember what is allowed, in seconds.
    pub const MAX_AGE_S: u32 = 600;

    /// Lets in the pages of these origins, such as `https://shop.example`; `*` is all of them. None is
    /// let in when there are none.
    #[must_use]
    pub fn new(origins: Vec<String>) -> Self {
        Self { origins }
    }

    /// Adds what a browser needs to hand the answer to the page.
    pub(crate) fn add_to(&self, call: &Call, headers: &mut HeaderMap) {
        let Some(origin) = call.origin().filter(|origin| self.lets_in(origin)) else {
            return;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        insert_list(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, Self::EXPOSED);
        if call.method() == Method::OPTIONS {
            insert_list(headers, header::ACCESS_CONTROL_ALLOW_METHODS, Self::METHODS);
            insert_list(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, Self::HEADERS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from(Self::MAX_AGE_S));
        }
    }

    fn lets_in(&self, origin: &HeaderValue) -> bool {
        self.origins.iter().any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
    }
}

fn insert_list(headers: &mut HeaderMap, name: HeaderName, values: &[&str]) {
    let list = HeaderValue::try_from(values.join(", ")).expect("names of methods and headers");
    headers.insert(name, list);
}
