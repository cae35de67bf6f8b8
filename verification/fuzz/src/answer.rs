//! What is promised of every answer.

use serde_json::Value;

/// A payload format of API Gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    V1,
    V2,
}

impl Format {
    /// The payload format of an event, and its method, by where it has one. `None` when it is no
    /// event of either.
    pub(crate) fn of(event: &[u8]) -> Option<(Self, String)> {
        let event: Value = serde_json::from_slice(event).ok()?;
        let context = event.get("requestContext")?;
        let method = |value: &Value| value.as_str().map(str::to_owned);
        let v2 = context.get("http").and_then(|http| http.get("method")).and_then(method);
        // With the method in both places, it is what can be read of it.
        match (context.get("httpMethod").and_then(method), v2) {
            (Some(method), None) => Some((Self::V1, method)),
            (None, Some(method)) => Some((Self::V2, method)),
            _ => None,
        }
    }
}

/// An answer as API Gateway gets it.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The status of the response.
    pub status: u64,
    /// Its body; empty when there is none.
    pub body: String,
    headers: Value,
    method: Option<String>,
}

impl Answered {
    /// Reads an answer to an event of that format and method.
    pub(crate) fn new(answer: &Value, event: Option<(Format, String)>) -> Self {
        let (format, method) = event.unzip();
        let status = answer["statusCode"].as_u64().expect("a status");
        assert!((200..500).contains(&status), "{answer}");
        let v2 = answer.get("cookies").is_some();
        assert!(
            format.is_none_or(|format| (format == Format::V2) == v2),
            "the format of the event: {answer}"
        );
        let headers = answer[if v2 { "headers" } else { "multiValueHeaders" }].clone();
        assert_eq!(answer["isBase64Encoded"], false, "{answer}");
        let body = answer["body"].as_str().unwrap_or_default().to_owned();
        let answered = Self { status, body, headers, method };
        answered.check();
        answered
    }

    /// A header of the response.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?;
        value.as_str().or_else(|| value.get(0)?.as_str()).map(str::to_owned)
    }

    /// The end of the problem's type, of an answer that is one.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let problem: Value = serde_json::from_str(&self.body).ok()?;
        problem["type"].as_str()?.strip_prefix("urn:problem-type:orders:").map(str::to_owned)
    }

    /// The method of the request.
    pub(crate) fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    fn check(&self) {
        assert!(self.header("x-request-id").is_some_and(|id| !id.is_empty()), "{self:?}");
        assert!(self.header("cache-control").is_some(), "{self:?}");
        // The answer to a request is at most some times as large as the request.
        assert!(self.body.len() < 1024 * 1024, "{} bytes", self.body.len());
        if self.status >= 400 {
            assert_eq!(self.header("content-type").as_deref(), Some("application/problem+json"));
            if self.method.as_deref() != Some("HEAD") {
                self.check_problem();
            }
        }
    }

    /// Problem Details (RFC 9457).
    fn check_problem(&self) {
        if self.body.is_empty() && self.method.is_none() {
            // The method could be read in two ways, and was HEAD.
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
