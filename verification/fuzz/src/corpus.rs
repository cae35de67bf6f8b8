//! The named nasties.

use std::fs;
use std::path::PathBuf;

/// An input of a target, kept under a name that says what is nasty about it.
#[derive(Clone, Debug)]
pub struct Nasty {
    /// The file's name.
    pub name: String,
    /// The input.
    pub bytes: Vec<u8>,
}

/// The inputs that are kept for a target, by name.
///
/// # Panics
///
/// When its folder can't be read.
#[must_use]
pub fn corpus(target: &str) -> Vec<Nasty> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut nasties: Vec<_> = fs::read_dir(&folder)
        .expect("a folder for each target")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| Nasty {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            bytes: fs::read(&path).expect("a file"),
        })
        .collect();
    nasties.sort_by(|one, other| one.name.cmp(&other.name));
    nasties
}
