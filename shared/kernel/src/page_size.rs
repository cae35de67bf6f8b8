//! Sizes of pages.

use std::fmt;
use std::str::FromStr;

/// Maximum number of elements on a page: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u8);

/// Error for a number that is not a page size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", PageSize::MAX)]
pub struct InvalidPageSize;

impl PageSize {
    /// Largest page size.
    pub const MAX: u8 = 100;

    /// Returns the size as a number.
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for PageSize {
    /// 20 elements.
    fn default() -> Self {
        Self(20)
    }
}

impl FromStr for PageSize {
    type Err = InvalidPageSize;

    fn from_str(text: &str) -> Result<Self, InvalidPageSize> {
        // `u8` also accepts a sign and leading zeros; a size has one spelling.
        let size = text.parse().map_err(|_| InvalidPageSize)?;
        if (1..=Self::MAX).contains(&size) && size.to_string() == text {
            Ok(Self(size))
        } else {
            Err(InvalidPageSize)
        }
    }
}

impl fmt::Display for PageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_to_a_hundred_elements() {
        for (good, number) in [("1", 1), ("20", 20), ("100", 100)] {
            let size = good.parse::<PageSize>().expect("a size");
            assert_eq!((size.to_string().as_str(), size.get()), (good, number));
        }
        for bad in ["", "0", "101", "256", "-1", "+1", "01", "1.0", "ten", " 1"] {
            assert_eq!(bad.parse::<PageSize>(), Err(InvalidPageSize), "{bad}");
        }
    }
}
