//! A stand-in for Lambda: the runtime API, spoken to by the real binary of a function.

use crate::{listen, repository, runtime};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

/// A function and its running instances; they end with it.
pub struct Function {
    queue: UnboundedSender<Invocation>,
    board: Arc<Board>,
    instances: Mutex<Vec<Child>>,
    start: Box<dyn Fn() -> Child + Send + Sync>,
    server: JoinHandle<()>,
    timeout: Duration,
}

struct Invocation {
    event: Value,
    answer: oneshot::Sender<Outcome>,
    deadline: SystemTime,
}

/// What an invocation came to.
struct Outcome {
    result: Result<Value, Value>,
    at: Instant,
}

struct Board {
    waiting: AsyncMutex<UnboundedReceiver<Invocation>>,
    running: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
}

impl Function {
    /// Starts `instances` processes of a function, with `env` as all of its environment.
    ///
    /// # Panics
    ///
    /// When the binary can't be built or started.
    #[must_use]
    pub fn start(name: &str, env: &[(String, String)], instances: usize, timeout: Duration) -> Self {
        let (queue, waiting) = unbounded_channel();
        let board =
            Arc::new(Board { waiting: AsyncMutex::new(waiting), running: Mutex::new(HashMap::new()) });
        let (listener, address) = listen();
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .with_state(Arc::clone(&board));
        let server = runtime().spawn(async move {
            axum::serve(listener, router).await.expect("the runtime API");
        });
        let (name, env) = (name.to_owned(), env.to_vec());
        let start = move || {
            Command::new(binary(&name))
                .env_clear()
                .envs(env.iter().cloned())
                .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
                .env("AWS_LAMBDA_FUNCTION_NAME", &name)
                .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
                .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
                .stdout(log_of(&name))
                .stderr(log_of(&name))
                .spawn()
                .expect("the function starts")
        };
        let instances = Mutex::new((0..instances.max(1)).map(|_| start()).collect());
        Self { queue, board, instances, start: Box::new(start), server, timeout }
    }

    /// Kills every instance with SIGKILL, whatever it is doing, and starts new ones. What was
    /// being answered is not answered any more.
    ///
    /// # Panics
    ///
    /// When an instance can't be started.
    pub fn kill_and_restart(&self) {
        let mut instances = self.instances.lock().expect("no panic");
        for instance in instances.iter_mut() {
            kill(instance);
        }
        // Their callers get an end, not a timeout.
        self.board.running.lock().expect("no panic").clear();
        for instance in instances.iter_mut() {
            *instance = (self.start)();
        }
    }

    /// Invokes the function and waits for its answer, or for its timeout.
    ///
    /// # Errors
    ///
    /// What the function reported as its error, or a sentence about the timeout.
    pub async fn invoke(&self, event: Value) -> Result<Value, Value> {
        self.invoke_timed(event).await.0
    }

    /// Invokes the function, and tells when its answer was there.
    pub(crate) async fn invoke_timed(&self, event: Value) -> (Result<Value, Value>, Instant) {
        let (answer, answered) = oneshot::channel();
        let invocation = Invocation { event, answer, deadline: SystemTime::now() + self.timeout };
        self.queue.send(invocation).unwrap_or_else(|_| unreachable!("the board lives as long as we"));
        match tokio::time::timeout(self.timeout, answered).await {
            Ok(Ok(outcome)) => (outcome.result, outcome.at),
            _ => (Err(Value::from("the function did not answer in time")), Instant::now()),
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.server.abort();
        self.board.running.lock().expect("no panic").clear();
        for instance in self.instances.lock().expect("no panic").iter_mut() {
            kill(instance);
        }
    }
}

fn kill(instance: &mut Child) {
    // It may have ended by itself; either way it is gone after this.
    let _ = instance.kill();
    let _ = instance.wait();
}

async fn next(State(board): State<Arc<Board>>) -> Response {
    let Some(Invocation { event, answer, deadline }) = board.waiting.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
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

async fn response(state: State<Arc<Board>>, id: Path<String>, _: HeaderMap, body: String) -> StatusCode {
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

/// The binary of a function, built once per test process; or, with the variable `ARTIFACTS`, what
/// `sam build` has put into that folder. A nested stack has the name of its function.
///
/// # Panics
///
/// When the workspace doesn't build.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    if let Some(artifacts) = std::env::var_os("ARTIFACTS") {
        let (artifacts, function) = (repository().join(artifacts), logical_id(name));
        let nested_too = [artifacts.join(&function), artifacts.join(&function).join(&function)];
        let found = nested_too.map(|folder| folder.join("bootstrap")).into_iter().find(|it| it.exists());
        return found.unwrap_or_else(|| panic!("{} has no {function}", artifacts.display()));
    }
    let folder = BUILT.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "--workspace", "--bins"]).current_dir(repository());
        without_package_variables(&mut build);
        let status = build.status().expect("cargo runs");
        assert!(status.success(), "the functions build");
        // target/debug/deps/api-0123 → target/debug
        let test = std::env::current_exe().expect("this test's path");
        test.ancestors().nth(2).expect("a target folder").to_owned()
    });
    folder.join(name)
}

/// What template.yaml calls a function: `create-order` is `CreateOrder`.
fn logical_id(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// Takes from a command what cargo tells this test of its own package: in a cargo of its own it
/// would make build scripts run again, and their crates and all that need them compile again.
pub fn without_package_variables(command: &mut Command) {
    let of_this_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| of_this_package(name)) {
        command.env_remove(name);
    }
}

/// What a function wrote in this test process: target/test-logs/{test}/{function}.log.
///
/// # Panics
///
/// When the folder can't be made.
#[must_use]
pub fn log_file(function: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this test's path");
        let folder = repository().join("target/test-logs").join(test.file_name().expect("a name"));
        // What an earlier run wrote is no evidence.
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("the old logs go");
        }
        std::fs::create_dir_all(&folder).expect("a folder for logs");
        folder
    });
    folder.join(format!("{function}.log"))
}

fn log_of(function: &str) -> Stdio {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(log_file(function));
    file.expect("a log file").into()
}

/// An event of `events/`, as JSON.
///
/// # Panics
///
/// When there is no such file, or it is not JSON.
#[must_use]
pub fn event(name: &str) -> Value {
    let path = repository().join("events").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
