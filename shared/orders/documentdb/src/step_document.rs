//! Steps in the history of a document.

use crate::document::{UnreadableDocument, date, int64, parse, timestamp, unreadable, version};
use kernel::{Timestamp, Version};
use mongodb::bson::DateTime;
use orders_domain::{
    CancelReason, Member, OrderChange, RejectReason, RequestKey, Status, StepKind, Transition,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StepDocument {
    /// Kind of the step; absent for a change of the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    version: i64,
    /// Status after the step; absent when the step does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    at: DateTime,
    /// Key of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<String>,
    /// Generated key of a request without one. Earlier releases stored it as `idempotency_key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    invocation_id: Option<String>,
    /// Reason for a cancellation, absent for one that a client has requested; or for a rejection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// `false` for a cancellation whose units don't come back into stock; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restock: Option<bool>,
    /// Names of the corrected members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
    /// Fingerprint of the correction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

/// Kind of a step that corrects personal data, possibly with references.
const PERSONAL: &str = "personal";
/// Kind of a step that corrects references only.
const REFERENCES: &str = "references";

/// Kind of a step that records a fact about the payment.
const PAYMENT: &str = "payment";
/// Kind of a step that approves an order on hold.
const APPROVAL: &str = "approval";

impl StepDocument {
    pub(crate) fn of_transition(step: &Transition) -> Self {
        let document =
            Self::new(step.kind.clone(), step.version, Some(step.status), step.at, step.key.as_ref());
        let document = document.with_reason(step.reason).with_restock(!step.is_written_off);
        match step.reject_reason {
            Some(reason) => Self { reason: Some(reason.to_string()), ..document },
            None => document,
        }
    }

    /// Returns the step of a change. A correction leaves the status as it is, which only the document knows.
    pub(crate) fn of_change(change: &OrderChange) -> Self {
        let version = change.expected.next();
        let document = Self::new(change.kind(), version, change.target(), change.at, Some(&change.key));
        document.with_reason(change.reason()).with_restock(!change.is_write_off())
    }

    fn with_reason(self, reason: Option<CancelReason>) -> Self {
        Self { reason: reason.map(|reason| reason.to_string()), ..self }
    }

    fn with_restock(self, restock: bool) -> Self {
        Self { restock: (!restock).then_some(false), ..self }
    }

    fn new(
        kind: StepKind,
        version: Version,
        status: Option<Status>,
        at: Timestamp,
        key: Option<&RequestKey>,
    ) -> Self {
        let (idempotency_key, invocation_id) = match key {
            Some(RequestKey::Caller(key)) => (Some(key.to_string()), None),
            Some(RequestKey::Generated(key)) => (None, Some(key.to_string())),
            None => (None, None),
        };
        let (kind, changed, fingerprint) = match kind {
            StepKind::Correction { changed, fingerprint } => {
                let references = [Member::ExternalId, Member::Metadata].map(Member::as_str);
                let is_reference = |name: &String| references.contains(&name.as_str());
                let kind = if changed.iter().all(is_reference) { REFERENCES } else { PERSONAL };
                (Some(kind), changed, Some(fingerprint))
            }
            StepKind::Payment => (Some(PAYMENT), Vec::new(), None),
            StepKind::Approval => (Some(APPROVAL), Vec::new(), None),
            StepKind::Status | StepKind::Unknown => (None, Vec::new(), None),
        };
        Self {
            kind: kind.map(str::to_owned),
            version: int64(version),
            status: status.map(|status| status.to_string()),
            at: date(at),
            idempotency_key,
            invocation_id,
            reason: None,
            restock: None,
            changed,
            fingerprint,
        }
    }

    /// Reads a step that follows one with the status `before`.
    pub(crate) fn read(self, before: Option<Status>) -> Result<Transition, UnreadableDocument> {
        let status = match self.status {
            Some(name) => Status::restore(&name).map_err(unreadable)?,
            None => before.ok_or_else(|| unreadable("the first step has no status"))?,
        };
        let is_rejection = status == Status::Rejected;
        Ok(Transition {
            kind: match (self.kind.as_deref(), self.fingerprint) {
                (None, _) => StepKind::Status,
                (Some(PERSONAL | REFERENCES), Some(fingerprint)) => {
                    StepKind::Correction { changed: self.changed, fingerprint }
                }
                (Some(PAYMENT), _) => StepKind::Payment,
                (Some(APPROVAL), _) => StepKind::Approval,
                (Some(_), _) => StepKind::Unknown,
            },
            version: version(self.version)?,
            status,
            at: timestamp(self.at)?,
            key: match (self.idempotency_key.as_deref(), self.invocation_id.as_deref()) {
                (Some(key), _) => Some(RequestKey::Caller(parse(key)?)),
                (None, Some(id)) => Some(RequestKey::Generated(parse(id)?)),
                (None, None) => None,
            },
            reason: self.reason.as_deref().filter(|_| !is_rejection).map(CancelReason::restore),
            reject_reason: self.reason.as_deref().filter(|_| is_rejection).map(RejectReason::restore),
            is_written_off: self.restock == Some(false),
        })
    }
}
