//! Running a handler under the Lambda runtime.
//!
//! The answer leaves before what is to be done afterwards: the runtime posts the response,
//! then this layer works on within the same invocation, and only then asks for the next event,
//! which is when Lambda may freeze the process.

use crate::gateway_event::GatewayEvent;
use crate::header::X_REQUEST_ID;
use crate::{Answer, Call, Cors, Problem};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, header};
use lambda_http::{Adapter, Error, LambdaEvent, Request, Response};
use lambda_runtime::Runtime;
use orders_telemetry::{RequestLine, metrics};
use serde::Serialize;
use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout_at;
use tower::util::ThenLayer;
use tower::{Service as _, service_fn};

/// Answers the requests of one function.
pub trait Handler: Send + Sync + 'static {
    /// The function's name in the log.
    const ACTION: &'static str;

    /// Answers a request. [`serve`] ends it when the invocation's time runs out.
    fn handle(self: Arc<Self>, call: Arc<Call>) -> impl Future<Output = Result<Answer, Problem>> + Send;
}

/// What is left of the invocation's time for answering when the handler runs out of its own.
const TIME_TO_ANSWER: Duration = Duration::from_millis(300);
/// What is left of it for asking for the next event when the work after the answer does.
const TIME_TO_RETURN: Duration = Duration::from_millis(100);

/// Work for after the answer, and whose it is. One invocation runs at a time.
type Afterwards = Arc<Mutex<Option<(BoxFuture<'static, ()>, Arc<Call>)>>>;

/// Serves requests until the runtime ends the process, those of the pages that `cors` lets in too.
///
/// # Errors
///
/// When the Lambda runtime API is not there or breaks its protocol.
pub async fn serve<H: Handler>(handler: H, cors: Cors) -> Result<(), Error> {
    let (handler, cors) = (Arc::new(handler), Arc::new(cors));
    let afterwards = Afterwards::default();
    let left_over = Arc::clone(&afterwards);
    let service = service_fn(move |event: LambdaEvent<GatewayEvent>| {
        answer_event(Arc::clone(&handler), Arc::clone(&cors), event, Arc::clone(&afterwards))
    });
    Runtime::new(service)
        .layer(ThenLayer::new(move |sent: Result<(), Error>| {
            let left_over = Arc::clone(&left_over);
            async move {
                sent?;
                let work = left_over.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some((work, call)) = work {
                    let deadline = call.deadline().checked_sub(TIME_TO_RETURN).unwrap_or(call.deadline());
                    match timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
                        Ok(Ok(())) => {}
                        Ok(Err(panic)) => unfinished(&call, &panic_message(panic.as_ref())),
                        Err(_elapsed) => unfinished(&call, "it ran out of time"),
                    }
                }
                metrics::flush();
                Ok(())
            }
        }))
        .run()
        .await
}

/// One event: read as an HTTP request, and answered in its own payload format.
async fn answer_event<H: Handler>(
    handler: Arc<H>,
    cors: Arc<Cors>,
    event: LambdaEvent<GatewayEvent>,
    afterwards: Afterwards,
) -> Result<impl Serialize, Infallible> {
    let LambdaEvent { payload: event, context } = event;
    let unreadable = event.body_unreadable.then_some(not_base64 as fn() -> Problem);
    let bare = LambdaEvent { payload: event.bare(), context: context.clone() };
    let event = LambdaEvent { payload: event.request, context };
    let answering = |unreadable: Option<fn() -> Problem>| {
        let (handler, cors, afterwards) = (Arc::clone(&handler), Arc::clone(&cors), Arc::clone(&afterwards));
        Adapter::from(service_fn(move |request: Request| {
            let (handler, cors, afterwards) =
                (Arc::clone(&handler), Arc::clone(&cors), Arc::clone(&afterwards));
            async move { Ok(respond(handler, &cors, request, unreadable, &afterwards).await) }
        }))
    };
    // The adapter turns the event into a request before it returns its future.
    let answer = catch_unwind(AssertUnwindSafe(|| answering(unreadable).call(event)));
    match answer {
        Ok(answer) => answer.await,
        Err(_panic) => answering(Some(|| Problem::MalformedRequest)).call(bare).await,
    }
}

fn not_base64() -> Problem {
    Problem::MalformedBody("the body is not base64, as the event says it is".to_owned())
}

/// One request: handled, logged, counted, and made a response.
async fn respond<H: Handler>(
    handler: Arc<H>,
    cors: &Cors,
    request: Request,
    unreadable: Option<fn() -> Problem>,
    afterwards: &Afterwards,
) -> Response<lambda_http::Body> {
    let call = Arc::new(Call::new(request));
    let result = match unreadable {
        Some(problem) => Err(problem()),
        None => handle(handler, Arc::clone(&call)).await,
    };
    let trace_id = call.trace_id();
    let (mut answer, problem) = match result {
        Ok(answer) => (answer, None),
        Err(problem) => (problem.answer(call.path(), &trace_id), Some(problem)),
    };
    let order_id = answer.order_id().or_else(|| call.order_id().ok()).map(|id| id.to_string());
    RequestLine {
        request_id: call.request_id(),
        trace_id: &trace_id,
        action: H::ACTION,
        method: call.method().as_str(),
        path: call.route(),
        order_id: order_id.as_deref(),
        status: answer.status().as_u16(),
        latency: call.elapsed(),
        error_code: problem.as_ref().map(Problem::code),
        error: problem.as_ref().and_then(Problem::cause),
    }
    .write();
    if let Some(work) = answer.take_afterwards() {
        *afterwards.lock().unwrap_or_else(PoisonError::into_inner) = Some((work, Arc::clone(&call)));
    }
    let mut response = answer.into_response();
    if call.method() == Method::HEAD {
        *response.body_mut() = lambda_http::Body::Empty;
    }
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::try_from(call.request_id()) {
        headers.insert(X_REQUEST_ID, id);
    }
    cors.add_to(&call, headers);
    response
}

/// Runs the handler within the invocation's time; a panic of it is a failure like any other.
async fn handle<H: Handler>(handler: Arc<H>, call: Arc<Call>) -> Result<Answer, Problem> {
    let deadline = call.deadline().checked_sub(TIME_TO_ANSWER).unwrap_or(call.deadline());
    let outcome = AssertUnwindSafe(handler.handle(call)).catch_unwind();
    match timeout_at(deadline, outcome).await {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => Err(Problem::Internal { cause: panic_message(panic.as_ref()) }),
        Err(_elapsed) => Err(Problem::Unavailable { cause: "the invocation ran out of time".to_owned() }),
    }
}

/// Logs that the work after the answer was not done to its end.
fn unfinished(call: &Call, error: &str) {
    tracing::warn!(target: "orders", request_id = call.request_id(), error, "the work after the answer was not finished");
}

/// What a panic said, for the log.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("panicked: {message}")
}
