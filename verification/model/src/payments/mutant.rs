//! Mutants: the protocol with one deliberate mistake.

/// Deliberate mistake. Each must violate a property; otherwise that property checks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentMutant {
    /// The planner writes requests with new ids, whatever the version of the document.
    NewIdWithoutVersion,
    /// The planner writes requests with ids by payment and count, whatever the version of the document.
    PlanWithoutVersion,
    /// The planner takes no account of requests without an answer.
    ForgetPending,
    /// A refund that the provider has accepted, and not made yet, is no longer pending.
    AcceptedIsDone,
    /// The planner asks again for what the provider has refused.
    RetryRefused,
    /// The planner asks for nothing more of a payment of which the provider has refused a part.
    LeaveThePayment,
    /// A cancellation leaves the marker as it is.
    CancelKeepsMarker,
    /// A new fact replaces those before.
    OverwriteFacts,
    /// A failed attempt beats a capture of the same payment.
    FailureBeatsCapture,
    /// A failed attempt gives the stock back at once.
    ReleaseOnFailure,
    /// Requests are sent without an idempotency key.
    SendWithoutKey,
    /// The sender looks for requests in those orders only that have a refund due.
    SendOnlyDue,
    /// A webhook for an order that is not stored is acknowledged, and its fact is lost.
    DropEarlyWebhook,
    /// A webhook writes what follows from the document that it has read, whatever its version.
    RecordWithoutVersion,
    /// A refund of the shop is checked and then written, whatever the version of the document.
    ShopRefundWithoutVersion,
    /// A refund of the shop leaves what is owed as it is: a second payment makes up for it.
    SurplusIgnoresShopRefunds,
    /// A refund of the shop can take what is due to go back anyway.
    ShopRefundTakesSurplus,
    /// A refund of the shop lowers what is owed, even if it was requested before the order was paid.
    GrantBeforePaid,
    /// Money that is on its way back pays for the order.
    PendingPays,
    /// A refund of the shop lowers what is owed, even if it gives back what a planned refund should have.
    RefusalNotReplaced,
    /// A planned refund that fails after its provider has accepted or made it does not count as refused.
    RefusalByAnswerOnly,
}

impl PaymentMutant {
    /// All mutants.
    pub const ALL: [Self; 21] = [
        Self::NewIdWithoutVersion,
        Self::PlanWithoutVersion,
        Self::ForgetPending,
        Self::AcceptedIsDone,
        Self::RetryRefused,
        Self::LeaveThePayment,
        Self::CancelKeepsMarker,
        Self::OverwriteFacts,
        Self::FailureBeatsCapture,
        Self::ReleaseOnFailure,
        Self::SendWithoutKey,
        Self::SendOnlyDue,
        Self::DropEarlyWebhook,
        Self::RecordWithoutVersion,
        Self::ShopRefundWithoutVersion,
        Self::SurplusIgnoresShopRefunds,
        Self::ShopRefundTakesSurplus,
        Self::GrantBeforePaid,
        Self::PendingPays,
        Self::RefusalNotReplaced,
        Self::RefusalByAnswerOnly,
    ];
}
