//! HTTP API of a payment provider that responds as it is told, and keeps the calls.

use crate::TestServers;
use aws_sdk_secretsmanager::Client;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// API of a provider on this machine. It ends with the runtime of its test.
#[derive(Debug)]
pub struct StubProvider {
    /// Base URL.
    pub url: String,
    shared: Shared,
}

/// Call of the API.
#[derive(Clone, Debug)]
pub struct ProviderCall {
    /// Method and path.
    pub route: String,
    /// Idempotency key.
    pub key: String,
    /// Value of `Authorization`.
    pub authorization: String,
    /// Body.
    pub body: Value,
}

#[derive(Clone, Debug, Default)]
struct Shared {
    responses: Arc<Mutex<VecDeque<(u16, Value)>>>,
    calls: Arc<Mutex<Vec<ProviderCall>>>,
}

impl StubProvider {
    /// Starts the API.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Shared::default();
        let router = Router::new().fallback(respond).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, shared }
    }

    /// Adds a response. Without one, the API responds with 500.
    ///
    /// # Panics
    ///
    /// After a panic of the API.
    pub fn will_respond(&self, status: u16, body: &Value) {
        self.shared.responses.lock().expect("an unpoisoned mutex").push_back((status, body.clone()));
    }

    /// Returns the calls until now.
    ///
    /// # Panics
    ///
    /// After a panic of the API.
    #[must_use]
    pub fn calls(&self) -> Vec<ProviderCall> {
        self.shared.calls.lock().expect("an unpoisoned mutex").clone()
    }

    /// Creates the account of a tenant at the provider `standard`, whose API is this one. The prefix is the text before the tenant
    /// in its name.
    ///
    /// # Panics
    ///
    /// When Secrets Manager does not respond.
    pub async fn create_account(&self, prefix: &str, tenant: &str, key: &str) {
        let client = Client::new(&TestServers::shared().sdk_config());
        let secret = client.create_secret().name(format!("{prefix}{tenant}/standard"));
        let value = json!({ "key": key, "url": self.url });
        secret.secret_string(value.to_string()).send().await.expect("a secret");
    }
}

async fn respond(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let header = |name: &str| {
        parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let body = body.collect().await.expect("a body").to_bytes();
    let call = ProviderCall {
        route: format!("{} {}", parts.method, parts.uri.path()),
        key: header("idempotency-key"),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    shared.calls.lock().expect("an unpoisoned mutex").push(call);
    let response = shared.responses.lock().expect("an unpoisoned mutex").pop_front();
    let (status, body) = response.unwrap_or((500, Value::Null));
    (StatusCode::from_u16(status).expect("a status"), body.to_string()).into_response()
}
