//! Numbers of orders, for people.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

/// Number of an order, unique within the tenant and short enough to read out: `A-000123`. Numbers follow the order of
/// creation only roughly, and some are never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNumber(NonZeroU64);

/// Error for a text that is not an order number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be A- and at least {} digits", OrderNumber::MIN_DIGITS)]
pub struct InvalidOrderNumber;

/// Consecutive order numbers that one process may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberBlock {
    first: OrderNumber,
    count: u64,
}

impl OrderNumber {
    /// Series of the numbers, before the digits.
    const SERIES: &str = "A-";
    /// Minimum number of digits; shorter numbers have leading zeros.
    pub const MIN_DIGITS: usize = 6;
    /// Maximum number of digits; the largest number fits 63 bits, like every number of a document.
    pub const MAX_DIGITS: usize = 18;
    const MAX: u64 = 10_u64.pow(18) - 1;

    /// Creates the number with these digits.
    ///
    /// # Errors
    ///
    /// [`InvalidOrderNumber`] for 0 and for more than [`Self::MAX_DIGITS`] digits.
    pub fn new(digits: u64) -> Result<Self, InvalidOrderNumber> {
        NonZeroU64::new(digits).filter(|it| it.get() <= Self::MAX).map(Self).ok_or(InvalidOrderNumber)
    }
}

impl FromStr for OrderNumber {
    type Err = InvalidOrderNumber;

    fn from_str(text: &str) -> Result<Self, InvalidOrderNumber> {
        let digits = text.strip_prefix(Self::SERIES).and_then(|digits| digits.parse().ok());
        let number = Self::new(digits.ok_or(InvalidOrderNumber)?)?;
        // `u64` also accepts a sign and other numbers of zeros; a number has one spelling.
        if number.to_string() == text { Ok(number) } else { Err(InvalidOrderNumber) }
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:0width$}", Self::SERIES, self.0, width = Self::MIN_DIGITS)
    }
}

impl NumberBlock {
    /// Number of order numbers in a block. The larger, the fewer round trips, and the more numbers a process loses when
    /// it ends.
    pub const SIZE: u64 = 10;

    /// Creates the block of [`Self::SIZE`] numbers that ends with these digits.
    ///
    /// # Errors
    ///
    /// [`InvalidOrderNumber`] unless all numbers of the block are valid.
    pub fn ending_with(digits: u64) -> Result<Self, InvalidOrderNumber> {
        let last = OrderNumber::new(digits)?;
        let first = OrderNumber::new((last.0.get() + 1).checked_sub(Self::SIZE).ok_or(InvalidOrderNumber)?)?;
        Ok(Self { first, count: Self::SIZE })
    }
}

impl Iterator for NumberBlock {
    type Item = OrderNumber;

    fn next(&mut self) -> Option<OrderNumber> {
        self.count = self.count.checked_sub(1)?;
        let number = self.first;
        self.first = OrderNumber(number.0.saturating_add(1));
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        for (digits, text) in [(1, "A-000001"), (123, "A-000123"), (1_234_567, "A-1234567")] {
            let number = OrderNumber::new(digits).expect("a number");
            assert_eq!((number.to_string().as_str(), text.parse()), (text, Ok(number)));
        }
        let largest = format!("A-{}", "9".repeat(18));
        assert_eq!(largest.parse::<OrderNumber>().map(|it| it.to_string()), Ok(largest));
        for text in [
            "",
            "A-",
            "A-1",
            "A-000000",
            "A-0001234",
            "A-+00001",
            "a-000001",
            "B-000001",
            "000001",
            " A-000001",
        ] {
            assert_eq!(text.parse::<OrderNumber>(), Err(InvalidOrderNumber), "{text}");
        }
        assert_eq!(format!("A-1{}", "0".repeat(18)).parse::<OrderNumber>(), Err(InvalidOrderNumber));
    }

    #[test]
    fn a_block_has_ten_consecutive_numbers() {
        let numbers =
            |digits| NumberBlock::ending_with(digits).map(|block| block.map(|it| it.0.get()).collect());
        assert_eq!(numbers(10), Ok((1..=10).collect::<Vec<_>>()));
        assert_eq!(numbers(1_000_000), Ok((999_991..=1_000_000).collect()));
        for digits in [0, 9, OrderNumber::MAX + 1, u64::MAX] {
            assert_eq!(numbers(digits), Err(InvalidOrderNumber), "{digits}");
        }
    }
}
