//! Handlers behind API Gateway.
//!
//! The runtime posts the response before the work after it. This layer runs that work within the same
//! invocation, and only then requests the next event. At that point Lambda may freeze the process.

use lambda_http::LambdaEvent;
use lambda_runtime::{Error, Runtime};
use platform_http::{
    Cors, GatewayEvent, Handler, HttpApp, OriginLayer, OriginSecret, Problem, Request, Response,
};
use platform_settings::{Environment, SecretSource};
use platform_telemetry::{flush_metrics, or_exit};
use std::convert::Infallible;
use std::sync::Arc;
use tower::util::ThenLayer;
use tower::{Service, service_fn};

/// Serves routes with data until the runtime ends the process. Reads `CORS_ORIGINS` and `ORIGIN_SECRET_ARN`, and exits
/// when one is malformed. `secrets` has the secret of CloudFront, which is read with the first request.
///
/// # Errors
///
/// When the Lambda runtime API is not available or violates its protocol.
pub async fn serve<H: Handler>(
    handler: H,
    env: &Environment,
    secrets: impl SecretSource + 'static,
) -> Result<(), Error> {
    let secret = or_exit(env.origin_secret_arn()).map(|arn| OriginSecret::new(arn, secrets));
    serve_app(HttpApp::with_layer(handler, cors(env), &OriginLayer::new(secret))).await
}

/// Serves routes without data, like [`serve`], but to callers that bypass CloudFront too.
///
/// # Errors
///
/// When the Lambda runtime API is not available or violates its protocol.
pub async fn serve_public<H: Handler>(handler: H, env: &Environment) -> Result<(), Error> {
    serve_app(HttpApp::new(handler, cors(env))).await
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
