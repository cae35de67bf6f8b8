//! Metadata: texts by names that the client chooses.

use super::{Errors, Node};
use kernel::{InvalidEntryCount, InvalidText, Metadata};

/// Reads an object of texts; adds an error for each invalid name and value.
pub fn metadata(node: &Node<'_>, errors: &mut Errors) -> Option<Metadata> {
    let entries: Vec<_> = node
        .object(errors)?
        .into_entries(errors)
        .into_iter()
        .map(|(name, node)| {
            let name = name.parse().map_err(|error: InvalidText| {
                errors.add(node.pointer().to_owned(), format!("the name {error}"));
            });
            Some((name.ok()?, node.text(errors)?))
        })
        .collect();
    let count = entries.len();
    if !(1..=Metadata::MAX_ENTRIES).contains(&count) {
        errors.add(node.pointer().to_owned(), InvalidEntryCount { actual: count });
        return None;
    }
    Metadata::new(entries.into_iter().collect::<Option<Vec<_>>>()?).ok()
}
