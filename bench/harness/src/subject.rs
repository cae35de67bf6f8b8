//! What is compared: a command that speaks the Lambda runtime API, and what would be deployed.

use crate::operation::Operation;
use crate::settings::Settings;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One of the two that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Implementation {
    /// The functions of this repository.
    Rust,
    /// The same in FastAPI.
    Twin,
}

/// A command that can be measured.
pub(crate) struct Subject {
    /// How it is called in messages, and the name of its log.
    pub(crate) name: String,
    program: PathBuf,
    arguments: Vec<String>,
    folder: PathBuf,
    /// The files and folders of its deployment.
    pub(crate) artifact: Vec<PathBuf>,
}

impl Implementation {
    /// Both, in the order of the columns.
    pub(crate) const BOTH: [Self; 2] = [Self::Rust, Self::Twin];

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Twin => "FastAPI",
        }
    }

    /// What answers an operation.
    pub(crate) fn subject(self, operation: Operation, settings: &Settings) -> Subject {
        match self {
            Self::Rust => Subject::function(operation.function(), settings),
            Self::Twin => {
                let folder = PathBuf::from("bench/fastapi");
                let arguments = ["-m", "awslambdaric", "app.handler"].map(String::from).to_vec();
                let artifact = site_packages(&settings.python).into_iter().chain([folder.clone()]).collect();
                let name = format!("fastapi-{}", operation.name());
                Subject { name, program: settings.python.clone(), arguments, folder, artifact }
            }
        }
    }
}

impl Subject {
    /// A function of this repository.
    pub(crate) fn function(name: &str, settings: &Settings) -> Self {
        let program = settings.binaries.join(name);
        let artifact = vec![program.clone()];
        Self { name: name.into(), program, arguments: Vec::new(), folder: ".".into(), artifact }
    }

    /// The command, in its folder. The program's path is of the folder that this process is in.
    pub(crate) fn command(&self) -> Command {
        let program = std::path::absolute(&self.program).unwrap_or_else(|_| self.program.clone());
        let mut command = Command::new(program);
        command.args(&self.arguments).current_dir(&self.folder);
        command
    }
}

/// `lib/python3.*/site-packages` of a virtual environment.
fn site_packages(python: &Path) -> Option<PathBuf> {
    let lib = python.parent()?.parent()?.join("lib");
    let versions = std::fs::read_dir(lib).ok()?;
    versions.filter_map(Result::ok).map(|it| it.path().join("site-packages")).find(|path| path.is_dir())
}
