//! The stack as it is deployed: first by its API's URL alone, then what a deployment does.
//!
//! `make e2e API=https://…` runs the first against that API. Without it, the stack of template.yaml is
//! deployed onto an emulator of AWS, by the SAM CLI.

#[path = "../black_box/mod.rs"]
mod black_box;
mod cargo_lambda;
mod deployment;
mod make_run;

use orders_tests::{Api, Emulator};
use std::sync::OnceLock;

/// The API under test.
async fn apis() -> [Api; 1] {
    static STACK: OnceLock<Emulator> = OnceLock::new();
    if let Ok(url) = std::env::var("API") {
        return [Api::new(url.trim_end_matches('/'))];
    }
    let stack = STACK.get_or_init(Emulator::with_stack);
    [Api::new(stack.api_url.as_deref().expect("the URL of a whole stack"))]
}

/// The same: a stack starts as many instances as it needs.
async fn crowded_api() -> Api {
    let [api] = apis().await;
    api
}
