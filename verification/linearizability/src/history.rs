//! What was recorded.

/// One call of one caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<C, A> {
    /// When it began, in ticks of a clock that all callers share.
    pub called: u64,
    /// When its answer arrived and what it was; `None` when it was lost.
    pub answered: Option<(u64, A)>,
    /// What was asked for.
    pub call: C,
}

/// The operations of all callers, in any order.
pub type History<C, A> = Vec<Operation<C, A>>;
