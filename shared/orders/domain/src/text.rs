//! Identifiers that callers choose: text within a length, without control characters.

use std::fmt;
use std::str::FromStr;

/// Why a text is not accepted as an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// The text has no or too many characters (Unicode scalar values).
    #[error("must have 1 to {max} characters, has {actual}")]
    Length {
        /// The longest text accepted.
        max: usize,
        /// The length found.
        actual: usize,
    },
    /// The text has a control character (Unicode general category Cc).
    #[error("must not contain control characters, has U+{code:04X} at character {position}")]
    ControlCharacter {
        /// The code point found.
        code: u32,
        /// Its position, counted in characters from 1.
        position: usize,
    },
}

fn validate(text: &str, max: usize) -> Result<(), InvalidText> {
    let actual = text.chars().count();
    if !(1..=max).contains(&actual) {
        return Err(InvalidText::Length { max, actual });
    }
    match text.chars().position(char::is_control) {
        Some(index) => Err(InvalidText::ControlCharacter {
            code: text.chars().nth(index).map_or(0, u32::from),
            position: index + 1,
        }),
        None => Ok(()),
    }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The longest value, in characters.
            pub const MAX_CHARS: usize = $max;

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                validate(text, Self::MAX_CHARS)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_type! {
    /// A stock keeping unit: 1 to 64 characters without control characters.
    Sku, 64
}

text_type! {
    /// The customer who orders: 1 to 128 characters without control characters.
    CustomerId, 128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_at_its_longest_is_accepted_and_one_longer_is_not() {
        assert!("é".repeat(64).parse::<Sku>().is_ok());
        assert_eq!("é".repeat(65).parse::<Sku>(), Err(InvalidText::Length { max: 64, actual: 65 }));
        assert!("é".repeat(128).parse::<CustomerId>().is_ok());
        assert!("é".repeat(129).parse::<CustomerId>().is_err());
    }

    #[test]
    fn an_empty_text_is_refused() {
        assert_eq!("".parse::<Sku>(), Err(InvalidText::Length { max: 64, actual: 0 }));
    }

    #[test]
    fn control_characters_are_refused_with_their_position() {
        assert_eq!("A\u{0}1".parse::<Sku>(), Err(InvalidText::ControlCharacter { code: 0, position: 2 }));
        assert!("A\u{85}".parse::<Sku>().is_err(), "C1 controls count too");
    }
}
