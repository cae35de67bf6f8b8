//! schemathesis generates valid and invalid requests from the OpenAPI document, and validates the responses.

use orders_tests::{System, machine_token, repository};
use std::process::Command;

/// Number of requests for each operation and phase. `make fuzz-api` sends more.
const EXAMPLES: &str = "12";

#[test]
fn every_response_to_a_generated_request_is_documented() {
    let system = System::builder().instances(2).env("AUTH", "token").start();
    let token = machine_token(
        "acme",
        "schemathesis",
        "orders:read orders:write orders:price orders:review products:read products:write stock:write payments:write refunds:read \
            refunds:write",
    );
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(system.migrate());
    let examples = std::env::var("FUZZ_EXAMPLES").unwrap_or(EXAMPLES.to_owned());
    let output = Command::new(repository().join(".venv/bin/schemathesis"))
        .args(["--config-file", "tests/schemathesis.toml", "run"])
        .arg(format!("{}/openapi.json", system.api().base()))
        .args(["--max-examples", &examples, "--seed", "1", "--workers", "1"])
        .args(["--continue-on-failure", "--no-color"])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .current_dir(repository())
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .expect("schemathesis is installed: make .venv/.test");
    let report = String::from_utf8_lossy(&output.stdout);
    println!("{report}");
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
}
