//! Every route that no other function answers: 404, or 405 with the methods there are, as
//! Problem Details. Asks nothing of anybody.

use orders_http::{Answer, Call, Handler, Problem, allowed_methods, serve};
use orders_settings::Environment;
use std::sync::Arc;

struct Fallback;

impl Handler for Fallback {
    const ACTION: &'static str = "fallback";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let allowed = allowed_methods(call.path());
        Err(if allowed.is_empty() { Problem::RouteNotFound } else { Problem::MethodNotAllowed { allowed } })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    orders_telemetry::init(&Environment::of_process());
    serve(Fallback).await
}
