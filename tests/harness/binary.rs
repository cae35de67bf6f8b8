//! Binaries of the functions, and their log files.

use crate::repository;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Returns the path of the binary of a function, built once per test process.
///
/// With the variable `ARTIFACTS`, the binary is taken from that output folder of `sam build`, where each nested stack has
/// a folder of its own. With the variable `BINARIES`, it is taken from that folder.
///
/// # Panics
///
/// When the workspace does not build.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    if let Some(artifacts) = std::env::var_os("ARTIFACTS") {
        let (artifacts, function) = (repository().join(artifacts), logical_id(name));
        let entries = artifacts.read_dir().expect("the output of `sam build`");
        let nested = entries.map(|entry| entry.expect("an entry").path());
        let mut folders = std::iter::once(artifacts.clone()).chain(nested);
        let found = folders.find_map(|folder| {
            let binary = folder.join(&function).join("bootstrap");
            binary.exists().then_some(binary)
        });
        return found.unwrap_or_else(|| panic!("{} has no {function}", artifacts.display()));
    }
    if let Some(folder) = std::env::var_os("BINARIES") {
        return repository().join(folder).join(name);
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

/// Returns the logical id of a function in the templates: `CreateOrder` for `create-order`.
fn logical_id(name: &str) -> String {
    name.split('-').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// Removes the variables that Cargo sets for the package of this test from the environment of a command.
///
/// Otherwise a nested Cargo would treat them as a change, rerun build scripts, and recompile crates.
pub fn without_package_variables(command: &mut Command) {
    let is_of_package = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| is_of_package(name)) {
        command.env_remove(name);
    }
}

/// Returns the log file of a function in this test process: `target/test-logs/{test}/{function}.log`.
///
/// # Panics
///
/// When the folder can't be created.
#[must_use]
pub fn log_file(function: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this test's path");
        let folder = repository().join("target/test-logs").join(test.file_name().expect("a name"));
        // Removes the logs of an earlier run.
        if folder.exists() {
            std::fs::remove_dir_all(&folder).expect("the old logs are removed");
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
