//! Runs a command against a new system. `{api}` in the arguments is replaced by the URL of the API.

use orders_tests::{System, repository};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let system = System::builder().start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(system.migrate());
    let api = system.api();
    let mut arguments = std::env::args().skip(1).map(|argument| argument.replace("{api}", api.base()));
    let command = arguments.next().expect("a command");
    let status = Command::new(command).args(arguments).current_dir(repository()).status();
    if status.expect("the command starts").success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
