//! Framing of [MongoDB's wire protocol][spec]: `OP_MSG` with its document sequences, and `OP_QUERY`
//! and `OP_REPLY`, which drivers use for the first handshake only.
//!
//! Compression (`OP_COMPRESSED`), exhaust cursors and the verification of checksums are deliberately absent:
//! a client uses them only if the server offers them.
//!
//! [spec]: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/

mod decode;
mod encode;
mod error;
mod header;
mod message;

pub use error::WireError;
pub use message::Message;
