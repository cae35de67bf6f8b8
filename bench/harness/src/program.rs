//! Programs that implement the runtime API, and their deployment artifacts.

use crate::settings::Paths;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Program to measure.
pub(crate) struct Program {
    /// Name in messages, and of the log file.
    pub(crate) name: String,
    executable: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    /// Deployed files and folders.
    pub(crate) artifact: Vec<PathBuf>,
}

impl Program {
    /// Returns the program of a function of this repository.
    pub(crate) fn function(name: &str, paths: &Paths) -> Self {
        let executable = paths.binaries.join(name);
        let artifact = vec![executable.clone()];
        Self { name: name.into(), executable, arguments: Vec::new(), folder: ".".into(), artifact }
    }

    /// Returns the program of the FastAPI application, with AWS's Python runtime client.
    pub(crate) fn fastapi(operation: &str, paths: &Paths) -> Self {
        let folder = PathBuf::from("bench/fastapi");
        Self {
            name: format!("fastapi-{operation}"),
            executable: paths.python.clone(),
            arguments: ["-m", "awslambdaric", "app.handler"].map(String::from).to_vec(),
            artifact: site_packages(&paths.python).into_iter().chain([folder.clone()]).collect(),
            folder,
        }
    }

    /// Returns the command, in its folder. The path of the executable is relative to the current folder.
    pub(crate) fn command(&self) -> Command {
        let executable = std::path::absolute(&self.executable).unwrap_or_else(|_| self.executable.clone());
        let mut command = Command::new(executable);
        command.args(&self.arguments).current_dir(&self.folder);
        command
    }
}

/// Finds `lib/python3.*/site-packages` of a virtual environment.
fn site_packages(python: &Path) -> Option<PathBuf> {
    let lib = python.parent()?.parent()?.join("lib");
    let versions = std::fs::read_dir(lib).ok()?;
    versions.filter_map(Result::ok).map(|it| it.path().join("site-packages")).find(|path| path.is_dir())
}
