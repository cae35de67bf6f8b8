//! Every route that no other function answers: 404, or 405 with the methods there are, as
//! Problem Details; and `OPTIONS` of every path. Asks nothing of anybody.

use http::Method;
use platform_http::{Answer, Call, Cors, Handler, Problem, allowed_methods, serve};
use platform_settings::Environment;
use platform_telemetry::or_exit;
use std::sync::Arc;

struct Fallback;

impl Handler for Fallback {
    const ACTION: &'static str = "fallback";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let allowed = allowed_methods(call.path());
        match (allowed.is_empty(), call.method()) {
            (true, _) => Err(Problem::RouteNotFound),
            (false, &Method::OPTIONS) => Ok(Answer::options(&allowed)),
            (false, _) => Err(Problem::MethodNotAllowed { allowed }),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let cors = Cors::new(or_exit(env.cors_origins()));
    serve(Fallback, cors).await
}
