//! Client of the API.

use crate::contract::contract_violations;
use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use uuid::Uuid;

/// Valid body of `POST /orders`.
pub static GOOD_ORDER: LazyLock<Value> = LazyLock::new(
    || json!({"customer_id": "c-1", "currency": "USD", "items": [{"sku": "A1", "qty": 2, "price": "9.99"}]}),
);

/// Returns a new, unique idempotency key.
#[must_use]
pub fn fresh_key() -> String {
    Uuid::new_v4().to_string()
}

/// Returns an HTTP client that ignores the proxy settings of the shell.
pub(crate) fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// Time for which a request is repeated while the gateway refuses to call a function.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(10);
/// Wait between two of these requests.
const REFUSAL_BACKOFF: Duration = Duration::from_millis(50);

/// Client of an API.
#[derive(Clone, Debug)]
pub struct Api {
    client: reqwest::Client,
    base: String,
    /// Headers of each request.
    headers: HeaderMap,
}

/// Complete response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as text.
    pub body: String,
}

impl Reply {
    /// Returns the body as JSON.
    ///
    /// # Panics
    ///
    /// When the body is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// Returns the value of a header, if present.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a readable header"))
    }

    /// Returns the id of the order in the body.
    ///
    /// # Panics
    ///
    /// When the body is not an order.
    #[must_use]
    pub fn order_id(&self) -> String {
        self.json()["order_id"].as_str().unwrap_or_else(|| panic!("no order in {}", self.body)).to_owned()
    }

    /// Returns the ids of the orders on the page in the body.
    ///
    /// # Panics
    ///
    /// When the body is not a page.
    #[must_use]
    pub fn order_ids(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.body);
        let items = self.json()["items"].as_array().expect("items").clone();
        items.iter().map(|order| order["order_id"].as_str().expect("an id").to_owned()).collect()
    }

    /// Asserts that the response is complete Problem Details of this status and type, and returns them.
    ///
    /// # Panics
    ///
    /// When the response is anything else.
    #[track_caller]
    #[must_use]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert!(self.header("x-request-id").is_some_and(|id| !id.is_empty()));
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:problem-type:orders:{code}"), "{problem}");
        assert_eq!(problem["status"], status);
        for member in ["title", "detail", "instance", "trace_id"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
        }
        problem
    }
}

impl Api {
    /// Creates a client of the API at `base`, a URL without a path.
    ///
    /// # Panics
    ///
    /// When the HTTP client can't be created.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { client: http_client(), base: base.to_owned(), headers: HeaderMap::new() }
    }

    /// Adds a header to each request.
    ///
    /// # Panics
    ///
    /// When the value is not that of a header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(HeaderName::from_static(name), value.parse().expect("a value"));
        let client = reqwest::Client::builder().no_proxy().default_headers(self.headers.clone());
        self.client = client.build().expect("a client");
        self
    }

    /// Sends an access token with each request.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {token}"))
    }

    /// Returns the URL of the API, without a path.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request. Repeats it while the gateway refuses to call a function, as when a deployed stack has no
    /// concurrency left. The function has not seen such a request.
    ///
    /// # Panics
    ///
    /// When no function responds, or the response violates the `OpenAPI` document.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Reply {
        let (body, deadline) = (body.into(), Instant::now() + REFUSAL_TIMEOUT);
        loop {
            match self.attempt(method.clone(), path, headers, body.clone()).await {
                Ok(reply) => return reply,
                Err(gateway) if [429, 503].contains(&gateway.status) && Instant::now() < deadline => {
                    sleep(REFUSAL_BACKOFF).await;
                }
                Err(gateway) => panic!("the gateway responded instead of a function: {gateway:?}"),
            }
        }
    }

    /// Sends a request to a function that may be killed before it responds.
    ///
    /// # Errors
    ///
    /// The response of the gateway, when no function responds.
    ///
    /// # Panics
    ///
    /// When the gateway does not respond, or the response of a function violates the `OpenAPI` document.
    pub async fn attempt(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Result<Reply, Reply> {
        let mut request =
            self.client.request(method.clone(), format!("{}{path}", self.base)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("a response");
        let reply = Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.expect("a body"),
        };
        // Every function sets this header.
        if reply.header("x-request-id").is_none() {
            return Err(reply);
        }
        let violations = contract_violations(&method, path, &reply);
        assert!(
            violations.is_empty(),
            "{method} {path} violates the OpenAPI document: {violations:?} in {}",
            reply.body
        );
        Ok(reply)
    }

    /// Sends `POST /orders` with a key.
    pub async fn create(&self, key: &str, body: &Value) -> Reply {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send(Method::POST, "/orders", &headers, body.to_string()).await
    }

    /// Creates an order, and returns the response.
    ///
    /// # Panics
    ///
    /// When the status is not 201.
    pub async fn new_order(&self) -> Reply {
        let reply = self.create(&fresh_key(), &GOOD_ORDER).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply
    }

    /// Creates an order of a customer, and returns the order.
    ///
    /// # Panics
    ///
    /// When the status is not 201.
    pub async fn new_order_of(&self, customer: &str) -> Value {
        let mut order = GOOD_ORDER.clone();
        order["customer_id"] = customer.into();
        let reply = self.create(&fresh_key(), &order).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.json()
    }

    /// Sends `GET` for a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "").await
    }

    /// Sends `GET /orders/{id}`.
    pub async fn order(&self, id: &str) -> Reply {
        self.get(&format!("/orders/{id}")).await
    }

    /// Sends `PATCH /orders/{id}` with a new status, the expected version, and additional headers.
    pub async fn change(&self, id: &str, version: u64, status: &str, more: &[(&str, &str)]) -> Reply {
        self.patch(id, version, &json!({ "status": status }), more).await
    }

    /// Sends a change of an order that has this version.
    pub async fn patch(&self, id: &str, version: u64, body: &Value, more: &[(&str, &str)]) -> Reply {
        let version = version.to_string();
        let mut headers = vec![("content-type", "application/json"), ("if-match", version.as_str())];
        headers.extend(more);
        self.send(Method::PATCH, &format!("/orders/{id}"), &headers, body.to_string()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::http::StatusCode;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_request_that_the_gateway_refuses_is_repeated() {
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&requests);
        let respond = move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            // The gateway refuses twice; then a function responds.
            async move {
                match n {
                    0 => (StatusCode::SERVICE_UNAVAILABLE, [("content-type", "application/json")]),
                    1 => (StatusCode::TOO_MANY_REQUESTS, [("content-type", "application/json")]),
                    _ => (StatusCode::NOT_FOUND, [("x-request-id", "1")]),
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let api = Api::new(&format!("http://{}", listener.local_addr().expect("an address")));
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(respond)).await });
        assert_eq!(api.get("/nowhere").await.status, 404);
        assert_eq!(requests.load(Ordering::SeqCst), 3);
    }
}
