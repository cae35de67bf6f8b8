//! One process of a function, and the runtime API that it alone speaks to.

use crate::binary::{binary, log_of};
use crate::function::{Invocation, Outcome};
use crate::{listen, runtime};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::HashMap;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Instant, UNIX_EPOCH};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// What waits for an instance that has nothing to do.
pub(crate) type Waiting = Arc<AsyncMutex<UnboundedReceiver<Invocation>>>;

/// A running instance; it ends with this.
pub(crate) struct Instance {
    process: Child,
    command: Command,
    board: Arc<Board>,
    server: JoinHandle<()>,
}

struct Board {
    waiting: Waiting,
    running: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    /// From the handing over of an event until the next one is asked for.
    is_working: AtomicBool,
}

impl Instance {
    pub(crate) fn start(name: &str, env: &[(String, String)], waiting: Waiting) -> Self {
        let board = Arc::new(Board { waiting, running: Mutex::default(), is_working: AtomicBool::default() });
        let (listener, address) = listen();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(Arc::clone(&board));
        let server = runtime().spawn(async move {
            axum::serve(listener, router).await.expect("the runtime API");
        });
        let mut command = Command::new(binary(name));
        command
            .env_clear()
            .envs(env.iter().cloned())
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .stdout(log_of(name))
            .stderr(log_of(name));
        let process = command.spawn().expect("the function starts");
        Self { process, command, board, server }
    }

    /// Kills the process with SIGKILL, whatever it is doing, and starts another one.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        self.board.is_working.store(false, Ordering::SeqCst);
        self.process = self.command.spawn().expect("the function starts");
    }

    /// Whether it is at an invocation, its work after the answer included.
    pub(crate) fn is_working(&self) -> bool {
        self.board.is_working.load(Ordering::SeqCst)
    }

    /// The process, for signals.
    pub(crate) fn process_id(&self) -> u32 {
        self.process.id()
    }

    fn kill(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Its callers get an end, not a timeout.
        self.board.running.lock().expect("no panic").clear();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.server.abort();
        self.kill();
    }
}

async fn next(State(board): State<Arc<Board>>) -> Response {
    board.is_working.store(false, Ordering::SeqCst);
    let Some(Invocation { event, answer, deadline }) = board.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    board.is_working.store(true, Ordering::SeqCst);
    let id = Uuid::new_v4().to_string();
    board.running.lock().expect("no panic").insert(id.clone(), answer);
    let deadline_ms = deadline.duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let header = |name| HeaderName::from_static(name);
    let headers = [
        (header("lambda-runtime-aws-request-id"), id),
        (header("lambda-runtime-deadline-ms"), deadline_ms.to_string()),
        (header("lambda-runtime-invoked-function-arn"), "arn:aws:lambda:us-east-1:1:function:f".into()),
        (header("lambda-runtime-trace-id"), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".into()),
    ];
    (headers, event.to_string()).into_response()
}

async fn response(state: State<Arc<Board>>, id: Path<String>, body: String) -> StatusCode {
    finish(&state, &id, serde_json::from_str(&body).map_err(|_| Value::from("the answer is not JSON")))
}

async fn error(state: State<Arc<Board>>, id: Path<String>, body: String) -> StatusCode {
    finish(&state, &id, Err(serde_json::from_str(&body).unwrap_or(Value::from(body))))
}

fn finish(board: &Board, id: &str, result: Result<Value, Value>) -> StatusCode {
    if let Some(answer) = board.running.lock().expect("no panic").remove(id) {
        // Nobody waits any more after a timeout.
        let _ = answer.send(Outcome { result, at: Instant::now() });
    }
    StatusCode::ACCEPTED
}
