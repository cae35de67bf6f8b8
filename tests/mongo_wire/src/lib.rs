//! Framing of [MongoDB's wire protocol][spec]: `OP_MSG` with its document sequences, and `OP_QUERY`
//! and `OP_REPLY`, which drivers use for the first handshake only.
//!
//! Compression (`OP_COMPRESSED`), exhaust cursors and the verification of checksums are left out:
//! a client uses them only with a server that offers them.
//!
//! [spec]: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/

mod decode;
mod encode;
mod error;
mod message;

pub use error::WireError;
pub use message::Message;

const OP_REPLY: i32 = 1;
const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;
/// Length of the header: four 32-bit integers, little-endian.
const HEADER_LEN: usize = 16;
