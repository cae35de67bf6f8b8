//! The deployed stack: black-box tests of its API, and tests of deployments.
//!
//! `make e2e API=https://…` runs the black-box tests against that API. Otherwise the SAM CLI deploys
//! template.yaml to an emulator of AWS.

mod authorizer;
#[path = "../black_box/mod.rs"]
mod black_box;
mod cargo_lambda;
mod changes;
mod deployment;
mod isolation;
mod make_run;
mod payments;
mod pre_traffic;
mod removal;
mod workflow;

use orders_tests::{Api, Emulator};
use std::sync::OnceLock;

/// Name of the stack that the local stack deploys.
const STACK: &str = "orders-local";
/// Scopes of the black-box tests.
const SCOPES: &str = "orders:read orders:write orders:price orders:review payments:write refunds:write products:read products:write stock:write";

/// Returns the emulator with the deployed stack that the tests share. It requires access tokens.
fn stack() -> &'static Emulator {
    static STACK: OnceLock<Emulator> = OnceLock::new();
    STACK.get_or_init(Emulator::with_authentication)
}

/// Returns the API of the shared stack, for a caller without a token.
fn closed_api() -> Api {
    Api::new(stack().api_url.as_deref().expect("the URL of the API"))
}

/// Returns the API under test, with an access token: of the environment variable `TOKEN`, or of the shared stack.
async fn apis() -> [Api; 1] {
    static TOKEN: OnceLock<String> = OnceLock::new();
    if let Ok(url) = std::env::var("API") {
        let api = Api::new(url.trim_end_matches('/'));
        return [match std::env::var("TOKEN") {
            Ok(token) if !token.is_empty() => api.with_token(&token),
            _ => api,
        }];
    }
    [closed_api().with_token(TOKEN.get_or_init(|| stack().token(STACK, "acme", SCOPES)))]
}

/// Returns the same API: a deployed stack starts as many instances as it needs.
async fn scaled_api() -> Api {
    let [api] = apis().await;
    api
}
