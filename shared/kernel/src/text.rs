//! Identifiers that callers choose: text within a length, without control characters.

/// Error for a text that is not an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// The text is empty or has too many characters (Unicode scalar values).
    #[error("must have 1 to {max} characters, has {actual}")]
    Length {
        /// Maximum number of characters.
        max: usize,
        /// Number of characters found.
        actual: usize,
    },
    /// The text has a control character (Unicode general category Cc).
    #[error("must not contain control characters, has U+{code:04X} at character {position}")]
    ControlCharacter {
        /// Code point found.
        code: u32,
        /// Position, counted in characters from 1.
        position: usize,
    },
}

/// Checks that a text has 1 to `max` characters and no control character.
///
/// # Errors
///
/// [`InvalidText`].
pub fn validate_text(text: &str, max: usize) -> Result<(), InvalidText> {
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

/// Defines a type for identifiers of 1 to `$max` characters without control characters.
#[macro_export]
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Maximum number of characters.
            pub const MAX_CHARS: usize = $max;

            /// Returns the identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::InvalidText;

            fn from_str(text: &str) -> Result<Self, $crate::InvalidText> {
                $crate::validate_text(text, Self::MAX_CHARS)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_maximum_length_is_accepted_and_one_character_more_is_refused() {
        assert_eq!(validate_text(&"é".repeat(64), 64), Ok(()));
        assert_eq!(validate_text(&"é".repeat(65), 64), Err(InvalidText::Length { max: 64, actual: 65 }));
    }

    #[test]
    fn empty_text_is_refused() {
        assert_eq!(validate_text("", 64), Err(InvalidText::Length { max: 64, actual: 0 }));
    }

    #[test]
    fn control_characters_are_refused_with_their_position() {
        let refused = InvalidText::ControlCharacter { code: 0, position: 2 };
        assert_eq!(validate_text("A\u{0}1", 64), Err(refused));
        assert!(validate_text("A\u{85}", 64).is_err(), "C1 controls count too");
    }
}
