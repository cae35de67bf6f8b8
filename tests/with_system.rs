//! Runs a command against a new system, which requires access tokens. `{api}` and `{token}` in the arguments are replaced by
//! the URL of the API and by a token.

use orders_tests::{System, machine_token, repository};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let system = System::builder().env("AUTH", "token").start();
    let token = machine_token("acme", "client", "orders:read orders:write orders:price payments:write");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(system.migrate());
    let api = system.api();
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.replace("{api}", api.base()).replace("{token}", &token));
    let command = arguments.next().expect("a command");
    let status = Command::new(command).args(arguments).current_dir(repository()).status();
    if status.expect("the command starts").success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
