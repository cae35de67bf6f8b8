//! HTTP client of the SDK, over hyper.
//!
//! The default client of the SDK supports HTTP/2 and proxies, which are not needed here, and reads every root
//! certificate of the machine when it starts. This one supports HTTP/1.1 and has Mozilla's roots in the binary.

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
use rustls::{ClientConfig, RootCertStore};
use std::time::Duration;

/// Deadline of a TCP connection, for all addresses of a name together. The deadline of the attempt includes name
/// resolution and TLS.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Returns an HTTP client. Its clones share their connections.
///
/// The client has its own limit for connecting and none for reading. It ignores those of the SDK's
/// configuration; the SDK itself applies the limits of attempts and operations.
#[must_use]
pub fn http_client() -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Connector::new());
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
pub(crate) struct Connector {
    client: Client<HttpsConnector<Tcp>, SdkBody>,
}

impl Connector {
    pub(crate) fn new() -> Self {
        Self::trusting(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
    }

    fn trusting(roots: RootCertStore) -> Self {
        let tls = ClientConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring supports the TLS versions that rustls requires")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut tcp = Tcp::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self { client: Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(https) }
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connection = capture_connection(&mut request);
        if let Some(captured) = request.extensions().get::<CaptureSmithyConnection>() {
            captured.set_connection_retriever(move || metadata(&connection));
        }
        let pending = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let response = pending.await.map_err(failure)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Lets the SDK give up the connection to a failing server, so that the next attempt uses another.
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

/// Classifies every failure as a network failure, which the SDK retries. For others, such as a rejected
/// certificate, the retries are useless.
fn failure(error: Error) -> ConnectorError {
    ConnectorError::io(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    /// Server that sends empty responses, or closes its first connection without one.
    struct Server {
        uri: String,
        connections: Arc<AtomicUsize>,
    }

    impl Server {
        /// Starts with TLS if configured. With `closes_first`, closes the first connection after the
        /// request.
        async fn start(tls: Option<TlsAcceptor>, closes_first: bool) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let port = listener.local_addr().expect("an address").port();
            let scheme = if tls.is_some() { "https" } else { "http" };
            let connections = Arc::new(AtomicUsize::default());
            let counted = Arc::clone(&connections);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let n = counted.fetch_add(1, Ordering::SeqCst);
                    let (tls, closes_first) = (tls.clone(), closes_first && n == 0);
                    tokio::spawn(async move {
                        match tls {
                            None => respond(stream, closes_first).await,
                            Some(tls) => match tls.accept(stream).await {
                                Ok(stream) => respond(stream, closes_first).await,
                                Err(_refused) => {}
                            },
                        }
                    });
                }
            });
            Self { uri: format!("{scheme}://localhost:{port}/"), connections }
        }

        async fn plain() -> Self {
            Self::start(None, false).await
        }

        fn request(&self) -> HttpRequest {
            HttpRequest::get(self.uri.as_str()).expect("a request")
        }

        fn connections(&self) -> usize {
            self.connections.load(Ordering::SeqCst)
        }
    }

    async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin, closes_first: bool) {
        let mut request = Vec::new();
        while let Ok(byte) = stream.read_u8().await {
            request.push(byte);
            if request.ends_with(b"\r\n\r\n") {
                if closes_first {
                    return;
                }
                let written = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                written.expect("the client is connected");
                request.clear();
            }
        }
    }

    /// TLS of a server, and the roots that trust it.
    fn tls() -> (TlsAcceptor, RootCertStore) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).expect("a root");
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a server");
        (TlsAcceptor::from(Arc::new(config)), roots)
    }

    #[tokio::test]
    async fn consecutive_calls_share_a_connection() {
        let (server, connector) = (Server::plain().await, Connector::new());
        for _ in 0..3 {
            let response = connector.call(server.request()).await.expect("a response");
            assert_eq!(response.status().as_u16(), 200);
        }
        assert_eq!(server.connections(), 1);
    }

    #[tokio::test]
    async fn a_connection_that_the_sdk_gives_up_is_not_used_again() {
        let (server, connector) = (Server::plain().await, Connector::new());
        let captured = CaptureSmithyConnection::new();
        let mut request = server.request();
        request.add_extension(captured.clone());
        connector.call(request).await.expect("a response");
        captured.get().expect("a connection").poison();
        connector.call(server.request()).await.expect("a response");
        assert_eq!(server.connections(), 2);
    }

    #[tokio::test]
    async fn a_closed_connection_is_an_io_error_and_the_next_attempt_succeeds() {
        let (server, connector) = (Server::start(None, true).await, Connector::new());
        let failure = connector.call(server.request()).await.expect_err("no response");
        assert!(failure.is_io(), "{failure:?}");
        connector.call(server.request()).await.expect("a response");
    }

    #[tokio::test]
    async fn a_trusted_server_is_called_over_tls() {
        let (acceptor, roots) = tls();
        let server = Server::start(Some(acceptor), false).await;
        let response = Connector::trusting(roots).call(server.request()).await.expect("a response");
        assert_eq!(response.status().as_u16(), 200);
    }

    #[tokio::test]
    async fn a_server_with_an_unknown_certificate_is_refused() {
        let server = Server::start(Some(tls().0), false).await;
        let failure = Connector::new().call(server.request()).await.expect_err("no response");
        assert!(format!("{failure:?}").contains("UnknownIssuer"), "{failure:?}");
    }

    /// The roots of AWS's endpoints (Amazon Trust Services, "Certification authorities"). An update of the list
    /// could remove some.
    #[test]
    fn the_roots_of_amazon_are_trusted() {
        for name in ["Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4"] {
            let has_name = |subject: &[u8]| subject.windows(name.len()).any(|it| it == name.as_bytes());
            assert!(webpki_roots::TLS_SERVER_ROOTS.iter().any(|root| has_name(&root.subject)), "{name}");
        }
    }
}
