//! The deployed stack: black-box tests of its API, and tests of deployments.
//!
//! `make e2e API=https://…` runs the black-box tests against that API. Otherwise the SAM CLI deploys
//! template.yaml to an emulator of AWS.

#[path = "../black_box/mod.rs"]
mod black_box;
mod cargo_lambda;
mod changes;
mod deployment;
mod make_run;
mod pre_traffic;
mod removal;

use orders_tests::{Api, Emulator};
use std::sync::OnceLock;

/// Returns the emulator with the deployed stack that the tests share.
fn stack() -> &'static Emulator {
    static STACK: OnceLock<Emulator> = OnceLock::new();
    STACK.get_or_init(Emulator::with_stack)
}

/// Returns the API under test.
async fn apis() -> [Api; 1] {
    if let Ok(url) = std::env::var("API") {
        return [Api::new(url.trim_end_matches('/'))];
    }
    [Api::new(stack().api_url.as_deref().expect("the URL of the API"))]
}

/// Returns the same API: a deployed stack starts as many instances as it needs.
async fn scaled_api() -> Api {
    let [api] = apis().await;
    api
}
