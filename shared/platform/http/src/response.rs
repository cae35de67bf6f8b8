//! Responses.

use crate::header::RESPOND_ASYNC;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kernel::Version;
use lambda_http::Body;
use std::fmt;

/// Response, and the work after it.
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    work: Option<BoxFuture<'static, ()>>,
}

/// Marks the response to a repeated request.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Names the preferences that were followed (RFC 7240, section 3).
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

impl Response {
    pub(crate) fn new(status: StatusCode, content_type: HeaderValue, body: Body) -> Self {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]);
        Self { status, headers, body, work: None }
    }

    /// Creates a response with a JSON body.
    #[must_use]
    pub fn json(status: StatusCode, body: String) -> Self {
        Self::new(status, HeaderValue::from_static("application/json"), Body::Text(body))
    }

    /// Creates a response with status 200 and a file of any type. Binary files are sent in base64.
    #[must_use]
    pub fn file(content_type: HeaderValue, bytes: Vec<u8>) -> Self {
        let body = String::from_utf8(bytes).map_or_else(|error| Body::Binary(error.into_bytes()), Body::Text);
        Self::new(StatusCode::OK, content_type, body)
    }

    /// Creates a response with status 204 and without a body.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, headers: HeaderMap::new(), body: Body::Empty, work: None }
    }

    /// Creates the response to `OPTIONS`: status 204 with the methods of the path (RFC 9110, section 9.3.7).
    #[must_use]
    pub fn options(allowed: &[&str]) -> Self {
        let allow = HeaderValue::try_from(allowed.join(", ")).expect("names of methods");
        Self::no_content().with_header(header::ALLOW, allow)
    }

    /// Removes the body and its type, for status 304, which has none (RFC 9110, section 15.4.5).
    #[must_use]
    pub fn without_body(mut self, status: StatusCode) -> Self {
        self.status = status;
        self.body = Body::Empty;
        self.headers.remove(header::CONTENT_TYPE);
        self
    }

    /// Adds a version as a strong entity tag (RFC 9110, section 8.8.3).
    #[must_use]
    pub fn with_version(self, version: Version) -> Self {
        let etag = HeaderValue::try_from(format!("\"{version}\"")).expect("digits between quotes");
        self.with_header(header::ETAG, etag)
    }

    /// Adds a version and what distinguishes its representations as a strong entity tag, such as `"3-low"`.
    #[must_use]
    pub fn with_tagged_version(self, version: Version, tag: &str) -> Self {
        let etag = HeaderValue::try_from(tagged(version, tag)).expect("digits and a word between quotes");
        self.with_header(header::ETAG, etag)
    }

    /// Adds the reference to the next page of a listing (RFC 8288), a query string; none on the last page.
    #[must_use]
    pub fn with_next(self, query: Option<&str>) -> Self {
        match query {
            Some(query) => {
                let link = HeaderValue::try_from(format!("<{query}>; rel=\"next\""));
                self.with_header(header::LINK, link.expect("an encoded query is a header value"))
            }
            None => self,
        }
    }

    /// Replaces the status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Allows private caches to store the response, if they revalidate it each time (RFC 9111, section
    /// 5.2.2). By default, no cache may store a response.
    #[must_use]
    pub fn revalidated(self) -> Self {
        self.with_header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))
    }

    /// Marks the response to a repeated request: `Idempotent-Replayed: true`.
    #[must_use]
    pub fn replayed(self, is_replay: bool) -> Self {
        if is_replay { self.with_header(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true")) } else { self }
    }

    /// Says that the preference for a response before the processing is complete was followed (RFC 7240, section 3).
    #[must_use]
    pub fn applied_async(self) -> Self {
        self.with_header(PREFERENCE_APPLIED, HeaderValue::from_static(RESPOND_ASYNC))
    }

    /// Adds work that the same invocation runs after the response. The deadline of the invocation can cancel
    /// it, so it must be safe to lose.
    #[must_use]
    pub fn after_response(mut self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        self.work = Some(Box::pin(work));
        self
    }

    /// Adds or replaces a header.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn take_after_response(&mut self) -> Option<BoxFuture<'static, ()>> {
        self.work.take()
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    #[cfg(test)]
    pub(crate) fn body(&self) -> &str {
        let Body::Text(text) = &self.body else { panic!("not a text: {:?}", self.body) };
        text
    }

    pub(crate) fn into_http(self) -> http::Response<Body> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Returns the entity tag of a version in one of several representations.
pub(crate) fn tagged(version: Version, tag: &str) -> String {
    format!("\"{version}-{tag}\"")
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}
