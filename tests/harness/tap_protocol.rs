//! Where a message ends, in MongoDB's wire protocol and in HTTP/1.1.

use mongodb::bson::{Bson, Document};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::TcpStream;

#[derive(Clone, Copy)]
pub(crate) enum Protocol {
    Mongo,
    Http,
}

/// A request or an answer, whole.
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    pub(crate) operation: String,
    pub(crate) command: Document,
    pub(crate) body: Value,
}

impl Protocol {
    /// The next message; `None` when the connection ends.
    pub(crate) async fn read(self, stream: &mut BufReader<TcpStream>) -> Option<Message> {
        match self {
            Self::Mongo => read_mongo(stream).await,
            Self::Http => read_http(stream).await,
        }
    }
}

/// `OP_MSG`; the legacy `OP_QUERY` is only used for handshakes.
const OP_MSG: u32 = 2013;
const HEADER_LEN: usize = 16;

async fn read_mongo(stream: &mut BufReader<TcpStream>) -> Option<Message> {
    let length = stream.read_u32_le().await.ok()?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.resize(length as usize, 0);
    stream.read_exact(&mut bytes[4..]).await.ok()?;
    let op_code = u32::from_le_bytes(bytes[12..HEADER_LEN].try_into().ok()?);
    let command = if op_code == OP_MSG {
        op_msg(&bytes[HEADER_LEN..])?
    } else {
        mongodb::bson::doc! { "hello": 1 }
    };
    let operation = command.keys().next().cloned().unwrap_or_default();
    Some(Message { bytes, operation, command, body: Value::Null })
}

/// The command document, with its document sequences as arrays in it.
fn op_msg(body: &[u8]) -> Option<Document> {
    let mut rest = body.get(4..)?;
    let mut command = Document::new();
    let mut sequences = Vec::new();
    while let Some((kind, section)) = rest.split_first() {
        let length = u32::from_le_bytes(section.get(..4)?.try_into().ok()?) as usize;
        let content = section.get(..length)?;
        match kind {
            0 => command = Document::from_reader(content).ok()?,
            _ => sequences.push(sequence(&content[4..])?),
        }
        rest = &section[length..];
    }
    command.extend(sequences);
    Some(command)
}

/// A document sequence: a name, and documents one behind the other.
fn sequence(content: &[u8]) -> Option<(String, Bson)> {
    let end = content.iter().position(|b| *b == 0)?;
    let name = String::from_utf8(content[..end].to_vec()).ok()?;
    let mut rest = &content[end + 1..];
    let mut documents = Vec::new();
    while !rest.is_empty() {
        documents.push(Bson::Document(Document::from_reader(&mut rest).ok()?));
    }
    Some((name, Bson::Array(documents)))
}

async fn read_http(stream: &mut BufReader<TcpStream>) -> Option<Message> {
    let mut bytes = Vec::new();
    let (mut length, mut operation) = (0, String::new());
    loop {
        let start = bytes.len();
        stream.read_until(b'\n', &mut bytes).await.ok().filter(|read| *read > 0)?;
        let line = String::from_utf8_lossy(&bytes[start..]).trim().to_owned();
        match line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim())) {
            Some((name, value)) if name == "content-length" => length = value.parse().ok()?,
            Some((name, value)) if name == "x-amz-target" => {
                value.rsplit('.').next()?.clone_into(&mut operation);
            }
            None if line.is_empty() => break,
            _ => {}
        }
    }
    let head = bytes.len();
    bytes.resize(head + length, 0);
    stream.read_exact(&mut bytes[head..]).await.ok()?;
    let body = serde_json::from_slice(&bytes[head..]).unwrap_or_default();
    Some(Message { bytes, operation, command: Document::new(), body })
}
