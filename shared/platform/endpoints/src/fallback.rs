//! Requests that match no route: status 404, or 405 with the allowed methods; and `OPTIONS` of every path.

use http::Method;
use platform_http::{Anyone, Handler, Problem, Request, Response, Route, allowed_methods};
use std::sync::Arc;

/// Handler for requests that match no route.
#[derive(Debug)]
pub struct Fallback {
    /// All routes of the API.
    pub routes: &'static [Route],
}

impl Handler for Fallback {
    const ACTION: &'static str = "fallback";

    type Caller = Anyone;

    fn routes(&self) -> &'static [Route] {
        self.routes
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, _: Anyone) -> Result<Response, Problem> {
        let allowed = allowed_methods(self.routes, request.path());
        match (allowed.is_empty(), request.method()) {
            (true, _) => Err(Problem::route_not_found()),
            (false, &Method::OPTIONS) => Ok(Response::options(&allowed)),
            (false, _) => Err(Problem::method_not_allowed(&allowed)),
        }
    }
}
