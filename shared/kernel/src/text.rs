//! Identifiers that callers choose: text within a length, without control or format characters.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

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
    /// The text has a format character (Unicode general category Cf), such as a zero-width space or a
    /// bidirectional control. Two texts that differ only there look alike.
    #[error("must not contain invisible format characters, has U+{code:04X} at character {position}")]
    FormatCharacter {
        /// Code point found.
        code: u32,
        /// Position, counted in characters from 1.
        position: usize,
    },
    /// The text begins or ends with white space (Unicode property `White_Space`).
    #[error("must not begin or end with white space, has U+{code:04X} at character {position}")]
    OuterWhiteSpace {
        /// Code point found.
        code: u32,
        /// Position, counted in characters from 1.
        position: usize,
    },
    /// The text does not have the shape of its type.
    #[error("must be {expected}")]
    Shape {
        /// Description of the shape.
        expected: &'static str,
    },
}

/// Returns `true` for a character of Unicode general category Cf.
#[must_use]
pub fn is_format_character(char: char) -> bool {
    char.general_category() == GeneralCategory::Format
}

/// Checks a new text: the rules of [`validate_stored_text`], no format character, and no white space at
/// either end.
///
/// # Errors
///
/// [`InvalidText`].
pub fn validate_new_text(text: &str, max: usize) -> Result<(), InvalidText> {
    validate_stored_text(text, max)?;
    if let Some((code, position)) = find(text, is_format_character) {
        return Err(InvalidText::FormatCharacter { code, position });
    }
    let last = text.chars().count();
    let at_an_end = text
        .chars()
        .enumerate()
        .find(|(index, char)| char.is_whitespace() && (*index == 0 || index + 1 == last));
    match at_an_end {
        Some((index, char)) => Err(InvalidText::OuterWhiteSpace { code: char.into(), position: index + 1 }),
        None => Ok(()),
    }
}

/// Checks a stored text: 1 to `max` characters, none of them a control character. Every release has required
/// this much, so whatever was accepted once stays readable.
///
/// # Errors
///
/// [`InvalidText`].
pub fn validate_stored_text(text: &str, max: usize) -> Result<(), InvalidText> {
    let actual = text.chars().count();
    if !(1..=max).contains(&actual) {
        return Err(InvalidText::Length { max, actual });
    }
    match find(text, char::is_control) {
        Some((code, position)) => Err(InvalidText::ControlCharacter { code, position }),
        None => Ok(()),
    }
}

/// Returns the first character of a kind, and its position counted from 1.
fn find(text: &str, is_kind: impl Fn(char) -> bool) -> Option<(u32, usize)> {
    let (index, char) = text.chars().enumerate().find(|(_, char)| is_kind(*char))?;
    Some((char.into(), index + 1))
}

/// Defines a type for texts of 1 to `$max` characters ([`validate_new_text`]), and optionally of a shape: a function that
/// checks a new text, and what it expects.
#[macro_export]
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::text_type! { $(#[$doc])* $name, $max, |_| true, "any text" }
    };
    ($(#[$doc:meta])* $name:ident, $max:literal, $has_shape:expr, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Maximum number of characters.
            pub const MAX_CHARS: usize = $max;

            /// Returns the identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Restores an identifier from a store, which may have accepted more than [`FromStr`] does today.
            ///
            /// # Errors
            ///
            /// [`InvalidText`]($crate::InvalidText).
            ///
            /// [`FromStr`]: ::std::str::FromStr
            pub fn restore(text: &str) -> Result<Self, $crate::InvalidText> {
                $crate::validate_stored_text(text, Self::MAX_CHARS)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::InvalidText;

            fn from_str(text: &str) -> Result<Self, $crate::InvalidText> {
                $crate::validate_new_text(text, Self::MAX_CHARS)?;
                let has_shape: fn(&str) -> bool = $has_shape;
                if has_shape(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::InvalidText::Shape { expected: $expected })
                }
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
        assert_eq!(validate_new_text(&"é".repeat(64), 64), Ok(()));
        assert_eq!(validate_new_text(&"é".repeat(65), 64), Err(InvalidText::Length { max: 64, actual: 65 }));
    }

    #[test]
    fn empty_text_is_refused() {
        assert_eq!(validate_new_text("", 64), Err(InvalidText::Length { max: 64, actual: 0 }));
    }

    #[test]
    fn control_characters_are_refused_with_their_position() {
        let refused = InvalidText::ControlCharacter { code: 0, position: 2 };
        assert_eq!(validate_stored_text("A\u{0}1", 64), Err(refused));
        assert!(validate_new_text("A\u{85}", 64).is_err(), "C1 controls count too");
    }

    #[test]
    fn new_text_has_no_white_space_at_its_ends() {
        for (text, code, position) in [
            (" ", 0x20, 1),
            (" a", 0x20, 1),
            ("ab ", 0x20, 3),
            ("a\u{a0}", 0xA0, 2),
            ("\u{3000}a", 0x3000, 1),
            ("a\u{2028}", 0x2028, 2),
        ] {
            let refused = InvalidText::OuterWhiteSpace { code, position };
            assert_eq!(validate_new_text(text, 64), Err(refused), "{text:?}");
            assert_eq!(validate_stored_text(text, 64), Ok(()), "{text:?}");
        }
        assert_eq!(validate_new_text("a b", 64), Ok(()));
    }

    #[test]
    fn new_text_has_no_format_characters() {
        for char in
            ['\u{ad}', '\u{61c}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e0020}']
        {
            let text = format!("a{char}b");
            let refused = InvalidText::FormatCharacter { code: char.into(), position: 2 };
            assert_eq!(validate_new_text(&text, 64), Err(refused), "U+{:04X}", u32::from(char));
            assert_eq!(validate_stored_text(&text, 64), Ok(()));
        }
        for text in ["e\u{301}", "日本", "👍🏽", "a\u{fe0f}"] {
            assert_eq!(validate_new_text(text, 64), Ok(()), "{text}");
        }
    }
}
