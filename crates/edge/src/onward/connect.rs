//! A fresh connection to a next hop: greeting, hello, STARTTLS where it is offered.

use std::io;
use std::sync::Arc;

use checkpoint::NextHop;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::capabilities::Capabilities;
use super::client::{Client, ClientFault, within};
use super::settings::{OnwardSettings, OnwardTls};
use super::tls;
use crate::prompt::Prompt;
use crate::smtp::Dialect;
use crate::smtp::wire::{Stream, Wire, WireFault};

/// Connects and says hello. Where opportunistic TLS fails, a second connection goes on without it.
pub(super) async fn connect(
    hop: &NextHop,
    settings: &OnwardSettings,
    deadline: Instant,
) -> Result<Client, ClientFault> {
    match attempt(hop, settings, &settings.tls, deadline).await {
        Err(ClientFault::Tls(why)) if matches!(settings.tls, OnwardTls::Opportunistic) => {
            tracing::info!(%hop, why, "no TLS, going on without it");
            attempt(hop, settings, &OnwardTls::Off, deadline).await
        }
        outcome => outcome,
    }
}

async fn attempt(
    hop: &NextHop,
    settings: &OnwardSettings,
    wanted: &OnwardTls,
    deadline: Instant,
) -> Result<Client, ClientFault> {
    let opened = timeout_at(within(settings.connect, deadline), open(hop)).await;
    let stream = opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(ClientFault::Connect)?;
    let dialect = match hop {
        NextHop::Smtp { .. } => Dialect::Smtp,
        NextHop::Lmtp { .. } | NextHop::LmtpSocket(_) | NextHop::Maildir(_) => Dialect::Lmtp,
    };
    let mut client = Client::new(Wire::new(stream), dialect);
    let greeting = client.reply(within(settings.command, deadline)).await?;
    if greeting.code != 220 {
        return Err(ClientFault::Unwilling(greeting));
    }
    hello(&mut client, settings, deadline).await?;
    let config = match wanted {
        OnwardTls::Off => return Ok(client),
        OnwardTls::Opportunistic if !client.capabilities.start_tls => return Ok(client),
        OnwardTls::Opportunistic | OnwardTls::Required => tls::unverified().map_err(ClientFault::Tls)?,
        OnwardTls::Verified(config) => Arc::clone(config),
    };
    start_tls(&mut client, hop, config, settings, deadline).await?;
    hello(&mut client, settings, deadline).await?;
    Ok(client)
}

async fn open(hop: &NextHop) -> io::Result<Box<dyn Stream>> {
    match hop {
        NextHop::Smtp { host, port } | NextHop::Lmtp { host, port } => {
            Ok(Box::new(Prompt::new(TcpStream::connect((host.as_str(), *port)).await?)))
        }
        NextHop::LmtpSocket(path) => Ok(Box::new(UnixStream::connect(path).await?)),
        NextHop::Maildir(_) => Err(io::Error::other("a Maildir is not connected to")),
    }
}

/// EHLO, or HELO where EHLO is not known (RFC 5321 §3.2); LHLO has no older form.
async fn hello(client: &mut Client, settings: &OnwardSettings, deadline: Instant) -> Result<(), ClientFault> {
    let verb = match client.dialect {
        Dialect::Smtp => "EHLO",
        Dialect::Lmtp => "LHLO",
    };
    let reply = client.say(&format!("{verb} {}", settings.name), within(settings.command, deadline)).await?;
    if reply.is_positive() {
        client.capabilities = Capabilities::read(&reply);
        return Ok(());
    }
    if client.dialect == Dialect::Smtp && reply.code / 100 == 5 && !reply.is_goodbye() {
        let reply = client.say(&format!("HELO {}", settings.name), within(settings.command, deadline)).await?;
        return if reply.is_positive() { Ok(()) } else { Err(ClientFault::Unwilling(reply)) };
    }
    Err(ClientFault::Unwilling(reply))
}

async fn start_tls(
    client: &mut Client,
    hop: &NextHop,
    config: Arc<ClientConfig>,
    settings: &OnwardSettings,
    deadline: Instant,
) -> Result<(), ClientFault> {
    let host = match hop {
        NextHop::Smtp { host, .. } | NextHop::Lmtp { host, .. } => host.as_str(),
        NextHop::LmtpSocket(_) | NextHop::Maildir(_) => "localhost",
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|bad| ClientFault::Tls(bad.to_string()))?;
    if !client.capabilities.start_tls {
        return Err(ClientFault::Tls("not offered".into()));
    }
    let reply = client.say("STARTTLS", within(settings.command, deadline)).await?;
    if reply.code != 220 {
        return Err(ClientFault::Tls(format!("refused with {}", reply.code)));
    }
    // Taking the stream also forgets what was sent before TLS stands (RFC 3207 §4.2).
    let handshake = TlsConnector::from(config).connect(name, client.wire.take());
    match timeout_at(within(settings.command, deadline), handshake).await {
        Ok(Ok(stream)) => {
            client.wire.put(Box::new(stream));
            Ok(())
        }
        Ok(Err(fault)) => Err(ClientFault::Tls(fault.to_string())),
        Err(_) => Err(WireFault::Late.into()),
    }
}
