//! Processing of events: parse the HTTP request, handle it, log it, and build the response.

use crate::gateway_event::GatewayEvent;
use crate::header::X_REQUEST_ID;
use crate::layers::{Guard, HandlerService, panic_message};
use crate::{Admission, Cors, Handler, Problem, Request, Response, liveness, log};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{HeaderValue, Method, header};
use lambda_http::{Adapter, LambdaEvent};
use serde::Serialize;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tower::layer::util::Identity;
use tower::{Layer, Service, ServiceExt as _, service_fn};
use tracing::{Instrument as _, Span};

/// Time reserved to request the next event, in case the work after the response takes too long.
const RETURN_MARGIN: Duration = Duration::from_millis(100);

/// Work after the response, with the span of its request and its deadline.
struct Work {
    future: BoxFuture<'static, ()>,
    span: Span,
    deadline: Instant,
}

/// Handler behind API Gateway, without the Lambda runtime. Processes one event at a time: call
/// [`respond`](Self::respond), then [`finish`](Self::finish).
pub struct HttpApp<H, S = HandlerService<H>> {
    handler: Arc<H>,
    service: Guard<S>,
    cors: Cors,
    after_response: Mutex<Option<Work>>,
}

impl<H: Handler> HttpApp<H> {
    /// Creates an app for `handler`. Pages of the origins in `cors` may read the responses.
    #[must_use]
    pub fn new(handler: H, admission: Admission, cors: Cors) -> Self {
        Self::with_layer(handler, admission, cors, &Identity::new())
    }
}

impl<H, S> HttpApp<H, S>
where
    H: Handler,
    S: Service<Arc<Request>, Response = Response, Error = Problem> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    /// Creates an app with a layer before the handler, for example a check of the origin.
    #[must_use]
    pub fn with_layer<L>(handler: H, admission: Admission, cors: Cors, layer: &L) -> Self
    where
        L: Layer<HandlerService<H>, Service = S>,
    {
        let handler = Arc::new(handler);
        let service = Guard(layer.layer(HandlerService::new(Arc::clone(&handler), admission)));
        Self { handler, service, cors, after_response: Mutex::default() }
    }

    /// Returns the response to an event, in the payload format of the event.
    pub async fn respond(&self, event: LambdaEvent<GatewayEvent>) -> impl Serialize + use<H, S> {
        let LambdaEvent { payload: event, context } = event;
        let claims = &event.claims;
        let adapter = |defect: Option<fn() -> Problem>| {
            Adapter::from(service_fn(move |request: lambda_http::Request| async move {
                let request = Request::new(request).with_claims(claims.clone());
                Ok::<_, Infallible>(self.respond_to(request, defect).await)
            }))
        };
        let readable = LambdaEvent { payload: event.request, context: context.clone() };
        // The adapter turns the event into a request before it returns its future.
        let response = catch_unwind(AssertUnwindSafe(|| adapter(event.defect).call(readable)));
        let Ok(response) = match response {
            Ok(response) => response.await,
            Err(_panic) => {
                let outline = LambdaEvent { payload: GatewayEvent::outline(&event.text), context };
                adapter(Some(Problem::malformed_request)).call(outline).await
            }
        };
        response
    }

    /// Runs the work after the last response.
    pub async fn finish(&self) {
        let work = self.after_response.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Work { future, span, deadline }) = work {
            let deadline = deadline.checked_sub(RETURN_MARGIN).unwrap_or(deadline);
            async move {
                match timeout_at(deadline, AssertUnwindSafe(future).catch_unwind()).await {
                    Ok(Ok(())) => {}
                    Ok(Err(panic)) => log::unfinished(&panic_message(panic.as_ref())),
                    Err(_elapsed) => log::unfinished("the invocation has reached its deadline"),
                }
            }
            .instrument(span)
            .await;
        }
    }

    /// Handles one request in its span.
    async fn respond_to(
        &self,
        request: Request,
        defect: Option<fn() -> Problem>,
    ) -> http::Response<lambda_http::Body> {
        let request = Arc::new(request);
        let span = self.handler.span(&request);
        let work_span = span.clone();
        async move {
            let result = match (defect, liveness::response_to(&request)) {
                (Some(problem), _) => Err(problem()),
                (None, Some(response)) => Ok(response),
                (None, None) => self.service.clone().oneshot(Arc::clone(&request)).await,
            };
            let (mut response, problem) = match result {
                Ok(response) => (response, None),
                Err(problem) => {
                    let instance = request.reference_to(request.path());
                    (problem.response(&instance, &request.trace_id()), Some(problem))
                }
            };
            log::request::<H>(&request, self.handler.routes(), response.status(), problem.as_ref());
            if let Some(future) = response.take_after_response() {
                let work = Work { future, span: work_span, deadline: request.deadline() };
                *self.after_response.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
            }
            self.with_common_headers(&request, response)
        }
        .instrument(span)
        .await
    }

    /// Adds the headers that every response has.
    fn with_common_headers(
        &self,
        request: &Request,
        response: Response,
    ) -> http::Response<lambda_http::Body> {
        let mut response = response.into_http();
        if request.method() == Method::HEAD {
            *response.body_mut() = lambda_http::Body::Empty;
        }
        let headers = response.headers_mut();
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if let Ok(id) = HeaderValue::try_from(request.request_id()) {
            headers.insert(X_REQUEST_ID, id);
        }
        self.cors.add_to(request, headers);
        response
    }
}
