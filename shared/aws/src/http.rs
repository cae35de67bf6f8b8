//! The HTTP client of the SDK, over hyper.
//!
//! The client that the SDK brings speaks HTTP/2 and through proxies, which no service here is
//! spoken to with, and reads every root certificate of the machine when it starts. This one speaks
//! HTTP/1.1 and has Mozilla's roots in the binary.

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::{CaptureConnection, HttpConnector as Tcp, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::ring;
use std::time::Duration;

/// Opening a connection; its TLS is within the time of the attempt that asked for it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// An HTTP client whose clones share their connections.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector { client: client() });
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Connector {
    client: Client<HttpsConnector<Tcp>, SdkBody>,
}

fn client() -> Client<HttpsConnector<Tcp>, SdkBody> {
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let https = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(ring::default_provider())
        .expect("ring has the versions of TLS that rustls asks for")
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https)
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        if let Some(asked) = request.extensions().get::<CaptureSmithyConnection>() {
            asked.set_connection_retriever(move || metadata(&connection));
        }
        let answer = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(failure)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Lets the SDK give up a connection whose server fails, so that the next attempt takes another.
fn metadata(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    connection.connection_metadata().as_ref()?;
    let connection = connection.clone();
    let poison = move || {
        if let Some(connected) = connection.connection_metadata().as_ref() {
            connected.poison();
        }
    };
    Some(ConnectionMetadata::builder().proxied(false).poison_fn(poison).build())
}

/// Whatever keeps an answer from coming is the network's fault, and may be over at the next attempt.
fn failure(error: Error) -> ConnectorError {
    ConnectorError::io(error.into())
}
