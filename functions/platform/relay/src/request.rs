//! Events of the relay.

use serde::Deserialize;

/// Event of an invocation. All members but `redrive` are ignored: a scheduler sends its own.
#[derive(Debug, Deserialize)]
pub(crate) struct RelayRequest {
    /// `true` to requeue the dead letters first.
    #[serde(default)]
    pub(crate) redrive: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_boolean_redrive_is_accepted_and_other_members_are_ignored() {
        let redrive =
            |event: &str| serde_json::from_str(event).ok().map(|request: RelayRequest| request.redrive);
        for event in ["{}", r#"{"redrive":false}"#, r#"{"source":"aws.events","detail":{"redrive":true}}"#] {
            assert_eq!(redrive(event), Some(false), "{event}");
        }
        assert_eq!(redrive(r#"{"redrive":true}"#), Some(true));
        for event in [
            "",
            "null",
            r#"{"redrive":"true"}"#,
            r#"{"redrive":1}"#,
            r#"{"redrive":null}"#,
            r#"{"redrive":true,"redrive":false}"#,
            &"[".repeat(100_000),
        ] {
            assert_eq!(redrive(event), None);
        }
    }
}
