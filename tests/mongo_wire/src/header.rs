//! Header of a message.

pub(crate) const OP_REPLY: i32 = 1;
pub(crate) const OP_QUERY: i32 = 2004;
pub(crate) const OP_MSG: i32 = 2013;
/// Length of the header: four 32-bit integers, little-endian.
pub(crate) const HEADER_LEN: usize = 16;
