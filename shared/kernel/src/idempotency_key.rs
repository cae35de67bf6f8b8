//! Idempotency keys: a client sends the same key with every retry of a request.

use std::fmt;
use std::str::FromStr;

/// An idempotency key: 1 to 255 visible ASCII characters (0x21 to 0x7E).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// Error for a text that is not an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdempotencyKey {
    /// The text is empty or too long.
    #[error("must have 1 to {} characters, has {actual}", IdempotencyKey::MAX_CHARS)]
    Length {
        /// Number of bytes found.
        actual: usize,
    },
    /// The text has a space, a control character, or a character outside of ASCII.
    #[error("must have visible ASCII characters only, without spaces")]
    Characters,
}

impl IdempotencyKey {
    /// Maximum length of a key.
    pub const MAX_CHARS: usize = 255;

    /// Returns the key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = InvalidIdempotencyKey;

    fn from_str(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidIdempotencyKey::Characters);
        }
        if !(1..=Self::MAX_CHARS).contains(&text.len()) {
            return Err(InvalidIdempotencyKey::Length { actual: text.len() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_1_to_255_visible_ascii_characters() {
        let key: IdempotencyKey = "k".parse().expect("a key");
        assert_eq!((key.as_str(), key.to_string().as_str()), ("k", "k"));
        assert!("~".repeat(255).parse::<IdempotencyKey>().is_ok());
        for (text, error) in [
            (String::new(), InvalidIdempotencyKey::Length { actual: 0 }),
            ("k".repeat(256), InvalidIdempotencyKey::Length { actual: 256 }),
            ("a b".into(), InvalidIdempotencyKey::Characters),
            ("a\u{7f}".into(), InvalidIdempotencyKey::Characters),
            ("ключ".into(), InvalidIdempotencyKey::Characters),
        ] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(error), "{text:?}");
        }
    }
}
