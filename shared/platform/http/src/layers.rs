//! Tower layers between the app and the handler.
//!
//! A layer is a [`tower::Layer`] over services of [`Request`]s with [`Problem`]s as errors. The innermost service
//! identifies the caller, since only the handler's type tells which kind of caller it serves.

use crate::rate_limit::is_read;
use crate::{Admission, Bucket, Handler, Problem, RateLimits, Request, RequestCaller as _, Response};
use futures::FutureExt as _;
use futures::future::{BoxFuture, join, ready};
use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout_at;
use tower::Service;

/// Time reserved for the response, in case the handler takes too long.
const RESPONSE_MARGIN: Duration = Duration::from_millis(300);

type ResponseFuture = BoxFuture<'static, Result<Response, Problem>>;

/// Innermost service: the handler, for the callers that it may serve.
pub struct HandlerService<H> {
    handler: Arc<H>,
    admission: Arc<Admission>,
}

impl<H> HandlerService<H> {
    pub(crate) fn new(handler: Arc<H>, admission: Admission) -> Self {
        Self { handler, admission: Arc::new(admission) }
    }
}

impl<H> Clone for HandlerService<H> {
    fn clone(&self) -> Self {
        Self { handler: Arc::clone(&self.handler), admission: Arc::clone(&self.admission) }
    }
}

impl<H: Handler> Service<Arc<Request>> for HandlerService<H> {
    type Response = Response;
    type Error = Problem;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        Poll::Ready(Ok(()))
    }

    /// Identifies the caller, counts the request, and handles it.
    fn call(&mut self, request: Arc<Request>) -> ResponseFuture {
        let (method, path) = (request.method().as_str(), request.path());
        let route = self.handler.routes().iter().find(|route| route.handles(method, path));
        let access = route.map(|route| route.access);
        let caller = match H::Caller::identify(&self.admission.authentication, &request, access) {
            Ok(caller) => caller,
            Err(problem) => return Box::pin(ready(Err(problem))),
        };
        let limits = self.admission.limits.as_ref().zip(caller.limited());
        let bucket =
            limits.and_then(|(limits, caller)| Some((limits.clone(), limits.bucket(caller, &request)?)));
        let is_read = is_read(&request);
        let response = Box::pin(Arc::clone(&self.handler).handle(request, caller));
        match bucket {
            Some((limits, bucket)) => Box::pin(limited(limits, bucket, is_read, response)),
            None => response,
        }
    }
}

/// Counts a request. A write waits for the count, so that a refused one has no effect. A read is counted while it is
/// handled.
async fn limited(
    limits: RateLimits,
    bucket: Bucket,
    is_read: bool,
    response: ResponseFuture,
) -> Result<Response, Problem> {
    if is_read {
        let (admitted, response) = join(limits.admit(&bucket), response).await;
        admitted.and(response)
    } else {
        limits.admit(&bucket).await?;
        response.await
    }
}

/// Converts panics and timeouts into problems.
#[derive(Clone, Debug)]
pub(crate) struct Guard<S>(pub(crate) S);

impl<S> Service<Arc<Request>> for Guard<S>
where
    S: Service<Arc<Request>, Response = Response, Error = Problem> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Problem;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Arc<Request>) -> ResponseFuture {
        let deadline = request.deadline().checked_sub(RESPONSE_MARGIN).unwrap_or(request.deadline());
        let mut inner = self.0.clone();
        // The call itself can panic, too, before it returns its future.
        let response = AssertUnwindSafe(async move { inner.call(request).await }).catch_unwind();
        Box::pin(async move {
            match timeout_at(deadline, response).await {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => Err(Problem::internal(panic_message(panic.as_ref()))),
                Err(_elapsed) => {
                    Err(Problem::unavailable("the invocation has reached its deadline".to_owned()))
                }
            }
        })
    }
}

/// Returns the message of a panic for the log.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("panicked: {message}")
}
