//! Answering an event: read as an HTTP request, handled, logged, and made a response.

use crate::gateway_event::{GatewayEvent, malformed};
use crate::header::X_REQUEST_ID;
use crate::{Answer, Call, Cors, Handler, Problem};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, header};
use lambda_http::{Adapter, LambdaEvent, Request, Response};
use platform_telemetry::RequestLine;
use serde::Serialize;
use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout_at;
use tower::{Service as _, service_fn};

/// What is left of the invocation's time for answering when the handler runs out of its own.
const TIME_TO_ANSWER: Duration = Duration::from_millis(300);
/// What is left of it for asking for the next event when the work after the answer does.
const TIME_TO_RETURN: Duration = Duration::from_millis(100);

/// Work for after the answer, and whose it is.
type Work = (BoxFuture<'static, ()>, Arc<Call>);

/// A handler that answers the events of API Gateway: what [`serve`](crate::serve) does with each,
/// without the Lambda runtime. One event at a time: answer it, then finish it.
pub struct Answering<H> {
    handler: Arc<H>,
    cors: Cors,
    afterwards: Mutex<Option<Work>>,
}

impl<H: Handler> Answering<H> {
    /// Answers with `handler`, the pages that `cors` lets in too.
    #[must_use]
    pub fn new(handler: H, cors: Cors) -> Self {
        Self { handler: Arc::new(handler), cors, afterwards: Mutex::default() }
    }

    /// The answer to one event, in the event's own payload format.
    pub async fn answer(&self, event: LambdaEvent<GatewayEvent>) -> impl Serialize + use<H> {
        let LambdaEvent { payload: event, context } = event;
        let answering = |unreadable: Option<fn() -> Problem>| {
            Adapter::from(service_fn(move |request: Request| async move {
                Ok::<_, Infallible>(self.respond(request, unreadable).await)
            }))
        };
        let read = LambdaEvent { payload: event.request, context: context.clone() };
        // The adapter turns the event into a request before it returns its future.
        let answer = catch_unwind(AssertUnwindSafe(|| answering(event.unreadable).call(read)));
        let Ok(response) = match answer {
            Ok(answer) => answer.await,
            Err(_panic) => {
                let bare = LambdaEvent { payload: GatewayEvent::bare(&event.text), context };
                answering(Some(malformed)).call(bare).await
            }
        };
        response
    }

    /// Does what the last answer left to be done.
    pub async fn finish(&self) {
        let work = self.afterwards.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((work, call)) = work {
            let deadline = call.deadline().checked_sub(TIME_TO_RETURN).unwrap_or(call.deadline());
            match timeout_at(deadline, AssertUnwindSafe(work).catch_unwind()).await {
                Ok(Ok(())) => {}
                Ok(Err(panic)) => unfinished(&call, &panic_message(panic.as_ref())),
                Err(_elapsed) => unfinished(&call, "it ran out of time"),
            }
        }
    }

    /// One request: handled, logged, counted, and made a response.
    async fn respond(
        &self,
        request: Request,
        unreadable: Option<fn() -> Problem>,
    ) -> Response<lambda_http::Body> {
        let call = Arc::new(Call::new(request));
        let result = match unreadable {
            Some(problem) => Err(problem()),
            None => handle(Arc::clone(&self.handler), Arc::clone(&call)).await,
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
            let mut afterwards = self.afterwards.lock().unwrap_or_else(PoisonError::into_inner);
            *afterwards = Some((work, Arc::clone(&call)));
        }
        self.response(&call, answer)
    }

    /// The answer with the headers that every answer has.
    fn response(&self, call: &Call, answer: Answer) -> Response<lambda_http::Body> {
        let mut response = answer.into_response();
        if call.method() == Method::HEAD {
            *response.body_mut() = lambda_http::Body::Empty;
        }
        let headers = response.headers_mut();
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if let Ok(id) = HeaderValue::try_from(call.request_id()) {
            headers.insert(X_REQUEST_ID, id);
        }
        self.cors.add_to(call, headers);
        response
    }
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
