//! Messages as drivers and servers write them.

use bson::{Document, doc};
use mongo_wire::{Message, WireError};

const OP_REPLY: i32 = 1;
const OP_MSG: i32 = 2013;

async fn read(mut bytes: &[u8]) -> Result<Option<Message>, WireError> {
    Message::read(&mut bytes).await
}

fn op_code(message: &Message) -> i32 {
    i32::from_le_bytes(message.as_bytes()[12..16].try_into().expect("a header"))
}

/// Returns an `OP_MSG` with these flags and sections.
async fn op_msg(flags: u32, sections: &[u8]) -> Message {
    let length = i32::try_from(20 + sections.len()).expect("a short message");
    let header = [length, 42, 0, OP_MSG].map(i32::to_le_bytes);
    let bytes = [header.as_flattened(), &flags.to_le_bytes(), sections].concat();
    read(&bytes).await.expect("a message").expect("a message")
}

fn section_0(document: &Document) -> Vec<u8> {
    [vec![0], document.to_vec().expect("a document")].concat()
}

#[tokio::test]
async fn document_sequences_become_arrays_of_the_command() {
    let insert = doc! { "insert": "orders", "$db": "bench" };
    let orders = [doc! { "_id": 1 }, doc! { "_id": 2 }];
    let sent = Message::op_msg(42, &insert, &[("documents", &orders)]).expect("a message");
    let request = read(sent.as_bytes()).await.expect("a message").expect("a message");
    assert_eq!(request, sent);
    let command = request.document().expect("a command");
    assert_eq!(command.keys().next().map(String::as_str), Some("insert"));
    assert_eq!(command.get_array("documents").expect("an array").len(), 2);
    assert_eq!((request.request_id(), request.response_to()), (42, 0));
}

#[tokio::test]
async fn a_response_has_the_identifier_of_its_request() {
    let request = Message::op_msg(42, &doc! { "ping": 1 }, &[]).expect("a message");
    let response = request.response(&doc! { "ok": 1.0 }).expect("a response");
    assert_eq!(op_code(&response), OP_MSG);
    assert_eq!(response.response_to(), 42);
    assert_eq!(response.document().expect("a document"), doc! { "ok": 1.0 });
    let length = i32::try_from(response.as_bytes().len()).expect("a short message");
    assert_eq!(response.as_bytes()[..4], length.to_le_bytes());
}

#[tokio::test]
async fn the_first_handshake_has_a_response_in_its_own_form() {
    let request = Message::op_query(7, &doc! { "isMaster": 1 }).expect("a message");
    assert_eq!(request.document().expect("a command"), doc! { "isMaster": 1 });
    let response = request.response(&doc! { "ok": 1.0 }).expect("a response");
    assert_eq!((op_code(&response), response.response_to()), (OP_REPLY, 7));
    assert!(response.as_bytes().ends_with(&doc! { "ok": 1.0 }.to_vec().expect("a document")));

    let wrapped = Message::op_query(8, &doc! { "$query": { "isMaster": 1 } }).expect("a message");
    assert_eq!(wrapped.document().expect("a command"), doc! { "isMaster": 1 });
}

#[tokio::test]
async fn messages_follow_each_other_until_the_connection_ends() {
    let one = Message::op_msg(1, &doc! { "ping": 1 }, &[]).expect("a message");
    let two = Message::op_msg(2, &doc! { "ping": 1 }, &[]).expect("a message");
    let bytes = [one.as_bytes(), two.as_bytes()].concat();
    let mut stream = bytes.as_slice();
    assert_eq!(Message::read(&mut stream).await.expect("a message"), Some(one));
    assert_eq!(Message::read(&mut stream).await.expect("a message"), Some(two));
    assert_eq!(Message::read(&mut stream).await.expect("an end"), None);
}

#[tokio::test]
async fn a_checksum_is_not_a_section() {
    let sections = [section_0(&doc! { "ping": 1 }), vec![1, 2, 3, 4]].concat();
    let request = op_msg(1, &sections).await;
    assert_eq!(request.document().expect("a command"), doc! { "ping": 1 });
}

#[tokio::test]
async fn malformed_messages_are_errors() {
    for length in [i32::MIN, 0, 15, i32::MAX] {
        let bytes = [length, 0, 0, OP_MSG].map(i32::to_le_bytes);
        let error = read(bytes.as_flattened()).await;
        assert!(matches!(error, Err(WireError::Length(it)) if it == length), "{error:?}");
    }
    let ping = Message::op_msg(1, &doc! { "ping": 1 }, &[]).expect("a message");
    let half = &ping.as_bytes()[..ping.as_bytes().len() / 2];
    assert!(matches!(read(half).await, Err(WireError::Io(_))), "a message ends early");

    let header_only = [16, 1, 0, 2012].map(i32::to_le_bytes);
    let compressed = read(header_only.as_flattened()).await.expect("a message").expect("a message");
    assert!(matches!(compressed.document(), Err(WireError::OpCode(2012))));
    for sections in [&[0][..], &[0, 255, 0, 0, 0], &[1, 3, 0, 0, 0], &[1, 5, 0, 0, 0, b'a']] {
        let error = op_msg(0, sections).await.document();
        assert!(matches!(error, Err(WireError::CutOff(_))), "{sections:?}: {error:?}");
    }
    assert!(matches!(op_msg(0, &[2, 4, 0, 0, 0]).await.document(), Err(WireError::SectionKind(2))));
    assert!(matches!(op_msg(0, &[0, 4, 0, 0, 0]).await.document(), Err(WireError::Bson(_))));
}
