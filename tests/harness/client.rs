//! A client of the API.

use crate::contract::contract_faults;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::sync::LazyLock;
use uuid::Uuid;

/// A body that the API accepts.
pub static GOOD_ORDER: LazyLock<Value> = LazyLock::new(
    || json!({"customer_id": "c-1", "currency": "USD", "items": [{"sku": "A1", "qty": 2, "price": "9.99"}]}),
);

/// A key that nobody used before.
#[must_use]
pub fn fresh_key() -> String {
    Uuid::new_v4().to_string()
}

/// An HTTP client that ignores the proxy settings of the shell.
pub(crate) fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// The API at an address.
#[derive(Clone, Debug)]
pub struct Api {
    client: reqwest::Client,
    base: String,
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// When it isn't.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {:?}", self.body))
    }

    /// A header's value, if it is there.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a readable header"))
    }

    /// The id of the order in the body.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn order_id(&self) -> String {
        self.json()["order_id"].as_str().unwrap_or_else(|| panic!("no order in {}", self.body)).to_owned()
    }

    /// The ids of the orders on the page in the body.
    ///
    /// # Panics
    ///
    /// When it is no page.
    #[must_use]
    pub fn order_ids(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.body);
        let items = self.json()["items"].as_array().expect("items").clone();
        items.iter().map(|order| order["order_id"].as_str().expect("an id").to_owned()).collect()
    }

    /// Requires Problem Details of this status and type, complete; answers them.
    ///
    /// # Panics
    ///
    /// When it is something else.
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
    /// The API at `base`, a URL without a path.
    ///
    /// # Panics
    ///
    /// When no client can be made.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { client: http_client(), base: base.to_owned() }
    }

    /// The API's URL, without a path.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request.
    ///
    /// # Panics
    ///
    /// When no function answers, or not as the `OpenAPI` document says.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Reply {
        let reply = self.attempt(method, path, headers, body).await;
        reply.unwrap_or_else(|gateway| panic!("the gateway itself answered: {gateway:?}"))
    }

    /// Sends a request that a function may not live to answer.
    ///
    /// # Errors
    ///
    /// What the gateway says in place of a function.
    ///
    /// # Panics
    ///
    /// When the gateway doesn't answer, or a function not as the `OpenAPI` document says.
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
        let response = request.send().await.expect("an answer");
        let reply = Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.expect("a body"),
        };
        // Every function names the request.
        if reply.header("x-request-id").is_none() {
            return Err(reply);
        }
        let faults = contract_faults(&method, path, &reply);
        assert!(
            faults.is_empty(),
            "{method} {path} against the OpenAPI document: {faults:?} in {}",
            reply.body
        );
        Ok(reply)
    }

    /// `POST /orders` with a key.
    pub async fn create(&self, key: &str, body: &Value) -> Reply {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.send(Method::POST, "/orders", &headers, body.to_string()).await
    }

    /// A new order, just created.
    ///
    /// # Panics
    ///
    /// Unless it is answered with 201.
    pub async fn new_order(&self) -> Reply {
        let reply = self.create(&fresh_key(), &GOOD_ORDER).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply
    }

    /// A new order of a customer, as it was answered.
    ///
    /// # Panics
    ///
    /// Unless it is answered with 201.
    pub async fn new_order_of(&self, customer: &str) -> Value {
        let mut order = GOOD_ORDER.clone();
        order["customer_id"] = customer.into();
        let reply = self.create(&fresh_key(), &order).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.json()
    }

    /// `GET` of a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], "").await
    }

    /// `GET /orders/{id}`.
    pub async fn order(&self, id: &str) -> Reply {
        self.get(&format!("/orders/{id}")).await
    }

    /// `PATCH /orders/{id}` to a status, from a version, with more headers.
    pub async fn change(&self, id: &str, version: u64, status: &str, more: &[(&str, &str)]) -> Reply {
        let version = version.to_string();
        let mut headers = vec![("content-type", "application/json"), ("if-match", version.as_str())];
        headers.extend(more);
        self.send(Method::PATCH, &format!("/orders/{id}"), &headers, json!({ "status": status }).to_string())
            .await
    }
}
