//! Metadata: texts that a client keeps with an object.

use crate::text_type;
use std::collections::BTreeMap;

text_type! {
    /// Name of a metadata entry: 1 to 64 characters, without control characters.
    MetadataName, 64
}

text_type! {
    /// Value of a metadata entry: 1 to 500 characters, without control characters.
    MetadataValue, 500
}

/// Texts by name, sorted by it: 1 to 20 entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata(BTreeMap<String, MetadataValue>);

/// Error for a number of entries that metadata can't have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {} entries, has {actual}", Metadata::MAX_ENTRIES)]
pub struct InvalidEntryCount {
    /// Number of entries found.
    pub actual: usize,
}

impl Metadata {
    /// Maximum number of entries.
    pub const MAX_ENTRIES: usize = 20;

    /// Creates metadata. Of entries with the same name, the last one counts.
    ///
    /// # Errors
    ///
    /// [`InvalidEntryCount`].
    pub fn new(
        entries: impl IntoIterator<Item = (MetadataName, MetadataValue)>,
    ) -> Result<Self, InvalidEntryCount> {
        let entries: BTreeMap<_, _> =
            entries.into_iter().map(|(name, value)| (name.as_str().to_owned(), value)).collect();
        match entries.len() {
            1..=Self::MAX_ENTRIES => Ok(Self(entries)),
            actual => Err(InvalidEntryCount { actual }),
        }
    }

    /// Returns names and values, sorted by name.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_have_1_to_20_entries_sorted_by_name() {
        let of = |names: &[&str]| {
            let value = || "v".parse().expect("a value");
            Metadata::new(names.iter().map(|name| (name.parse().expect("a name"), value())))
        };
        let names: Vec<_> = (0..21).map(|n| format!("n{n:02}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(of(&[]), Err(InvalidEntryCount { actual: 0 }));
        assert_eq!(of(&names), Err(InvalidEntryCount { actual: 21 }));
        assert!(of(&names[..20]).is_ok());
        let sorted = of(&["b", "a"]).expect("metadata");
        assert_eq!(sorted.entries().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b"]);
    }
}
