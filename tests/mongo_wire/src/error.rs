//! Errors of connections and messages.

use std::io;

/// Error for a message that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The connection failed, or ended in the middle of a message.
    #[error("the connection failed: {0}")]
    Io(#[from] io::Error),
    /// The length in the header is shorter than the header, or above the maximum
    /// ([`Message::MAX_LEN`](crate::Message::MAX_LEN)).
    #[error("a message can't be {0} bytes long")]
    Length(i32),
    /// The operation contains no command, or is not supported.
    #[error("operation code {0} is not supported")]
    OpCode(i32),
    /// A section, a name or a document ends beyond the message.
    #[error("the message is cut off in {0}")]
    CutOff(&'static str),
    /// The kind of a section is neither 0 nor 1.
    #[error("section kind {0} is unknown")]
    SectionKind(u8),
    /// A document is not valid BSON.
    #[error("invalid BSON: {0}")]
    Bson(#[from] bson::error::Error),
}
