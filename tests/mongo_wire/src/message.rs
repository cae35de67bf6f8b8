//! Messages with their headers.

use crate::decode::{legacy_command, op_msg_command};
use crate::encode::{encode, op_msg_body, op_query_body, op_reply_body};
use crate::error::WireError;
use crate::header::{HEADER_LEN, OP_MSG, OP_QUERY, OP_REPLY};
use bson::Document;
use std::io::ErrorKind;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Whole message: its header and its body, in wire format.
///
/// Reading checks the length only. The body is decoded on demand, so that a proxy can forward
/// messages that it does not understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// At least [`HEADER_LEN`] bytes.
    bytes: Vec<u8>,
}

impl Message {
    /// Maximum length of a message in bytes (`maxMessageSizeBytes`).
    pub const MAX_LEN: usize = 48_000_000;

    /// Reads the next message; `None` when the connection ends before it.
    ///
    /// # Errors
    ///
    /// [`WireError::Io`] and [`WireError::Length`].
    pub async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<Self>, WireError> {
        let length = match stream.read_i32_le().await {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let whole = usize::try_from(length).ok().filter(|it| (HEADER_LEN..=Self::MAX_LEN).contains(it));
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.resize(whole.ok_or(WireError::Length(length))?, 0);
        stream.read_exact(&mut bytes[4..]).await?;
        Ok(Some(Self { bytes }))
    }

    /// Creates an `OP_MSG` with a body and document sequences, each under the name of its field.
    ///
    /// # Errors
    ///
    /// [`WireError::Bson`] and [`WireError::Length`].
    pub fn op_msg(
        request_id: i32,
        body: &Document,
        sequences: &[(&str, &[Document])],
    ) -> Result<Self, WireError> {
        Self::new([request_id, 0, OP_MSG], &op_msg_body(body, sequences)?)
    }

    /// Creates an `OP_QUERY` with a command for the database `admin`, like the first message of a driver.
    ///
    /// # Errors
    ///
    /// [`WireError::Bson`] and [`WireError::Length`].
    pub fn op_query(request_id: i32, command: &Document) -> Result<Self, WireError> {
        Self::new([request_id, 0, OP_QUERY], &op_query_body(command)?)
    }

    /// Creates the response to this request, in the corresponding form: `OP_REPLY` for `OP_QUERY`, otherwise
    /// `OP_MSG`.
    ///
    /// # Errors
    ///
    /// [`WireError::Bson`] and [`WireError::Length`].
    pub fn response(&self, document: &Document) -> Result<Self, WireError> {
        let id = self.request_id();
        match self.op_code() {
            OP_QUERY => Self::new([id, id, OP_REPLY], &op_reply_body(document)?),
            _ => Self::new([id, id, OP_MSG], &op_msg_body(document, &[])?),
        }
    }

    fn new(header: [i32; 3], body: &[u8]) -> Result<Self, WireError> {
        Ok(Self { bytes: encode(header, body)? })
    }

    /// Returns the message in wire format.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the identifier that the sender chose.
    #[must_use]
    pub fn request_id(&self) -> i32 {
        self.header_field(4)
    }

    /// Returns the identifier of the request that the message responds to; 0 for a request.
    #[must_use]
    pub fn response_to(&self) -> i32 {
        self.header_field(8)
    }

    fn op_code(&self) -> i32 {
        self.header_field(12)
    }

    fn header_field(&self, at: usize) -> i32 {
        let field = self.bytes[at..at + 4].try_into().expect("a message has a whole header");
        i32::from_le_bytes(field)
    }

    /// Returns the command of a request, or the document of a response. Document sequences become its
    /// arrays. The first key of a command is its name.
    ///
    /// # Errors
    ///
    /// All variants of [`WireError`] except `Io` and `Length`.
    pub fn document(&self) -> Result<Document, WireError> {
        let body = &self.bytes[HEADER_LEN..];
        match self.op_code() {
            OP_MSG => op_msg_command(body),
            OP_QUERY => legacy_command(body),
            op_code => Err(WireError::OpCode(op_code)),
        }
    }
}
