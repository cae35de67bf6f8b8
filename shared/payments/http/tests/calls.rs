//! Calls of a provider that is slow, broken, or somewhere else.

use kernel::{Money, PortError, Tenant, Timestamp};
use payments_domain::ports::{Accounts, CallError, ProviderApi as _};
use payments_domain::{Account, Answer, ApiKey, Operation, Provider, ProviderRequest, Statement};
use payments_http::{HttpProviders, Limits, MAX_RESPONSE_BYTES};
use std::error::Error as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const REFUNDED: &str =
    r#"{"id":"re_1","payment_id":"pay_1","amount":"9.98","currency":"USD","status":"succeeded"}"#;

/// Behaviour for one request.
enum Reply {
    /// Sends a response.
    Status(&'static str, String),
    /// Closes the connection without a response.
    Close,
    /// Never responds.
    Silence,
}

fn ok() -> Reply {
    Reply::Status("201 Created", REFUNDED.to_owned())
}

fn status(line: &'static str) -> Reply {
    Reply::Status(line, "{}".to_owned())
}

/// Server that answers its requests with replies, in sequence, and keeps what it was sent.
struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let received = Arc::clone(&requests);
        tokio::spawn(async move {
            for reply in replies {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let request = read(&mut stream).await;
                received.lock().expect("an unpoisoned mutex").push(request);
                match reply {
                    Reply::Close => {}
                    // Keeps the connection, as long as the runtime lives.
                    Reply::Silence => std::mem::forget(stream),
                    Reply::Status(line, body) => {
                        let head = format!(
                            "HTTP/1.1 {line}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                            body.len()
                        );
                        // The client hangs up during a response that is too long.
                        drop(stream.write_all((head + &body).as_bytes()).await);
                    }
                }
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("an unpoisoned mutex").clone()
    }

    fn keys(&self) -> Vec<String> {
        let line = |request: &String, name: &str| {
            request.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap_or_default()
        };
        self.requests().iter().map(|request| line(request, "idempotency-key: ")).collect()
    }
}

async fn read(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().expect("a length")) {
                return text;
            }
        }
        let read = stream.read(&mut buffer).await.expect("a request");
        request.extend(&buffer[..read]);
    }
}

/// Account of the test, and the one that a renewed read returns.
#[derive(Clone)]
struct TwoAccounts {
    first: Option<Account>,
    renewed: Option<Account>,
}

impl Accounts for TwoAccounts {
    async fn find(&self, _: &Tenant, _: Provider) -> Result<Option<Account>, PortError> {
        Ok(self.first.clone())
    }

    async fn renewed(&self, _: &Tenant, _: Provider) -> Result<Option<Account>, PortError> {
        Ok(self.renewed.clone())
    }

    fn name(&self, tenant: &Tenant, provider: Provider) -> String {
        format!("orders/payment-accounts/{tenant}/{}", provider.as_str())
    }
}

fn account(url: &str, key: &str) -> Account {
    let key: ApiKey = key.parse().expect("a key");
    Account { key, url: url.parse().expect("a URL") }
}

/// Limits that keep the tests short.
fn limits() -> Limits {
    Limits {
        attempt: Duration::from_millis(300),
        attempts: 3,
        backoff: Duration::from_millis(10),
        retry_after: Duration::from_secs(5),
        total: Duration::from_secs(5),
    }
}

fn refund() -> ProviderRequest {
    ProviderRequest {
        tenant: Tenant::default(),
        order: "o-1".parse().expect("an order"),
        id: "rf_1".parse().expect("an id"),
        provider: Provider::Standard,
        operation: Operation::Refund {
            payment: "pay_1".parse().expect("a payment"),
            money: Money::of_minor_units(998, "USD".parse().expect("a currency")),
        },
        requested_at: at(),
        sent_at: None,
    }
}

fn at() -> Timestamp {
    "2026-01-31T09:30:00Z".parse().expect("a time")
}

async fn call(server: &Server, limits: Limits) -> Result<Answer, CallError> {
    let accounts = TwoAccounts { first: Some(account(&server.url, "sk_1")), renewed: None };
    HttpProviders::new(accounts, limits).carry_out(&refund(), at()).await
}

fn is_refunded(answer: &Answer) -> bool {
    matches!(answer, Answer::Told(it) if matches!(it.fact.statement, Statement::Refunded { .. }))
}

#[tokio::test]
async fn a_call_is_repeated_with_the_same_key_until_the_provider_responds() {
    let failures = || {
        vec![
            Reply::Close,
            Reply::Silence,
            status("500 Internal Server Error"),
            status("503 Service Unavailable"),
            status("408 Request Timeout"),
            status("425 Too Early"),
            status("429 Too Many Requests"),
        ]
    };
    for failure in failures() {
        let server = Server::start(vec![failure, ok()]).await;
        let answer = call(&server, limits()).await.expect("an answer");
        assert!(is_refunded(&answer), "{answer:?}");
        assert_eq!(server.keys(), ["rf_1", "rf_1"]);
        let requests = server.requests();
        assert_eq!(requests[0], requests[1]);
        assert!(requests[0].starts_with("POST /v1/refunds HTTP/1.1\r\n"), "{}", requests[0]);
        assert!(requests[0].contains("authorization: Bearer sk_1\r\n"), "{}", requests[0]);
    }
}

#[tokio::test]
async fn after_three_attempts_the_queue_has_to_repeat_the_request() {
    let replies = (0..4).map(|_| status("502 Bad Gateway")).collect();
    let server = Server::start(replies).await;
    let error = call(&server, limits()).await.expect_err("no answer");
    let CallError::Port(PortError::Unavailable { source, .. }) = &error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "status 502 Bad Gateway");
    assert_eq!(server.keys().len(), 3);
}

#[tokio::test]
async fn a_provider_that_is_silent_costs_no_more_than_the_total() {
    let server = Server::start((0..3).map(|_| Reply::Silence).collect()).await;
    let started = Instant::now();
    let total = Duration::from_millis(450);
    let error = call(&server, Limits { total, ..limits() }).await.expect_err("no answer");
    assert!(matches!(error, CallError::Port(PortError::Unavailable { .. })), "{error:?}");
    assert!(started.elapsed() < Duration::from_millis(800), "{:?}", started.elapsed());
    assert_eq!(server.keys().len(), 2);
}

#[tokio::test]
async fn a_short_wait_is_kept_and_a_long_one_left_to_the_queue() {
    let wait = |line: &'static str| Reply::Status(line, "{}".to_owned());
    let server = Server::start(vec![wait("429 Slow down\r\nretry-after: 1"), ok()]).await;
    let started = Instant::now();
    assert!(is_refunded(&call(&server, limits()).await.expect("an answer")));
    assert!(started.elapsed() >= Duration::from_secs(1));
    let server = Server::start(vec![wait("503 Maintenance\r\nretry-after: 6"), ok()]).await;
    let error = call(&server, limits()).await.expect_err("no answer");
    assert!(matches!(error, CallError::Port(PortError::Unavailable { .. })), "{error:?}");
    assert_eq!(server.keys().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(vec![ok()]).await;
    for code in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let line: &'static str = format!("{code}\r\nlocation: {}/v1/refunds", elsewhere.url).leak();
        let server = Server::start(vec![status(line)]).await;
        let error = call(&server, limits()).await.expect_err("no answer");
        assert!(matches!(error, CallError::Port(PortError::Unreadable { .. })), "{error:?}");
    }
    assert_eq!(elsewhere.requests(), [""; 0]);
}

#[tokio::test]
async fn a_huge_response_is_not_read_to_its_end() {
    let huge = format!("{{\"text\":\"{}\"}}", "x".repeat(MAX_RESPONSE_BYTES));
    let server = Server::start(vec![Reply::Status("200 OK", huge), ok()]).await;
    let error = call(&server, limits()).await.expect_err("no answer");
    let CallError::Port(error @ PortError::Unreadable { .. }) = &error else { panic!("{error:?}") };
    let source = error.source().expect("a source").to_string();
    assert_eq!(source, "the response has more than 262144 bytes");
    assert_eq!(server.keys().len(), 1, "a repetition has the same response");
}

#[tokio::test]
async fn a_rejected_key_is_read_again_and_named_if_that_is_in_vain() {
    for line in ["401 Unauthorized", "403 Forbidden"] {
        let server = Server::start(vec![status(line), ok()]).await;
        let (old, new) = (account(&server.url, "sk_old"), account(&server.url, "sk_new"));
        let rotated = TwoAccounts { first: Some(old.clone()), renewed: Some(new) };
        let answer = HttpProviders::new(rotated, limits()).carry_out(&refund(), at()).await;
        assert!(is_refunded(&answer.expect("an answer")));
        assert!(server.requests()[1].contains("Bearer sk_new\r\n"));

        let server = Server::start(vec![status(line), ok()]).await;
        let same = Some(account(&server.url, "sk_old"));
        let wrong = TwoAccounts { first: same.clone(), renewed: same };
        let error = HttpProviders::new(wrong, limits()).carry_out(&refund(), at()).await.expect_err("a key");
        let text = format!(
            "the provider rejects the key with status {}: correct the account orders/payment-accounts/default/standard",
            &line[..3]
        );
        assert_eq!(error.to_string(), text);
        assert!(!format!("{error:?}").contains("sk_"), "{error:?}");
        assert_eq!(server.keys().len(), 1);
    }
}

#[tokio::test]
async fn an_account_that_was_created_a_moment_ago_is_found_and_a_missing_one_named() {
    let server = Server::start(vec![ok()]).await;
    let created = TwoAccounts { first: None, renewed: Some(account(&server.url, "sk_1")) };
    let answer = HttpProviders::new(created, limits()).carry_out(&refund(), at()).await;
    assert!(is_refunded(&answer.expect("an answer")));
    let missing = TwoAccounts { first: None, renewed: None };
    let error = HttpProviders::new(missing, limits()).carry_out(&refund(), at()).await.expect_err("none");
    assert_eq!(
        error.to_string(),
        "no account: create it with make payment-account, as orders/payment-accounts/default/standard"
    );
}

#[tokio::test]
async fn a_provider_without_a_server_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let nobody = Server { url, requests: Arc::default() };
    let error = call(&nobody, limits()).await.expect_err("no server");
    assert!(matches!(error, CallError::Port(PortError::Unavailable { .. })), "{error:?}");
}
