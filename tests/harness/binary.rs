//! The binaries of the functions, and what they write.

use crate::repository;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The binary of a function, built once per test process; or, with the variable `ARTIFACTS`, what
/// `sam build` has put into that folder. A nested stack has the name of its function.
///
/// # Panics
///
/// When the workspace doesn't build.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    if let Some(artifacts) = std::env::var_os("ARTIFACTS") {
        let (artifacts, function) = (repository().join(artifacts), logical_id(name));
        let nested_too = [artifacts.join(&function), artifacts.join(&function).join(&function)];
        let found = nested_too.map(|folder| folder.join("bootstrap")).into_iter().find(|it| it.exists());
        return found.unwrap_or_else(|| panic!("{} has no {function}", artifacts.display()));
    }
    let folder = BUILT.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "--workspace", "--bins"]).current_dir(repository());
        without_package_variables(&mut build);
        let status = build.status().expect("cargo runs");
        assert!(status.success(), "the functions build");
        // target/debug/deps/api-0123 → target/debug
        let test = std::env::current_exe().expect("this test's path");
        test.ancestors().nth(2).expect("a target folder").to_owned()
    });
    folder.join(name)
}

/// What template.yaml calls a function: `create-order` is `CreateOrder`.
fn logical_id(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// Takes from a command what cargo tells this test of its own package: in a cargo of its own it
/// would make build scripts run again, and their crates and all that need them compile again.
pub fn without_package_variables(command: &mut Command) {
    let of_this_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| of_this_package(name)) {
        command.env_remove(name);
    }
}

/// What a function wrote in this test process: target/test-logs/{test}/{function}.log.
///
/// # Panics
///
/// When the folder can't be made.
#[must_use]
pub fn log_file(function: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this test's path");
        let folder = repository().join("target/test-logs").join(test.file_name().expect("a name"));
        // What an earlier run wrote is no evidence.
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("the old logs go");
        }
        std::fs::create_dir_all(&folder).expect("a folder for logs");
        folder
    });
    folder.join(format!("{function}.log"))
}

pub(crate) fn log_of(function: &str) -> Stdio {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(log_file(function));
    file.expect("a log file").into()
}
