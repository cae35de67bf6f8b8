//! Bodies of messages from documents.

use crate::error::WireError;
use crate::header::HEADER_LEN;
use bson::Document;

const NO_FLAGS: [u8; 4] = [0; 4];

/// Prepends a header with the length of the message to a body.
pub(crate) fn encode(
    [request_id, response_to, op_code]: [i32; 3],
    body: &[u8],
) -> Result<Vec<u8>, WireError> {
    let length = length_of(HEADER_LEN + body.len())?;
    let header = [length, request_id, response_to, op_code].map(i32::to_le_bytes);
    Ok([header.as_flattened(), body].concat())
}

/// Encodes the flags and the sections: document sequences (kind 1) first, as drivers send them, then the
/// body (kind 0).
pub(crate) fn op_msg_body(body: &Document, sequences: &[(&str, &[Document])]) -> Result<Vec<u8>, WireError> {
    let mut message = NO_FLAGS.to_vec();
    for (name, documents) in sequences {
        let mut section = [name.as_bytes(), &[0]].concat();
        for document in *documents {
            document.to_writer(&mut section)?;
        }
        message.push(1);
        message.extend(length_of(4 + section.len())?.to_le_bytes());
        message.extend(section);
    }
    message.push(0);
    body.to_writer(&mut message)?;
    Ok(message)
}

/// Encodes the flags, the collection, the numbers of documents to skip and to return, and the command.
pub(crate) fn op_query_body(command: &Document) -> Result<Vec<u8>, WireError> {
    let (skipped, returned) = (0_i32.to_le_bytes(), (-1_i32).to_le_bytes());
    let mut message = [NO_FLAGS.as_slice(), b"admin.$cmd\0", &skipped, &returned].concat();
    command.to_writer(&mut message)?;
    Ok(message)
}

/// Encodes the flags, the cursor, its position, the number of documents, and the only document.
pub(crate) fn op_reply_body(document: &Document) -> Result<Vec<u8>, WireError> {
    let (cursor, position, count) = (0_i64.to_le_bytes(), 0_i32.to_le_bytes(), 1_i32.to_le_bytes());
    let mut message = [NO_FLAGS.as_slice(), &cursor, &position, &count].concat();
    document.to_writer(&mut message)?;
    Ok(message)
}

fn length_of(bytes: usize) -> Result<i32, WireError> {
    i32::try_from(bytes).map_err(|_| WireError::Length(i32::MAX))
}
