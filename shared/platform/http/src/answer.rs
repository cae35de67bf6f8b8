//! What a handler answers.

use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use lambda_http::Body;
use orders_domain::{Order, OrderId, Page, Version};
use std::fmt;

/// A response, and what is to be done once it has left.
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    order_id: Option<OrderId>,
    afterwards: Option<BoxFuture<'static, ()>>,
}

/// Marks the answer to a request that had been answered before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

impl Answer {
    pub(crate) fn new(status: StatusCode, content_type: HeaderValue, body: Body) -> Self {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]);
        Self { status, headers, body, order_id: None, afterwards: None }
    }

    /// 200 with bytes of any kind; text goes out as text.
    #[must_use]
    pub fn file(content_type: HeaderValue, bytes: Vec<u8>) -> Self {
        let body = String::from_utf8(bytes).map_or_else(|error| Body::Binary(error.into_bytes()), Body::Text);
        Self::new(StatusCode::OK, content_type, body)
    }

    /// An answer with a JSON body.
    #[must_use]
    pub fn json(status: StatusCode, body: String) -> Self {
        Self::new(status, HeaderValue::from_static("application/json"), Body::Text(body))
    }

    /// 201 with the order, where it is, and its version.
    #[must_use]
    pub fn created(order: &Order) -> Self {
        let location = HeaderValue::try_from(format!("/orders/{}", order.id()))
            .expect("an order's id is hexadecimal digits and hyphens");
        Self::order(StatusCode::CREATED, order).with_header(header::LOCATION, location)
    }

    /// 200 with the order and its version.
    #[must_use]
    pub fn ok(order: &Order) -> Self {
        Self::order(StatusCode::OK, order)
    }

    /// 200 with a page of orders, and how to ask for the next one when there is one: its cursor and
    /// its query.
    #[must_use]
    pub fn page(page: &Page, next: Option<(String, String)>) -> Self {
        let link = next.as_ref().map(|(_, query)| {
            HeaderValue::try_from(format!("<{query}>; rel=\"next\""))
                .expect("an encoded query is a header value")
        });
        let cursor = next.map(|(cursor, _)| cursor);
        let answer = Self::json(StatusCode::OK, orders_json::page_to_json(page, cursor));
        match link {
            Some(link) => answer.with_header(header::LINK, link),
            None => answer,
        }
    }

    /// 204: what a path takes (RFC 9110, section 9.3.7).
    #[must_use]
    pub fn options(allowed: &[&str]) -> Self {
        let allow = HeaderValue::try_from(allowed.join(", ")).expect("names of methods");
        let headers = HeaderMap::from_iter([(header::ALLOW, allow)]);
        let status = StatusCode::NO_CONTENT;
        Self { status, headers, body: Body::Empty, order_id: None, afterwards: None }
    }

    /// The answer for a cache of the caller's own, which asks each time whether it is still true
    /// (RFC 9111, section 5.2.2). Any other answer is not to be kept.
    #[must_use]
    pub fn revalidated(self) -> Self {
        self.with_header(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))
    }

    /// 304: the caller has this version already.
    #[must_use]
    pub fn not_modified(order: &Order) -> Self {
        let mut answer = Self::order(StatusCode::NOT_MODIFIED, order);
        answer.body = Body::Empty;
        answer.headers.remove(header::CONTENT_TYPE);
        answer
    }

    fn order(status: StatusCode, order: &Order) -> Self {
        let mut answer = Self::json(status, orders_json::to_json(order)).about(order.id());
        answer.headers.insert(header::ETAG, etag(order.version()));
        answer
    }

    /// Names the order in the log line.
    #[must_use]
    pub fn about(mut self, order_id: OrderId) -> Self {
        self.order_id = Some(order_id);
        self
    }

    /// Marks the answer as given before: `Idempotent-Replayed: true`.
    #[must_use]
    pub fn replayed(self, replayed: bool) -> Self {
        if replayed { self.with_header(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true")) } else { self }
    }

    /// Work for the same invocation after the answer has left. It may be cut off at the
    /// invocation's deadline, so it must be safe to lose.
    #[must_use]
    pub fn afterwards(mut self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        self.afterwards = Some(Box::pin(work));
        self
    }

    /// With another header, or another value of one.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    pub(crate) fn take_afterwards(&mut self) -> Option<BoxFuture<'static, ()>> {
        self.afterwards.take()
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn order_id(&self) -> Option<OrderId> {
        self.order_id
    }

    #[cfg(test)]
    pub(crate) fn body(&self) -> &str {
        let Body::Text(text) = &self.body else { panic!("no text: {:?}", self.body) };
        text
    }

    pub(crate) fn into_response(self) -> http::Response<Body> {
        let mut response = http::Response::new(self.body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// A version as a strong entity tag (RFC 9110, section 8.8.3).
fn etag(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).expect("digits between quotes are a header value")
}
