//! Payload format and authorizer of an event, read before the rest.

use crate::identity::Claims;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::sync::Arc;

/// Parts of an event that decide how the rest is read.
#[derive(Default, Deserialize)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "requestContext")]
    context: Option<RequestContext<'a>>,
}

#[derive(Deserialize)]
struct RequestContext<'a> {
    #[serde(borrow)]
    authorizer: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    /// Reads the envelope of an event. An event that is malformed, or names a part twice, has neither part.
    pub(crate) fn of(event: &'a str) -> Self {
        serde_json::from_str(event).unwrap_or_default()
    }

    /// Returns `true` for payload format 2.0.
    pub(crate) fn is_format_2(&self) -> bool {
        self.version.as_deref() == Some("2.0")
    }

    /// Returns the claims of the verified token, in either payload format.
    pub(crate) fn claims(&self) -> Option<Arc<Claims>> {
        Claims::of_authorizer(self.authorizer()?)
    }

    /// Returns the event with `null` in place of its authorizer. `lambda_http` would copy every claim, and reject an event
    /// with a claim that is no text.
    pub(crate) fn without_authorizer(&self, event: &'a str) -> Cow<'a, str> {
        let Some(authorizer) = self.authorizer().map(RawValue::get) else {
            return Cow::Borrowed(event);
        };
        // The value is a part of the text.
        let start = authorizer.as_ptr() as usize - event.as_ptr() as usize;
        Cow::Owned([&event[..start], "null", &event[start + authorizer.len()..]].concat())
    }

    fn authorizer(&self) -> Option<&'a RawValue> {
        self.context.as_ref()?.authorizer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorizer_alone_is_removed() {
        let event =
            r#"{"a":"ü","requestContext": { "authorizer" : {"jwt":{"claims":{"sub":"s"}}} ,"b":1},"c":2}"#;
        let rest = Envelope::of(event).without_authorizer(event);
        assert_eq!(rest, r#"{"a":"ü","requestContext": { "authorizer" : null ,"b":1},"c":2}"#);
        for event in [r#"{"requestContext":{"authorizer":null}}"#, r#"{"requestContext":{}}"#, "{}", "[", ""]
        {
            assert_eq!(Envelope::of(event).without_authorizer(event), event);
        }
    }
}
