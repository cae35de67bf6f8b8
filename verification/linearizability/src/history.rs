//! Recorded operations of concurrent callers.

/// Call of a caller, and its response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<C, R> {
    /// Time at which the call was sent, in ticks of a clock that all callers share.
    pub called: u64,
    /// Time at which the response arrived, and the response; `None` when it was lost.
    pub response: Option<(u64, R)>,
    /// Call.
    pub call: C,
}

/// Operations of all callers, in any order.
pub type History<C, R> = Vec<Operation<C, R>>;
