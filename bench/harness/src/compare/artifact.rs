//! Size of a deployment.

use crate::error::Error;
use crate::program::Program;
use crate::settings::Paths;
use std::io;
use std::process::Command;

/// Returns the size of the deployed zip in bytes.
pub(crate) fn zip_size(program: &Program, paths: &Paths) -> Result<u64, Error> {
    let action = || format!("the zip of {}", program.name);
    let mut command = Command::new(&paths.python);
    command.arg("bench/zip_size.py").args(&program.artifact);
    let output = command.output().map_err(Error::io(action()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let failed = || io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned());
    text.trim().parse().map_err(|_| Error::io(action())(failed()))
}
