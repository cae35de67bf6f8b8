//! Liveness: every function behind the API responds to `GET /healthz` itself, without its handler and its layers. The API has the
//! route for one function only. A deployment calls the new version of each.

use crate::{Request, Response};
use http::{Method, StatusCode};

/// Path of the liveness check.
pub const LIVENESS_PATH: &str = "/healthz";

/// Returns the response to a liveness check; `None` for any other request.
pub(crate) fn response_to(request: &Request) -> Option<Response> {
    let is_check = request.path() == LIVENESS_PATH && matches!(*request.method(), Method::GET | Method::HEAD);
    is_check.then(|| Response::json(StatusCode::OK, r#"{"status":"ok"}"#.to_owned()))
}
