//! Checks that every response must pass.

use serde_json::Value;

/// Payload format of API Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    V1,
    V2,
}

impl Format {
    /// Returns the payload format of an event and its method, by the place of the method. `None` when the event
    /// has neither format.
    pub(crate) fn of(event: &[u8]) -> Option<(Self, String)> {
        let event: Value = serde_json::from_slice(event).ok()?;
        let context = event.get("requestContext")?;
        let method = |value: &Value| value.as_str().map(str::to_owned);
        let v2 = context.get("http").and_then(|http| http.get("method")).and_then(method);
        // With the method in both places, the parser determines the format.
        match (context.get("httpMethod").and_then(method), v2) {
            (Some(method), None) => Some((Self::V1, method)),
            (None, Some(method)) => Some((Self::V2, method)),
            _ => None,
        }
    }
}

/// Response as API Gateway receives it.
#[derive(Clone, Debug)]
pub struct CheckedResponse {
    /// Status.
    pub status: u64,
    /// Body; empty for a response without one.
    pub body: String,
    headers: Value,
    method: Option<String>,
}

impl CheckedResponse {
    /// Reads and checks the response to an event of a format and method.
    pub(crate) fn new(response: &Value, event: Option<(Format, String)>) -> Self {
        let (format, method) = event.unzip();
        let status = response["statusCode"].as_u64().expect("a status");
        assert!((200..500).contains(&status), "{response}");
        let v2 = response.get("cookies").is_some();
        assert!(
            format.is_none_or(|format| (format == Format::V2) == v2),
            "the format of the event: {response}"
        );
        let headers = response[if v2 { "headers" } else { "multiValueHeaders" }].clone();
        assert_eq!(response["isBase64Encoded"], false, "{response}");
        let body = response["body"].as_str().unwrap_or_default().to_owned();
        let checked = Self { status, body, headers, method };
        checked.check();
        checked
    }

    /// Returns a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned)
    }

    /// Returns the end of the problem's type; `None` for a response without a problem.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let problem: Value = serde_json::from_str(&self.body).ok()?;
        problem["type"].as_str()?.strip_prefix("urn:problem-type:orders:").map(str::to_owned)
    }

    /// Returns the method of the request.
    pub(crate) fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    fn check(&self) {
        assert!(self.header("x-request-id").is_some_and(|id| !id.is_empty()), "{self:?}");
        assert!(self.header("cache-control").is_some(), "{self:?}");
        // A response is at most a few times as large as its request.
        assert!(self.body.len() < 1024 * 1024, "{} bytes", self.body.len());
        if self.status >= 400 {
            assert_eq!(self.header("content-type").as_deref(), Some("application/problem+json"));
            if self.method.as_deref() != Some("HEAD") {
                self.check_problem();
            }
        }
    }

    /// Checks Problem Details (RFC 9457).
    fn check_problem(&self) {
        if self.body.is_empty() && self.method.is_none() {
            // The event has two methods, and one of them is HEAD.
            return;
        }
        let problem: Value = serde_json::from_str(&self.body).expect("a problem in JSON");
        assert!(self.problem().is_some_and(|code| !code.is_empty()), "{problem}");
        assert_eq!(problem["status"], self.status);
        for member in ["title", "detail", "instance", "trace_id"] {
            assert!(problem[member].is_string(), "{member} of {problem}");
        }
    }
}
