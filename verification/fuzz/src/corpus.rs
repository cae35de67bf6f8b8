//! Regression corpus: named inputs for each target.

use std::fs;
use std::path::PathBuf;

/// Input of a target. Its name describes its peculiarity.
#[derive(Clone, Debug)]
pub struct CorpusInput {
    /// Name of the file.
    pub name: String,
    /// Input.
    pub bytes: Vec<u8>,
}

/// Returns the corpus of a target, sorted by name.
///
/// # Panics
///
/// When its folder can't be read.
#[must_use]
pub fn corpus(target: &str) -> Vec<CorpusInput> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&folder)
        .expect("a folder for each target")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| CorpusInput {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: fs::read(&path).expect("a file"),
        })
        .collect();
    inputs.sort_by(|one, other| one.name.cmp(&other.name));
    inputs
}
