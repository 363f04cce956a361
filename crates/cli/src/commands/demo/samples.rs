//! The project's own sample mail (fictional), sent through the real SMTP port as other servers would.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use auth::dns::Zone;
use rust_embed::RustEmbed;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// The file in the data folder that says the mail was sent.
const SENT: &str = "demo-mail-sent";

#[derive(RustEmbed)]
#[folder = "../../corpus"]
#[include = "*.eml"]
#[include = "*.toml"]
struct Corpus;

/// What stands beside each sample message.
#[derive(Debug, serde::Deserialize)]
struct Beside {
    envelope: Envelope,
    expected: Expected,
}

#[derive(Debug, serde::Deserialize)]
struct Expected {
    family: String,
}

#[derive(Debug, serde::Deserialize)]
struct Envelope {
    #[serde(default = "a_name")]
    helo: String,
    #[serde(default)]
    peer: String,
    #[serde(default)]
    mail_from: String,
    recipients: Vec<String>,
}

fn a_name() -> String {
    "mail.example.com".into()
}

/// A sample message: its file, what stands beside it, its bytes.
type Sample = (String, Beside, Cow<'static, [u8]>);

/// Every sample message, in order.
fn samples() -> Result<Vec<Sample>, String> {
    let mut names: Vec<String> =
        Corpus::iter().filter(|name| name.ends_with(".eml")).map(|name| name.into_owned()).collect();
    names.sort();
    let mut samples = Vec::with_capacity(names.len());
    for name in names {
        let beside = name.replace(".eml", ".toml");
        let (Some(mail), Some(about)) = (Corpus::get(&name), Corpus::get(&beside)) else { continue };
        let text = String::from_utf8_lossy(&about.data);
        let about: Beside = toml::from_str(&text).map_err(|bad| format!("{beside}: {bad}"))?;
        samples.push((name, about, mail.data));
    }
    Ok(samples)
}

/// DNS of the sample mail's world: wanted senders publish SPF and have reverse names, the others do not exist.
pub fn zone() -> Result<Zone, String> {
    let mut zone = Zone::new();
    for (_, about, _) in samples()? {
        let envelope = &about.envelope;
        let Ok(peer) = envelope.peer.parse::<IpAddr>() else { continue };
        if about.expected.family != "wanted" {
            continue;
        }
        let domain = envelope.mail_from.rsplit('@').next().filter(|domain| !domain.is_empty());
        let domain = domain.unwrap_or(&envelope.helo);
        zone = zone.txt(domain, format!("v=spf1 ip4:{peer} -all")).mx(domain, 10, &envelope.helo);
        zone = zone.ptr(peer, &envelope.helo);
        if let IpAddr::V4(v4) = peer {
            zone = zone.a(&envelope.helo, v4);
        }
    }
    Ok(zone)
}

/// Sends every sample message once per data folder; `None` where that was done before.
pub async fn send_once(data: &Path, door: SocketAddr) -> Result<Option<usize>, String> {
    let marker = data.join(SENT);
    if marker.exists() {
        return Ok(None);
    }
    let mut sent = 0;
    for (name, about, mail) in samples()? {
        send(door, &about.envelope, &mail).await.map_err(|fault| format!("{name} could not be sent: {fault}"))?;
        sent += 1;
    }
    std::fs::write(&marker, b"").map_err(|fault| format!("{}: {fault}", marker.display()))?;
    Ok(Some(sent))
}

struct Dialogue {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
}

impl Dialogue {
    async fn say(&mut self, line: &str) -> std::io::Result<u16> {
        self.to.write_all(format!("{line}\r\n").as_bytes()).await?;
        self.hear().await
    }

    async fn hear(&mut self) -> std::io::Result<u16> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.from.read_line(&mut line).await? == 0 {
                return Err(std::io::Error::other("the connection was closed"));
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0));
            }
        }
    }
}

/// One message. A refusal is an outcome here, not an error: one of the four refuses what is spam.
async fn send(door: SocketAddr, envelope: &Envelope, mail: &[u8]) -> std::io::Result<()> {
    let (from, to) = TcpStream::connect(door).await?.into_split();
    let mut dialogue = Dialogue { from: BufReader::new(from), to };
    dialogue.hear().await?;
    dialogue.say(&format!("EHLO {}", envelope.helo)).await?;
    if !envelope.peer.is_empty() {
        // The sample mail comes from its own addresses, not from this machine's.
        let address =
            if envelope.peer.contains(':') { format!("IPV6:{}", envelope.peer) } else { envelope.peer.clone() };
        dialogue.say(&format!("XCLIENT ADDR={address} HELO={}", envelope.helo)).await?;
        dialogue.say(&format!("EHLO {}", envelope.helo)).await?;
    }
    dialogue.say(&format!("MAIL FROM:<{}> BODY=8BITMIME", envelope.mail_from)).await?;
    let mut taken = 0;
    for recipient in &envelope.recipients {
        if dialogue.say(&format!("RCPT TO:<{recipient}>")).await? / 100 == 2 {
            taken += 1;
        }
    }
    if taken > 0 && dialogue.say("DATA").await? == 354 {
        dialogue.to.write_all(&stuffed(mail)).await?;
        dialogue.hear().await?;
    }
    dialogue.say("QUIT").await?;
    Ok(())
}

/// CRLF line ends, dots doubled at the start of a line, and the end of DATA.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}
