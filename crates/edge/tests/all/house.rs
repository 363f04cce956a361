//! A house to test in: a gate over embedded stores, with an onward way that records what it is given.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use checkpoint::judge::SourcesInForce;
use checkpoint::{
    Directory, Door, DoorSettings, Gate, GateSettings, Handed, Handover, Judge, Junk, Learning, LocalDomain, Metrics,
    NextHop, Onward, Sources, Stores, Verified,
};
use edge::smtp::SmtpSettings;
use message::{Address, Domain, ReversePath};
use policy::Reply;
use store::Records;
use store::embedded::Embedded;
use store::records::directory::{Known, OperatorRow};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// An onward way that records. What it says depends on the local part of the recipient.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    handed: Mutex<Vec<Handover>>,
}

impl Recorder {
    pub(crate) fn handed(&self) -> Vec<Handover> {
        self.handed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Onward for Recorder {
    async fn verify(&self, _: &NextHop, _: &ReversePath, to: &Address, _: tokio::time::Instant) -> Verified {
        match to.local() {
            "nobody" => Verified::Refused(Reply::new(550, (5, 1, 1), "Nobody here")),
            "notyou" => Verified::Refused(Reply::new(550, (5, 1, 8), "Sender address rejected: Domain not found")),
            "later" => Verified::Unclear(Reply::new(451, (4, 4, 1), "Ask later")),
            "panic" => unreachable!("a fault of ours, as the test wants it"),
            _ => Verified::Known,
        }
    }

    async fn hand_over(&self, handover: Handover) -> Vec<Handed> {
        let says = |to: &Address| match to.local() {
            "full" => Handed::Deferred(Reply::new(452, (4, 2, 2), "Mailbox full")),
            "never" => Handed::Refused(Reply::new(550, (5, 2, 1), "Mailbox closed")),
            _ => Handed::Accepted(Reply::new(250, (2, 0, 0), "Taken")),
        };
        let answers = handover.recipients.iter().map(says).collect();
        self.handed.lock().unwrap_or_else(PoisonError::into_inner).push(handover);
        answers
    }
}

pub(crate) struct House {
    pub(crate) gate: Arc<Gate>,
    pub(crate) recorder: Arc<Recorder>,
    _folder: TempDir,
}

pub(crate) fn domain(name: &str) -> Domain {
    Domain::parse(name).expect("a domain of the test")
}

pub(crate) fn address(text: &str) -> Address {
    Address::parse(text).expect("an address of the test")
}

/// Settings without waiting, for one client on loopback that counts like any other.
pub(crate) fn settings() -> SmtpSettings {
    let mut settings = SmtpSettings::new("mx.example.jp", domain("example.jp"));
    settings.greet_delay = Duration::ZERO;
    settings.many_connections_from = Vec::new();
    settings
}

impl House {
    /// A gate whose mail ends in the recorder.
    pub(crate) async fn recording() -> Self {
        let recorder = Arc::new(Recorder::default());
        let hop = NextHop::Smtp { host: "127.0.0.1".into(), port: 1 };
        Self::with(recorder.clone(), hop, recorder).await
    }

    /// A gate that records, behind this door.
    pub(crate) async fn behind(door: Door) -> Self {
        let recorder = Arc::new(Recorder::default());
        let hop = NextHop::Smtp { host: "127.0.0.1".into(), port: 1 };
        Self::with_door(recorder.clone(), hop, recorder, door).await
    }

    /// A gate whose mail goes to this hop by this way.
    pub(crate) async fn with(onward: Arc<dyn Onward>, hop: NextHop, recorder: Arc<Recorder>) -> Self {
        let door = Door::in_memory(DoorSettings::default()).expect("a door");
        Self::with_door(onward, hop, recorder, door).await
    }

    async fn with_door(onward: Arc<dyn Onward>, hop: NextHop, recorder: Arc<Recorder>, door: Door) -> Self {
        Self::of(&["example.jp"], None, onward, hop, recorder, door).await
    }

    /// A gate for these domains that looks names up here; mail ends in the recorder.
    pub(crate) async fn judging(domains: &[&str], dns: auth::dns::Zone) -> Self {
        let recorder = Arc::new(Recorder::default());
        let hop = NextHop::Smtp { host: "127.0.0.1".into(), port: 1 };
        let door = Door::in_memory(DoorSettings::default()).expect("a door");
        Self::of(domains, Some(Arc::new(dns)), recorder.clone(), hop, recorder, door).await
    }

    async fn of(
        domains: &[&str],
        dns: Option<Arc<dyn auth::dns::Dns>>,
        onward: Arc<dyn Onward>,
        hop: NextHop,
        recorder: Arc<Recorder>,
        door: Door,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = Embedded::open(folder.path()).await.expect("stores");
        let row = OperatorRow { id: store::OperatorId(0), name: "Example".into(), time_zone: "Asia/Tokyo".into() };
        let operator = data.records.put_operator(&row).await.expect("an operator");
        let stores = Stores { records: data.records, counters: data.counters, blobs: data.blobs };
        let local = domains.iter().map(|name| LocalDomain {
            operator,
            name: domain(name),
            next_hop: hop.clone(),
            known: Known::NextHop,
            catch_all: None,
            detail: Some('+'),
        });
        let directory = Arc::new(Directory::new(stores.clone(), local.collect()));
        let learning = Arc::new(Learning::new(stores.clone(), Box::new(|_, _| [0; 32])));
        let junk = Arc::new(Junk::new(stores.clone(), directory.clone(), onward.clone(), None));
        let sources = Sources {
            rules_version: String::new(),
            dns,
            auth: auth::AuthSettings { authserv_id: "mx.example.jp".into(), ..auth::AuthSettings::default() },
            limits: message::limits::LIMITS,
            rules: Arc::new(content::heuristics::RuleSet::shipped()),
            url_categories: Arc::default(),
            lists: None,
            clamd: None,
            yara: None,
            signatures: Arc::new(checkpoint::Signatures::none()),
            spamassassin: None,
        };
        let judge = Judge { sources: ArcSwap::from_pointee(SourcesInForce(sources)), directory, learning, door: None };
        let gate_settings = GateSettings {
            configuration: String::new(),
            hostname: "mx.example.jp".into(),
            limits: message::limits::LIMITS,
            recipients: 1_000,
            decision_days: 30,
            ring: 0,
            lookup_page: None,
        };
        let gate = Gate::new(stores, judge, junk, onward, Arc::new(Metrics::default()), gate_settings, door);
        Self { gate: Arc::new(gate), recorder, _folder: folder }
    }

    /// Starts a server; it stops when the guard is dropped.
    pub(crate) async fn serve(&self, settings: SmtpSettings) -> Served {
        self.serve_as(settings, edge::smtp::Dialect::Smtp).await
    }

    pub(crate) async fn serve_as(&self, settings: SmtpSettings, dialect: edge::smtp::Dialect) -> Served {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("its number");
        let stop = CancellationToken::new();
        let settings = Arc::new(ArcSwap::from_pointee(settings));
        let (gate, swapped, token) = (self.gate.clone(), settings.clone(), stop.clone());
        let task = tokio::spawn(async move {
            match dialect {
                edge::smtp::Dialect::Smtp => edge::smtp::serve(listener, gate, swapped, token).await,
                edge::smtp::Dialect::Lmtp => edge::lmtp::serve_tcp(listener, gate, swapped, token).await,
            }
        });
        Served { at, stop, settings, task }
    }
}

pub(crate) struct Served {
    pub(crate) at: SocketAddr,
    pub(crate) stop: CancellationToken,
    pub(crate) settings: Arc<ArcSwap<SmtpSettings>>,
    pub(crate) task: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn connect(&self) -> Client {
        Client::over(TcpStream::connect(self.at).await.expect("a connection"))
    }
}

/// A client that says exactly what it is told.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn over(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub(crate) async fn say(&mut self, octets: impl AsRef<[u8]>) {
        // A server that has closed is seen when reading.
        let _ = self.stream.write_all(octets.as_ref()).await;
    }

    /// A line without its end; `<closed>` where there is none.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(30), self.stream.read_until(b'\n', &mut line));
        match read.await.expect("an answer within half a minute") {
            Ok(0) | Err(_) => "<closed>".into(),
            Ok(_) => String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned(),
        }
    }

    /// A whole reply; gives its last line.
    pub(crate) async fn reply(&mut self) -> String {
        loop {
            let line = self.line().await;
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    /// Says one line and reads the reply.
    pub(crate) async fn ask(&mut self, line: &str) -> String {
        self.say(format!("{line}\r\n")).await;
        self.reply().await
    }

    /// From the greeting to the 354.
    pub(crate) async fn up_to_data(&mut self) {
        assert!(self.reply().await.starts_with("220"));
        assert!(self.ask("EHLO client.example").await.starts_with("250"));
        self.envelope().await;
    }

    /// From MAIL to the 354.
    pub(crate) async fn envelope(&mut self) {
        assert!(self.ask("MAIL FROM:<sender@client.example>").await.starts_with("250"));
        assert!(self.ask("RCPT TO:<taro@example.jp>").await.starts_with("250"));
        assert!(self.ask("DATA").await.starts_with("354"));
    }
}

/// All octets of a rendering.
pub(crate) fn octets(handover: &Handover) -> Vec<u8> {
    handover.rendering.pieces.concat()
}
