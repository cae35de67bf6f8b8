//! How large a deployment is.

use crate::fault::Fault;
use crate::settings::Settings;
use crate::subject::Subject;
use std::process::Command;

/// The bytes of the zip of what would be deployed.
pub(crate) fn zip_size(subject: &Subject, settings: &Settings) -> Result<u64, Fault> {
    let what = || format!("{} as a zip", subject.name);
    let output = Command::new(&settings.python)
        .arg("bench/zip_size.py")
        .args(&subject.artifact)
        .output()
        .map_err(Fault::io(what()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let unreadable = || std::io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned());
    text.trim().parse().map_err(|_| Fault::io(what())(unreadable()))
}
