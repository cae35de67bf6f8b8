//! Handlers behind API Gateway.
//!
//! The runtime posts the response before the work after it. This layer runs that work within the same
//! invocation, and only then requests the next event. At that point Lambda may freeze the process.

use lambda_http::LambdaEvent;
use lambda_runtime::{Error, Runtime};
use platform_http::{
    Admission, Anyone, Caller, Cors, GatewayEvent, Handler, HttpApp, OriginLayer, OriginSecret, Problem,
    RateLimits, Request, Response,
};
use platform_settings::{Environment, SecretSource};
use platform_telemetry::{flush_metrics, or_exit};
use std::convert::Infallible;
use std::sync::Arc;
use tower::util::ThenLayer;
use tower::{Service, service_fn};

/// Serves protected routes until the runtime ends the process. Reads `AUTH`, `SCOPE_PREFIX`, `CORS_ORIGINS` and
/// `ORIGIN_SECRET_ARN`, and exits when one is malformed. `secrets` has the secret of CloudFront, which is read with the
/// first request.
///
/// # Errors
///
/// When the Lambda runtime API is not available or violates its protocol.
pub async fn serve<H: Handler<Caller = Caller>>(
    handler: H,
    limits: Option<RateLimits>,
    env: &Environment,
    secrets: impl SecretSource + 'static,
) -> Result<(), Error> {
    let admission = Admission { authentication: or_exit(env.authentication()), limits };
    serve_app(HttpApp::with_layer(handler, admission, cors(env), &origin(env, secrets))).await
}

/// Serves public routes, but only to callers that come through CloudFront, if the stack has it. Reads `CORS_ORIGINS` and
/// `ORIGIN_SECRET_ARN`.
///
/// # Errors
///
/// When the Lambda runtime API is not available or violates its protocol.
pub async fn serve_behind_cloudfront<H: Handler<Caller = Anyone>>(
    handler: H,
    env: &Environment,
    secrets: impl SecretSource + 'static,
) -> Result<(), Error> {
    serve_app(HttpApp::with_layer(handler, Admission::open(), cors(env), &origin(env, secrets))).await
}

/// Serves public routes without data, to callers that bypass CloudFront too.
///
/// # Errors
///
/// When the Lambda runtime API is not available or violates its protocol.
pub async fn serve_public<H: Handler<Caller = Anyone>>(handler: H, env: &Environment) -> Result<(), Error> {
    serve_app(HttpApp::new(handler, Admission::open(), cors(env))).await
}

fn origin(env: &Environment, secrets: impl SecretSource + 'static) -> OriginLayer {
    OriginLayer::new(or_exit(env.origin_secret_arn()).map(|arn| OriginSecret::new(arn, secrets)))
}

fn cors(env: &Environment) -> Cors {
    Cors::new(or_exit(env.cors_origins()))
}

async fn serve_app<H, S>(app: HttpApp<H, S>) -> Result<(), Error>
where
    H: Handler,
    S: Service<Arc<Request>, Response = Response, Error = Problem> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    let app = Arc::new(app);
    let after_response = Arc::clone(&app);
    let service = service_fn(move |event: LambdaEvent<GatewayEvent>| {
        let app = Arc::clone(&app);
        async move { Ok::<_, Infallible>(app.respond(event).await) }
    });
    Runtime::new(service)
        .layer(ThenLayer::new(move |sent: Result<(), Error>| {
            let app = Arc::clone(&after_response);
            async move {
                sent?;
                app.finish().await;
                flush_metrics();
                Ok(())
            }
        }))
        .run()
        .await
}
