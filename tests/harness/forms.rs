//! Forms of an order that a release has written, or a later one may write: `tests/api/forms/*.json`; and those of an
//! accepted order: `tests/api/accepted_forms/*.json`.

use crate::repository;
use serde_json::Value;

/// Returns name and content of each form of an order, sorted by name.
///
/// # Panics
///
/// When a form can't be read.
#[must_use]
pub fn forms() -> Vec<(String, Value)> {
    forms_in("tests/api/forms")
}

/// Returns name and content of each form of an accepted order, sorted by name.
///
/// # Panics
///
/// When a form can't be read.
#[must_use]
pub fn accepted_forms() -> Vec<(String, Value)> {
    forms_in("tests/api/accepted_forms")
}

fn forms_in(folder: &str) -> Vec<(String, Value)> {
    let folder = repository().join(folder);
    let entries = folder.read_dir().expect("the forms").map(|entry| entry.expect("an entry").path());
    let mut forms: Vec<_> = entries
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&path).expect("a form");
            (name, serde_json::from_str(&text).expect("JSON"))
        })
        .collect();
    forms.sort_by(|(one, _), (other, _)| one.cmp(other));
    forms
}
