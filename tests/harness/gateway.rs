//! Emulator of API Gateway: HTTP in, invocations out, by the routes of the API.

use crate::system::Functions;
use crate::{PayloadFormat, listen, runtime};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Running gateway. Dropping the value stops it.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
}

struct Setup {
    functions: Arc<Functions>,
    format: PayloadFormat,
}

impl Gateway {
    pub(crate) fn start(functions: Arc<Functions>, format: PayloadFormat) -> Self {
        let (listener, address) = listen();
        let router = Router::new().fallback(handle).with_state(Arc::new(Setup { functions, format }));
        let server = runtime().spawn(async move {
            axum::serve(listener, router).await.expect("the gateway");
        });
        Self { address, server }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn handle(State(setup): State<Arc<Setup>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 10 * 1024 * 1024).await.expect("a body within 10 MB");
    let (function, route) = route(&parts.method, parts.uri.path());
    let event = setup.format.event(&parts, &body, &route);
    let function = setup.functions.get(function);
    let (result, responded_at) = function.invoke_timed(event).await;
    setup.functions.record_response_time(responded_at);
    match result {
        Ok(result) => setup
            .format
            .response(&result)
            .unwrap_or_else(|| (StatusCode::BAD_GATEWAY, format!("no response: {result}")).into_response()),
        // API Gateway responds with 500 when a function fails.
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Returns the function and the route key for a request.
fn route(method: &Method, path: &str) -> (&'static str, String) {
    match api::ROUTES.iter().find(|route| route.handles(method.as_str(), path)) {
        Some(route) => (route.function, format!("{method} {}", route.path)),
        None => ("fallback", "$default".to_owned()),
    }
}
