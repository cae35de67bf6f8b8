//! All requests that no other function handles: 404, or 405 with the allowed methods, as Problem Details; and
//! `OPTIONS` of every path. Calls no other service.

use platform_endpoints::Fallback;
use platform_lambda::{Error, serve_public};
use platform_settings::Environment;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    serve_public(Fallback { routes: &api::ROUTES }, &env).await
}
