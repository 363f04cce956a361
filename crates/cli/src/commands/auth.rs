//! `sekisho auth FILE --ip … --helo … --mail-from …`: everything about who sent a message.

use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use auth::AuthSettings;
use auth::dns::{Resolver, ResolverSettings};
use message::{Body, Envelope, Headers, Limits, Peer, ReversePath};

use crate::arguments::{File, Output};

/// How long it may take.
const TIME: Duration = Duration::from_secs(20);

/// Prints the outcomes.
#[expect(clippy::print_stdout, reason = "what the command prints is its result")]
pub async fn run(
    path: &Path,
    ip: IpAddr,
    helo: String,
    mail_from: &str,
    output: Output,
    dns: Vec<SocketAddr>,
    file: &File,
) -> Result<(), String> {
    let configuration = super::configuration(file)?;
    let raw = read(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    let mail_from = match mail_from {
        "" => ReversePath::Null,
        text => ReversePath::parse(text).map_err(|bad| format!("--mail-from \"{text}\": {bad}"))?,
    };
    let mut peer = Peer::at(ip);
    peer.helo = (!helo.is_empty()).then_some(helo);
    let envelope = Envelope { peer, mail_from, smtp_utf8: false, body: Body::EightBit, received_at: checkpoint::now() };
    let servers = if dns.is_empty() { configuration.dns_servers.clone().unwrap_or_default() } else { dns };
    let settings = ResolverSettings { servers, ..ResolverSettings::default() };
    let resolver = Resolver::new(&settings).map_err(|fault| fault.to_string())?;
    let settings =
        AuthSettings { authserv_id: configuration.hostname.clone(), sender_id: true, ..AuthSettings::default() };
    let headers = Headers::parse(raw.into(), &Limits::default());
    let deadline = tokio::time::Instant::now() + TIME;
    let found = auth::authenticate(&resolver, &envelope, &headers, &settings, deadline).await;
    if matches!(output, Output::Table | Output::Both) {
        println!("{}", auth::report::table(&found));
    }
    if matches!(output, Output::Json | Output::Both) {
        println!("{}", serde_json::to_string_pretty(&found).map_err(|fault| fault.to_string())?);
    }
    Ok(())
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path == Path::new("-") {
        let mut raw = Vec::new();
        std::io::stdin().read_to_end(&mut raw)?;
        return Ok(raw);
    }
    std::fs::read(path)
}
