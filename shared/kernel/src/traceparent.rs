//! Trace context of a request.

use std::fmt;
use std::str::FromStr;

/// `traceparent` header of version 00 (W3C Trace Context, section 3.2):
/// `00-{trace-id}-{parent-id}-{flags}` in lower-case hexadecimal. A header of a higher version is read as one of
/// version 00 (section 3.2.4, "Versioning of traceparent").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Traceparent(String);

/// Error for a text that is not a `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a traceparent (W3C Trace Context)")]
pub struct InvalidTraceparent;

impl Traceparent {
    /// Returns the whole header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the trace id: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }
}

impl FromStr for Traceparent {
    type Err = InvalidTraceparent;

    fn from_str(text: &str) -> Result<Self, InvalidTraceparent> {
        let hex = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let set = |part: &str| part.bytes().any(|b| b != b'0');
        let parts: Vec<&str> = text.split('-').collect();
        match parts.as_slice() {
            [version, trace, parent, flags, later @ ..]
                if hex(version, 2)
                    && *version != "ff"
                    && (later.is_empty() || *version != "00")
                    && hex(trace, 32)
                    && set(trace)
                    && hex(parent, 16)
                    && set(parent)
                    && hex(flags, 2) =>
            {
                // Of a higher version, only the flag "sampled" is known.
                let flags = u8::from_str_radix(flags, 16).unwrap_or_default();
                let flags = if *version == "00" { flags } else { flags & 1 };
                Ok(Self(format!("00-{trace}-{parent}-{flags:02x}")))
            }
            _ => Err(InvalidTraceparent),
        }
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_recommendation_is_accepted() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let traceparent: Traceparent = text.parse().expect("a traceparent");
        assert_eq!(traceparent.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!((traceparent.as_str(), traceparent.to_string().as_str()), (text, text));
    }

    #[test]
    fn a_higher_version_is_read_as_version_00() {
        let ids = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        for text in [format!("01-{ids}"), format!("fe-{ids}-later-members"), format!("01-{}ff", &ids[..50])] {
            assert_eq!(
                text.parse::<Traceparent>().map(|it| it.to_string()),
                Ok(format!("00-{ids}")),
                "{text}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
            "1-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(text.parse::<Traceparent>(), Err(InvalidTraceparent), "{text:?}");
        }
    }
}
