//! Tower layers between the app and the handler.
//!
//! A layer is a [`tower::Layer`] over services of [`Request`]s with [`Problem`]s as errors. Identity and rate
//! limits are layers of the same kind.

use crate::{Handler, Problem, Request, Response};
use futures::FutureExt as _;
use futures::future::BoxFuture;
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

/// Innermost service: the handler itself.
#[derive(Debug)]
pub struct HandlerService<H>(pub(crate) Arc<H>);

impl<H> Clone for HandlerService<H> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<H: Handler> Service<Arc<Request>> for HandlerService<H> {
    type Response = Response;
    type Error = Problem;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Problem>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Arc<Request>) -> ResponseFuture {
        Box::pin(Arc::clone(&self.0).handle(request))
    }
}

/// Converts panics and timeouts into problems.
#[derive(Clone, Debug)]
pub(crate) struct Guard<S>(pub(crate) S);

impl<S> Service<Arc<Request>> for Guard<S>
where
    S: Service<Arc<Request>, Response = Response, Error = Problem>,
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
        let response = AssertUnwindSafe(self.0.call(request)).catch_unwind();
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
