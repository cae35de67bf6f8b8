//! Recorded operations of concurrent callers.

/// One call of one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<C, A> {
    /// Time at which the call was sent, in ticks of a clock that all callers share.
    pub called: u64,
    /// Time at which the answer arrived, and the answer; `None` when it was lost.
    pub answered: Option<(u64, A)>,
    /// The call.
    pub call: C,
}

/// The operations of all callers, in any order.
pub type History<C, A> = Vec<Operation<C, A>>;
