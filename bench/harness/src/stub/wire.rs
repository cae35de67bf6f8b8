//! MongoDB's wire protocol: `OP_MSG`, and the legacy `OP_QUERY` of the first handshake.

use mongodb::bson::{Document, doc};
use tokio::io::{AsyncRead, AsyncReadExt as _};

const OP_REPLY: i32 = 1;
const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;
const HEADER_LEN: usize = 16;
/// More than any command here has (`maxMessageSizeBytes`).
const MAX_LEN: usize = 48_000_000;

/// A command, and what an answer has to say of it.
#[derive(Debug)]
pub(crate) struct Request {
    id: i32,
    is_legacy: bool,
    /// The command's document, without its document sequences.
    pub(crate) command: Document,
}

impl Request {
    /// The next command; `None` when the connection ends, or sends something else.
    pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let length = usize::try_from(stream.read_i32_le().await.ok()?).ok()?;
        if !(HEADER_LEN..=MAX_LEN).contains(&length) {
            return None;
        }
        let id = stream.read_i32_le().await.ok()?;
        let _response_to = stream.read_i32_le().await.ok()?;
        let op_code = stream.read_i32_le().await.ok()?;
        let mut body = vec![0; length - HEADER_LEN];
        stream.read_exact(&mut body).await.ok()?;
        let command = match op_code {
            OP_MSG => command_section(&body)?,
            OP_QUERY => legacy_command(&body)?,
            _ => return None,
        };
        Some(Self { id, is_legacy: op_code == OP_QUERY, command })
    }

    /// The command's name, which is its first key.
    pub(crate) fn name(&self) -> &str {
        self.command.keys().next().map_or("", String::as_str)
    }

    /// The whole message that answers it.
    pub(crate) fn answer(&self, answer: &Document) -> Vec<u8> {
        let document = answer.to_vec().expect("a document of plain values");
        let (op_code, prefix): (_, &[u8]) = if self.is_legacy {
            // Flags, cursor, starting from, and the number of documents, which is one.
            (OP_REPLY, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0])
        } else {
            // Flags, and the kind of the only section.
            (OP_MSG, &[0, 0, 0, 0, 0])
        };
        let length = HEADER_LEN + prefix.len() + document.len();
        let length = i32::try_from(length).expect("a short answer");
        let header = [length, self.id, self.id, op_code].map(i32::to_le_bytes);
        [header.as_flattened(), prefix, &document].concat()
    }
}

/// The section of kind 0. Sections of kind 1 are documents for an insert or an update, which the
/// stub doesn't need.
fn command_section(body: &[u8]) -> Option<Document> {
    let mut rest = body.get(4..)?;
    while let Some((kind, section)) = rest.split_first() {
        let length = u32::from_le_bytes(section.get(..4)?.try_into().ok()?);
        let length = usize::try_from(length).ok()?;
        let content = section.get(..length)?;
        if *kind == 0 {
            return Document::from_reader(content).ok();
        }
        rest = section.get(length..)?;
    }
    None
}

/// Flags, the collection's name up to a zero, two numbers, and the command.
fn legacy_command(body: &[u8]) -> Option<Document> {
    let end = body.get(4..)?.iter().position(|byte| *byte == 0)? + 5;
    let command = Document::from_reader(body.get(end + 8..)?).ok()?;
    // Some drivers wrap it.
    Some(command.get_document("$query").cloned().unwrap_or(command))
}

/// What a server says of itself: one that stands alone, as old as DocumentDB 5.0, with sessions.
pub(crate) fn hello() -> Document {
    doc! {
        "helloOk": true,
        "ismaster": true,
        "isWritablePrimary": true,
        "maxBsonObjectSize": 16_777_216,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "localTime": mongodb::bson::DateTime::now(),
        "logicalSessionTimeoutMinutes": 30,
        "minWireVersion": 0,
        "maxWireVersion": 13,
        "readOnly": false,
        "ok": 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command as drivers send it, with its documents in a section of their own first.
    fn insert() -> Vec<u8> {
        let command = doc! { "insert": "orders", "$db": "bench" }.to_vec().expect("a document");
        let order = doc! { "_id": 1 }.to_vec().expect("a document");
        let sequence = [b"documents\0".as_slice(), &order].concat();
        let length = u32::try_from(sequence.len() + 4).expect("short").to_le_bytes();
        let body = [&[0; 4], &[1][..], &length, &sequence, &[0], &command].concat();
        let total = i32::try_from(HEADER_LEN + body.len()).expect("short");
        [[total, 42, 0, OP_MSG].map(i32::to_le_bytes).as_flattened(), &body].concat()
    }

    #[tokio::test]
    async fn a_command_is_found_behind_its_documents_and_answered_by_its_id() {
        let message = insert();
        let mut stream = message.as_slice();
        let request = Request::read(&mut stream).await.expect("a command");
        assert_eq!(request.name(), "insert");
        assert!(Request::read(&mut stream).await.is_none(), "there is no other");

        let answer = request.answer(&doc! { "n": 1, "ok": 1.0 });
        assert_eq!(answer[..4], i32::try_from(answer.len()).expect("short").to_le_bytes());
        assert_eq!(answer[8..12], 42_i32.to_le_bytes());
        let read_back = Request::read(&mut answer.as_slice()).await.expect("an answer");
        assert_eq!(read_back.command, doc! { "n": 1, "ok": 1.0 });
    }

    #[tokio::test]
    async fn the_first_handshake_is_answered_in_the_form_it_has() {
        let command = doc! { "isMaster": 1 }.to_vec().expect("a document");
        let body =
            [&[0; 4], b"admin.$cmd\0".as_slice(), &[0, 0, 0, 0, 255, 255, 255, 255], &command].concat();
        let total = i32::try_from(HEADER_LEN + body.len()).expect("short");
        let message = [[total, 7, 0, OP_QUERY].map(i32::to_le_bytes).as_flattened(), &body].concat();
        let request = Request::read(&mut message.as_slice()).await.expect("a command");
        assert_eq!(request.name(), "isMaster");
        assert_eq!(request.answer(&hello())[12..HEADER_LEN], OP_REPLY.to_le_bytes());
    }
}
