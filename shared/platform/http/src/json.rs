//! JSON values as written (RFC 8259), read one level at a time. Objects keep every member, so that a duplicate
//! member is reported instead of silently resolved (section 4). Numbers keep their digits, so that any size is
//! read exactly. Nesting has no limit, because reading one level skips the levels below it.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// JSON value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a>(&'a RawValue);

/// Type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// Members of an object, in their order.
struct Members<'a>(Vec<(String, Json<'a>)>);

impl<'a> Json<'a> {
    /// Checks the syntax of a whole document.
    ///
    /// # Errors
    ///
    /// The first violation of the grammar, or invalid UTF-8.
    pub(crate) fn parse(bytes: &'a [u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes).map(Self)
    }

    /// Returns the value as written.
    pub(crate) fn raw(self) -> &'a str {
        self.0.get()
    }

    pub(crate) fn kind(self) -> Kind {
        match self.0.get().as_bytes().first() {
            Some(b'n') => Kind::Null,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'"') => Kind::String,
            Some(b'[') => Kind::Array,
            Some(b'{') => Kind::Object,
            _ => Kind::Number,
        }
    }

    /// Returns the text of a string; `None` for another type, and for an unpaired surrogate, which is no
    /// character (RFC 8259, section 8.2).
    pub(crate) fn string(self) -> Option<String> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// Returns an integer from 0 to `u64::MAX`, in any notation, such as `2`, `2.0` and `20e-1`; `None` for
    /// other numbers and types.
    pub(crate) fn unsigned(self) -> Option<u64> {
        if self.kind() == Kind::Number { unsigned(self.0.get()) } else { None }
    }

    /// Returns an integer of 64 bits, in any notation; `None` for other numbers and types.
    pub(crate) fn signed(self) -> Option<i64> {
        let text = self.raw();
        let magnitude = match text.strip_prefix('-') {
            _ if self.kind() != Kind::Number => return None,
            Some(digits) => -i128::from(unsigned(digits)?),
            None => i128::from(unsigned(text)?),
        };
        i64::try_from(magnitude).ok()
    }

    /// Returns a boolean; `None` for another type.
    pub(crate) fn boolean(self) -> Option<bool> {
        self.raw().parse().ok()
    }

    /// Returns the elements of an array; `None` for another type.
    pub(crate) fn elements(self) -> Option<Vec<Self>> {
        let elements: Vec<&RawValue> = serde_json::from_str(self.0.get()).ok()?;
        Some(elements.into_iter().map(Json).collect())
    }

    /// Returns the members of an object; `None` for another type.
    pub(crate) fn members(self) -> Option<Vec<(String, Self)>> {
        serde_json::from_str(self.0.get()).ok().map(|Members(members)| members)
    }
}

impl fmt::Display for Kind {
    /// Writes the type for a sentence such as "must be a string, is a number".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(String, Json<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = map.next_entry::<Name, &RawValue>()? {
            members.push((name, Json(value)));
        }
        Ok(members)
    }
}

/// Name of a member. An unpaired surrogate becomes U+FFFD: no known name has one.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Name, E> {
        Ok(Name(String::from_utf8_lossy(bytes).into_owned()))
    }
}

/// Reads a number of JSON's grammar as an integer.
fn unsigned(number: &str) -> Option<u64> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_negative = integer.starts_with('-');
    let digits = [integer.trim_start_matches('-'), fraction].concat();
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    // The value is `significant` times ten to the power of `zeros`. An exponent past i64 is past every bound.
    let exponent = exponent.parse::<i64>().ok()?;
    let shift = i64::try_from(digits.len() - significant.len()).ok()? - i64::try_from(fraction.len()).ok()?;
    let zeros = usize::try_from(exponent.checked_add(shift)?).ok()?;
    let is_in_range = !is_negative && significant.len() + zeros.min(20) <= 20;
    is_in_range.then(|| format!("{significant}{}", "0".repeat(zeros)).parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_integral_number_is_an_integer_in_any_notation() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0e9", 0),
            ("0e99999999999999999999", 0),
            ("2", 2),
            ("2.0", 2),
            ("2e0", 2),
            ("2E+0", 2),
            ("20e-1", 2),
            ("0.2e1", 2),
            ("1.50e2", 150),
            ("200e-2", 2),
            ("18446744073709551615", u64::MAX),
            ("1844674407370955161.5e1", u64::MAX),
        ] {
            assert_eq!(unsigned(text), Some(value), "{text}");
        }
        let long = format!("2.{}", "0".repeat(400));
        assert_eq!(unsigned(&long), Some(2));
    }

    #[test]
    fn an_integer_has_a_sign() {
        let signed = |text: &str| Json::parse(text.as_bytes()).expect(text).signed();
        for (text, value) in [
            ("-1", -1),
            ("-2.0e1", -20),
            ("-0", 0),
            ("7", 7),
            ("-9223372036854775808", i64::MIN),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(signed(text), Some(value), "{text}");
        }
        for text in ["-1.5", "9223372036854775808", "-9223372036854775809", "\"-1\"", "true", "1e-1"] {
            assert_eq!(signed(text), None, "{text}");
        }
    }

    #[test]
    fn every_other_number_is_none() {
        for text in [
            "-1",
            "1.5",
            "2e-1",
            "1e400",
            "1e20",
            "18446744073709551616",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "999999.0000000000000000000000000001",
        ] {
            assert_eq!(unsigned(text), None, "{text}");
        }
        assert_eq!(unsigned(&"9".repeat(400)), None);
    }

    proptest! {
        #[test]
        fn every_integer_is_read_from_every_notation(value: u64, zeros in 0_usize..30, shift in 0_usize..19) {
            prop_assert_eq!(unsigned(&format!("{value}.{}", "0".repeat(zeros))), Some(value));
            prop_assert_eq!(unsigned(&format!("{value}{}e-{zeros}", "0".repeat(zeros))), Some(value));
            let digits = format!("{value:020}");
            let (integer, fraction) = digits.split_at(20 - shift);
            let integer = match integer.trim_start_matches('0') { "" => "0", rest => rest };
            prop_assert_eq!(unsigned(&format!("{integer}.{fraction}0e{shift}")), Some(value));
        }
    }
}
