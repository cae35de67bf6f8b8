//! Bodies of messages as documents.

use crate::error::WireError;
use bson::{Bson, Document};

/// Bit of the flags of an `OP_MSG`: a CRC-32C follows the sections.
const CHECKSUM_PRESENT: u32 = 1;
const FLAGS_LEN: usize = 4;
const CHECKSUM_LEN: usize = 4;

/// Decodes the sections of an `OP_MSG`: the body (kind 0) and document sequences (kind 1).
pub(crate) fn op_msg_command(body: &[u8]) -> Result<Document, WireError> {
    let (flags, mut rest) = body.split_first_chunk::<FLAGS_LEN>().ok_or(WireError::CutOff("the flags"))?;
    if u32::from_le_bytes(*flags) & CHECKSUM_PRESENT != 0 {
        let sections = rest.len().checked_sub(CHECKSUM_LEN).ok_or(WireError::CutOff("the checksum"))?;
        rest = &rest[..sections];
    }
    let mut command = Document::new();
    let mut sequences = Vec::new();
    while let Some((kind, section)) = rest.split_first() {
        let (content, behind) = split_section(section)?;
        match kind {
            0 => command = Document::from_reader(content)?,
            1 => sequences.push(sequence(&content[4..])?),
            kind => return Err(WireError::SectionKind(*kind)),
        }
        rest = behind;
    }
    command.extend(sequences);
    Ok(command)
}

/// Splits off a section by the length that it begins with, which includes itself.
fn split_section(section: &[u8]) -> Result<(&[u8], &[u8]), WireError> {
    let length = section.first_chunk::<4>().ok_or(WireError::CutOff("the length of a section"))?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length >= 4);
    length.and_then(|length| section.split_at_checked(length)).ok_or(WireError::CutOff("a section"))
}

/// Decodes the name of a field, and the documents that follow it.
fn sequence(content: &[u8]) -> Result<(String, Bson), WireError> {
    let (name, mut rest) = c_string(content)?;
    let mut documents = Vec::new();
    while !rest.is_empty() {
        documents.push(Bson::Document(Document::from_reader(&mut rest)?));
    }
    Ok((name, Bson::Array(documents)))
}

/// Decodes the command of an `OP_QUERY`, after the flags, the collection's name and two numbers.
pub(crate) fn legacy_command(body: &[u8]) -> Result<Document, WireError> {
    let (_collection, rest) = c_string(body.get(FLAGS_LEN..).ok_or(WireError::CutOff("the flags"))?)?;
    let command = Document::from_reader(rest.get(8..).ok_or(WireError::CutOff("the query"))?)?;
    // Some drivers wrap the command.
    Ok(command.get_document("$query").cloned().unwrap_or(command))
}

/// Splits off a string that ends with a zero byte.
fn c_string(bytes: &[u8]) -> Result<(String, &[u8]), WireError> {
    let end = bytes.iter().position(|byte| *byte == 0).ok_or(WireError::CutOff("a name"))?;
    Ok((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 1..]))
}
