//! Calls of the providers' HTTP APIs, without I/O.
//!
//! A request takes one call, or none, or one that looks for an earlier outcome before it. [`first_step`] returns the first call;
//! [`next_step`] returns what follows from its response.

use crate::document::Document;
use crate::{InvalidNotification, standard, stripe};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use kernel::Timestamp;
use payments_domain::{
    Account, Answer, Fact, Notification, ObjectId, Operation, Provider, ProviderRequest, Reason, Statement,
    Subject,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;

/// Call of a provider's API. Its `Debug` form omits headers and body, which have the key of the account and a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Absolute URL.
    pub url: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body; empty for a GET.
    pub body: String,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// Step of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A call comes next.
    Call(Call),
    /// The request is answered.
    Answer(Answer),
}

/// Response of a provider.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// Status.
    pub status: StatusCode,
    /// Body.
    pub body: &'a [u8],
}

/// Error for a response that says nothing about the outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoOutcome {
    /// The key of the account is wrong, or may not do this.
    #[error("the provider rejects the key with status {0}")]
    KeyRejected(StatusCode),
    /// The provider has the idempotency key for another request.
    #[error("the provider has the idempotency key for another request")]
    KeyReused,
    /// The status has no meaning here, such as a redirect.
    #[error("the provider responded with status {0}")]
    Status(StatusCode),
    /// The body is not of the documented form.
    #[error("the provider responded with status {status}, and a body that can't be read")]
    Body {
        /// Status.
        status: StatusCode,
        /// Defects of the body.
        source: InvalidNotification,
    },
    /// The payment has more refunds than one page of the list.
    #[error("the payment has more refunds than one page: look for the request in the provider's dashboard")]
    TooManyRefunds,
}

/// Returns the first step of a request.
#[must_use]
pub fn first_step(account: &Account, request: &ProviderRequest, now: Timestamp) -> Step {
    match request.provider {
        Provider::Standard => Step::Call(standard::api::call(account, request)),
        Provider::Stripe => stripe::api::first_step(account, request, now),
    }
}

/// Returns the step after a call.
///
/// # Errors
///
/// [`NoOutcome`]. The request may have had its effect, and has to be repeated.
pub fn next_step(
    account: &Account,
    request: &ProviderRequest,
    call: &Call,
    response: &Response<'_>,
    now: Timestamp,
) -> Result<Step, NoOutcome> {
    let status = response.status;
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Err(NoOutcome::KeyRejected(status));
    }
    if !status.is_success() && !status.is_client_error() || is_transient(request.provider, status) {
        return Err(NoOutcome::Status(status));
    }
    match request.provider {
        Provider::Standard => standard::api::answer(request, response, now).map(Step::Answer),
        Provider::Stripe => stripe::api::next_step(account, request, call, response, now),
    }
}

/// Returns `true` for a status after which the same call can succeed a moment later.
#[must_use]
pub fn is_transient(provider: Provider, status: StatusCode) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => true,
        // Stripe: a call with the same key is in progress, or a service that it needs has failed. Others refuse with 409.
        StatusCode::CONFLICT | StatusCode::FAILED_DEPENDENCY => provider == Provider::Stripe,
        _ => status.is_server_error(),
    }
}

/// Returns a call with the headers that both providers have in common.
pub(crate) fn new_call(account: &Account, method: Method, path: &str, content_type: &'static str) -> Call {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, sensitive(&format!("Bearer {}", account.key.expose())));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("orders"));
    Call { method, url: format!("{}{path}", account.url.as_str()), headers, body: String::new() }
}

/// Adds the id of the request as idempotency key.
pub(crate) fn identify(call: &mut Call, request: &ProviderRequest) {
    call.headers.insert("idempotency-key", sensitive(request.id.as_str()));
}

fn sensitive(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("keys and ids are visible ASCII characters");
    value.set_sensitive(true);
    value
}

/// Characters of an id that are encoded in a path. Dots are, so that no id is a relative segment.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// Returns an id as a segment of a path.
pub(crate) fn segment(id: &ObjectId) -> String {
    utf8_percent_encode(id.as_str(), ENCODED).to_string()
}

/// Returns the answer that a document has. Without a statement, the provider has no outcome yet.
pub(crate) fn answer_in(
    document: Document,
    request: &ProviderRequest,
    payment: Option<ObjectId>,
    statement: Option<Statement>,
    now: Timestamp,
) -> Result<Answer, InvalidNotification> {
    let statement = document.checked(statement)?;
    Ok(statement.map_or(Answer::NothingYet, |statement| told(request, payment, statement, now)))
}

/// Returns the answer with a statement about the payment of a request; `payment` is that of a charge, if the provider has one.
pub(crate) fn told(
    request: &ProviderRequest,
    payment: Option<ObjectId>,
    statement: Statement,
    now: Timestamp,
) -> Answer {
    let payment = request.operation.payment().cloned().or(payment).unwrap_or_else(|| id_of(request));
    Answer::Told(Notification {
        subject: Subject { order: Some(request.order.clone()), payment: payment.clone() },
        fact: Fact { payment, statement, request: Some(request.id.clone()) },
        occurred_at: now,
    })
}

/// Returns the answer to a request that the provider refuses.
pub(crate) fn refused(
    request: &ProviderRequest,
    payment: Option<ObjectId>,
    reason: Option<Reason>,
    now: Timestamp,
) -> Answer {
    let statement = match request.operation {
        Operation::Refund { .. } => Statement::RefundFailed { refund: id_of(request), reason },
        Operation::Charge { .. } | Operation::Capture { .. } | Operation::Void { .. } => {
            Statement::Failed(reason)
        }
    };
    told(request, payment, statement, now)
}

/// Returns the id of a request in place of an object that the provider has not created.
fn id_of(request: &ProviderRequest) -> ObjectId {
    request.id.as_str().parse().expect("an id of a request is one of an object, and shorter")
}
