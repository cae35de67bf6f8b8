//! HTTP client: HTTP/1.1, Mozilla's roots in the binary, no redirects, no proxies.

use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kernel::BoxError;
use payments_providers::api::Call;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use std::time::Duration;

/// Maximum size of a response.
pub const MAX_RESPONSE_BYTES: usize = 256 * 1024;

/// Deadline of a TCP connection, for all addresses of a name together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Client. Calls to the same provider share their connections.
#[derive(Debug)]
pub(crate) struct Client(HyperClient<HttpsConnector<HttpConnector>, String>);

/// Error of an attempt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The call can't be sent: its URL is none.
    #[error("the call can't be sent")]
    Invalid(#[source] BoxError),
    /// No response, or only a part of it.
    #[error("no response")]
    Broken(#[source] BoxError),
    /// The response is too long.
    #[error("the response has more than {MAX_RESPONSE_BYTES} bytes")]
    TooLong,
}

/// Response of a provider.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new() -> Self {
        let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring supports the TLS versions that rustls requires")
            .with_root_certificates(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
            .with_no_client_auth();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        // A base URL with http is one of this machine.
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self(HyperClient::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https))
    }

    /// Sends a call once.
    pub(crate) async fn send(&self, call: &Call) -> Result<Received, Failure> {
        let mut request = Request::builder().method(&call.method).uri(&call.url);
        if let Some(headers) = request.headers_mut() {
            *headers = call.headers.clone();
        }
        let request = request.body(call.body.clone()).map_err(|error| Failure::Invalid(error.into()))?;
        let response = self.0.request(request).await.map_err(|error| Failure::Broken(error.into()))?;
        let (parts, body) = response.into_parts();
        let collected = Limited::new(body, MAX_RESPONSE_BYTES).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { Failure::TooLong } else { Failure::Broken(error) }
        })?;
        let body = collected.to_bytes().to_vec();
        Ok(Received { status: parts.status, headers: parts.headers, body })
    }
}
