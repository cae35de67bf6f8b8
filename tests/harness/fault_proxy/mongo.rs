//! Connections to MongoDB.

use super::fault::Fault;
use super::state::{RecordedRequest, State};
use mongo_wire::{Message, WireError};
use serde_json::Value;
use std::time::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// Forwards requests and responses until either side or a fault ends the connection.
pub(super) async fn serve(client: TcpStream, state: &State) {
    if let Err(error) = forward(client, state).await
        && !matches!(error, WireError::Io(_))
    {
        panic!("a message that the proxy can't read: {error}");
    }
}

async fn forward(client: TcpStream, state: &State) -> Result<(), WireError> {
    let server = TcpStream::connect(&state.upstream).await?;
    let (mut client, mut server) = (BufReader::new(client), BufReader::new(server));
    while let Some(request) = Message::read(&mut client).await? {
        let command = request.document()?;
        let operation = command.keys().next().cloned().unwrap_or_default();
        let fault =
            state.receive(RecordedRequest { operation, command, body: Value::Null, at: Instant::now() });
        match fault {
            Some(Fault::Hang) => {
                // Waits until the client times out and closes the connection.
                let _ = client.read_u8().await;
                return Ok(());
            }
            Some(Fault::Refuse | Fault::Respond(_)) => return Ok(()),
            Some(Fault::LoseResponse | Fault::DelayResponse(_)) | None => {}
        }
        server.get_mut().write_all(request.as_bytes()).await?;
        let Some(response) = Message::read(&mut server).await? else {
            return Ok(());
        };
        match fault {
            Some(Fault::DelayResponse(delay)) => tokio::time::sleep(delay).await,
            Some(_) => return Ok(()),
            None => {}
        }
        client.get_mut().write_all(response.as_bytes()).await?;
    }
    Ok(())
}
