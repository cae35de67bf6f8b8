//! The Lambda runtime API and the extensions API, as far as functions and internal extensions
//! use them: one invocation at a time, and an instant for each step.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, broadcast};
use tokio::task::JoinHandle;

/// How long an invocation may take; the functions are told.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// What a function or one of its extensions did.
pub(crate) enum Step {
    /// It asked for what comes next: it is ready.
    Polled(Instant),
    /// It was given the event.
    HandedOver(Instant),
    /// It posted its answer, `Err` for an error.
    Answered(Instant, Result<Bytes, Bytes>),
}

/// The API, on a port of its own; it ends with this.
pub(crate) struct RuntimeApi {
    /// Where it is.
    pub(crate) address: SocketAddr,
    events: UnboundedSender<String>,
    steps: UnboundedReceiver<Step>,
    board: Arc<Board>,
    server: JoinHandle<()>,
}

struct Board {
    waiting: Mutex<UnboundedReceiver<String>>,
    steps: UnboundedSender<Step>,
    invocations: AtomicU64,
    /// The extensions that take `INVOKE` events, which an invocation waits for too.
    extensions: AtomicUsize,
    invoked: broadcast::Sender<()>,
}

impl RuntimeApi {
    /// Starts it.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (events, waiting) = unbounded_channel();
        let (sender, steps) = unbounded_channel();
        let board = Arc::new(Board {
            waiting: Mutex::new(waiting),
            steps: sender,
            invocations: AtomicU64::default(),
            extensions: AtomicUsize::default(),
            invoked: broadcast::channel(1).0,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(error))
            .route("/2020-01-01/extension/register", post(register))
            .route("/2020-01-01/extension/event/next", get(extension_next))
            .with_state(Arc::clone(&board));
        let listener = listener.tap_io(|stream| {
            // Without it an answer may wait for an acknowledgement; it costs nothing else.
            let _ = stream.set_nodelay(true);
        });
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, events, steps, board, server })
    }

    /// Hands an event to the function as soon as it asks.
    pub(crate) fn send(&self, event: String) {
        // The board, which receives it, lives as long as this.
        let _ = self.events.send(event);
    }

    /// What happens next.
    pub(crate) async fn step(&mut self) -> Option<Step> {
        self.steps.recv().await
    }

    /// How many poll before the function counts as ready: itself, and its extensions.
    pub(crate) fn pollers(&self) -> usize {
        1 + self.board.extensions.load(Ordering::SeqCst)
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Board {
    fn note(&self, step: Step) {
        // At the end of a run nobody listens any more.
        let _ = self.steps.send(step);
    }
}

async fn next(State(board): State<Arc<Board>>) -> Response {
    board.note(Step::Polled(Instant::now()));
    let Some(event) = board.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let n = board.invocations.fetch_add(1, Ordering::Relaxed);
    let deadline = SystemTime::now() + TIMEOUT;
    let deadline_ms = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let header = |name| HeaderName::from_static(name);
    let headers = [
        (header("lambda-runtime-aws-request-id"), format!("8476a536-e9f4-11e8-9739-{n:012x}")),
        (header("lambda-runtime-deadline-ms"), deadline_ms.to_string()),
        (header("lambda-runtime-invoked-function-arn"), "arn:aws:lambda:us-east-1:1:function:f".into()),
        (header("lambda-runtime-trace-id"), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".into()),
        (header("content-type"), "application/json".into()),
    ];
    // Nobody has registered, usually.
    let _ = board.invoked.send(());
    board.note(Step::HandedOver(Instant::now()));
    (headers, event).into_response()
}

async fn response(State(board): State<Arc<Board>>, body: Bytes) -> StatusCode {
    board.note(Step::Answered(Instant::now(), Ok(body)));
    StatusCode::ACCEPTED
}

async fn error(State(board): State<Arc<Board>>, body: Bytes) -> StatusCode {
    board.note(Step::Answered(Instant::now(), Err(body)));
    StatusCode::ACCEPTED
}

/// Both kinds of extensions are told apart by what they registered for, which is their identifier.
async fn register(State(board): State<Arc<Board>>, body: Bytes) -> Response {
    let wishes: Value = serde_json::from_slice(&body).unwrap_or_default();
    let takes_invoke = wishes["events"].as_array().is_some_and(|it| it.iter().any(|it| it == "INVOKE"));
    board.extensions.fetch_add(usize::from(takes_invoke), Ordering::SeqCst);
    let identifier = if takes_invoke { INVOKE } else { QUIET };
    let function = json!({ "functionName": "f", "functionVersion": "$LATEST", "handler": "f" });
    ([(IDENTIFIER, identifier)], function.to_string()).into_response()
}

const IDENTIFIER: &str = "lambda-extension-identifier";
const INVOKE: &str = "00000000-0000-4000-8000-000000000001";
const QUIET: &str = "00000000-0000-4000-8000-000000000002";

async fn extension_next(State(board): State<Arc<Board>>, headers: axum::http::HeaderMap) -> Response {
    if headers.get(IDENTIFIER).is_none_or(|identifier| identifier != INVOKE) {
        // No event of these ever comes: processes end by SIGKILL here.
        return std::future::pending().await;
    }
    let mut invoked = board.invoked.subscribe();
    board.note(Step::Polled(Instant::now()));
    // It fails only when the board is gone, and the extension with it.
    let _ = invoked.recv().await;
    ([(IDENTIFIER, INVOKE)], json!({ "eventType": "INVOKE" }).to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(url: String, identifier: Option<&str>) -> String {
        let mut request = reqwest::Client::new().get(url);
        if let Some(identifier) = identifier {
            request = request.header(IDENTIFIER, identifier);
        }
        request.send().await.expect("an answer").text().await.expect("a body")
    }

    #[tokio::test]
    async fn an_invocation_waits_for_an_extension_that_is_invoked_too() {
        let mut api = RuntimeApi::start().await.expect("a port");
        let (runtime, extension) = (
            format!("http://{}/2018-06-01/runtime/invocation/next", api.address),
            format!("http://{}/2020-01-01/extension", api.address),
        );
        assert_eq!(api.pollers(), 1);
        let wishes = json!({ "events": ["INVOKE"] }).to_string();
        let registration = reqwest::Client::new().post(format!("{extension}/register")).body(wishes);
        let registered = registration.send().await.expect("an answer");
        let identifier = registered.headers()[IDENTIFIER].to_str().expect("text").to_owned();
        assert_eq!(api.pollers(), 2);

        let asking = format!("{extension}/event/next");
        let invoked = tokio::spawn(async move { get(asking, Some(&identifier)).await });
        assert!(matches!(api.step().await, Some(Step::Polled(_))), "the extension is ready");
        let event = tokio::spawn(get(runtime, None));
        assert!(matches!(api.step().await, Some(Step::Polled(_))), "the function is ready");
        api.send("{}".into());
        assert_eq!(event.await.expect("an event"), "{}");
        let invoked: Value = serde_json::from_str(&invoked.await.expect("an event")).expect("JSON");
        assert_eq!(invoked["eventType"], "INVOKE");
    }
}
