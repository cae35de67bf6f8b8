//! Handlers.

use crate::{Problem, Request, RequestCaller, Response, Route, request_span};
use std::sync::Arc;
use tracing::Span;

/// Handler of one or more routes.
pub trait Handler: Send + Sync + 'static {
    /// Value of `action` in log lines and metrics: the name of the function.
    const ACTION: &'static str;

    /// Caller that the handler serves: [`Caller`](crate::Caller) of protected routes, [`Anyone`](crate::Anyone) of
    /// public ones.
    type Caller: RequestCaller;

    /// Returns the routes of the handler. A request to any other path has the path `unknown` in logs and
    /// metrics.
    fn routes(&self) -> &'static [Route];

    /// Creates the span of a request. A handler with fields of its own declares them here, by
    /// [`request_span!`](crate::request_span).
    fn span(&self, request: &Request) -> Span {
        request_span!(self, request)
    }

    /// Handles a request within the time of the invocation. The caller has one of the scopes of the route.
    fn handle(
        self: Arc<Self>,
        request: Arc<Request>,
        caller: Self::Caller,
    ) -> impl Future<Output = Result<Response, Problem>> + Send;
}

/// Creates the span of a request with its ids, which every line contains, and with optional fields:
/// `request_span!(self, request, order_id = id)`.
#[macro_export]
macro_rules! request_span {
    ($handler:expr, $request:expr $(, $field:ident = $value:expr)*) => {{
        let caller = $request.logged_caller();
        // At level error, so that no `LOG_LEVEL` removes the ids from a line.
        $crate::tracing::error_span!(
            target: $crate::SERVICE_NAME,
            "request",
            request_id = $request.request_id(),
            trace_id = $request.trace_id(),
            action = Self::ACTION,
            method = $request.method().as_str(),
            path = $crate::path_template($handler.routes(), $request.path()),
            viewer_address = $crate::tracing::field::Empty,
            tenant = caller.tenant,
            subject_hash = caller.subject_hash,
            client_id = caller.client_id,
            $($field = $value,)*
        )
    }};
}
