//! Starting, freezing and ending processes.

use lambda_emulator::{Instance, InvocationQueue, NotReady};
use std::process::Command;

fn start(program: &str, argument: &str) -> Instance {
    let mut command = Command::new(program);
    command.arg(argument);
    Instance::start("a-function", command, &InvocationQueue::default()).expect("a process")
}

#[tokio::test]
async fn a_process_gets_the_variables_of_lambda() {
    let test = r#"test -n "$AWS_LAMBDA_RUNTIME_API" && test "$AWS_LAMBDA_FUNCTION_NAME" = a-function"#;
    let mut command = Command::new("sh");
    command.args(["-c", test]);
    let mut instance =
        Instance::start("a-function", command, &InvocationQueue::default()).expect("a process");
    let status = loop {
        if let Some(status) = instance.exit_status().expect("the kernel responds") {
            break status;
        }
        tokio::task::yield_now().await;
    };
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_killed_process_is_followed_by_another() {
    let mut instance = start("sleep", "60");
    let (first, idle) = (instance.process_id(), instance.until_idle());
    let started_at = instance.started_at();
    instance.kill_and_restart().expect("another process");
    assert_ne!(instance.process_id(), first);
    assert!(instance.started_at() > started_at);
    assert_eq!(idle.await, Err(NotReady::Killed));
    assert!(!instance.is_working());
}

#[tokio::test]
async fn a_frozen_process_can_be_killed() {
    let mut instance = start("sleep", "60");
    instance.freeze().expect("a running process");
    instance.thaw().expect("a running process");
    instance.freeze().expect("a running process");
    assert_eq!(instance.exit_status().expect("the kernel responds"), None);
    instance.kill_and_restart().expect("another process");
}

#[tokio::test]
async fn a_program_that_is_missing_is_an_error() {
    let command = Command::new("/nowhere/function");
    let error = Instance::start("a-function", command, &InvocationQueue::default());
    assert_eq!(error.map(|_| ()).expect_err("no such program").kind(), std::io::ErrorKind::NotFound);
}
