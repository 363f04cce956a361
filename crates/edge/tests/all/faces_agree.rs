//! One verdict, whoever asks: every message of our own corpus through every face gives the same class, findings and
//! points for each recipient, and what happens is what `policy::combine` makes of it for what the face can carry.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use auth::dns::Zone;
use bytes::BytesMut;
use checkpoint::Face;
use edge::milter::MilterSettings;
use edge::smtp::Dialect;
use message::Peer;
use policy::{Can, Decision, DecisionRecord, Layer, combine};
use store::records::decisions::DecisionQuery;
use store::records::directory::{AddressKind, AddressRow};
use store::records::settings::SettingsOwner;
use testkit::corpus::Sample;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::house::{Client, House, settings};
use crate::milter;

pub(crate) const AGREED: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1}}"#;
const HOLDS_ALL: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"refuse":[{"kind":"everyone"}],"refused":{"then":"junk"}}"#;
const REFUSES_ALL: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"refuse":[{"kind":"everyone"}],
    "refused":{"then":"refuse"}}"#;
const LABELS_HTML: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"label":"[MEIWAKU]",
    "conditions":{"html-present":{"then":"deliver","label":"both"}}}"#;
const LABELS_HTML_TOO: &str = r#"{"consent":{"given":true,"at":1700000000000,"text":1},"label":"[spam]",
    "conditions":{"html-present":{"then":"deliver","label":"both"}}}"#;

/// Every face that takes or judges messages, and what it can carry.
const FACES: [(Face, Can); 5] = [
    (Face::Smtp, Can::OneAnswer),
    (Face::Lmtp, Can::EachRecipient),
    (Face::Milter, Can::RemoveRecipients),
    (Face::RspamdHttp, Can::OneAction),
    (Face::Spamd, Can::OneAction),
];

/// What a program at the other end gets to see, for tests that look at it.
struct Answered {
    rspamd: serde_json::Value,
    spamd: String,
}

/// One recipient's decision, as it was written down.
type Decided = BTreeMap<String, Decision>;

/// The message as every face gets it: with the Received field that the mail server in front wrote, by which spamd's
/// clients tell who the peer is.
fn with_trace(sample: &Sample) -> Vec<u8> {
    let mut message = format!(
        "Received: from {} ([{}])\r\n\tby front.example.jp with ESMTP id 1;\r\n\tSun, 22 Nov 2026 20:00:00 +0900\r\n",
        sample.helo, sample.peer
    )
    .into_bytes();
    message.extend_from_slice(&testkit::maildir::with_crlf(&sample.message));
    message
}

pub(crate) async fn subscribe(house: &House, address: &str, layer: &str) {
    let records = &house.gate.stores.records;
    let operator = house.gate.directory.first_operator().expect("there is a domain");
    let row = store::records::directory::SubscriberRow {
        id: store::SubscriberId(0),
        operator,
        login: address.to_owned(),
        name: address.to_owned(),
        group: String::new(),
        language: String::new(),
        password: None,
    };
    let id = records.put_subscriber(&row).await.expect("a subscriber");
    let row = AddressRow { operator, key: address.to_owned(), kind: AddressKind::Mailbox, subscriber: Some(id) };
    records.put_address(&row).await.expect("an address");
    let layer = Layer::from_json(layer).expect("a layer of the test");
    let owner = SettingsOwner::Subscriber(id);
    let changed = house.gate.directory.change_settings(operator, &owner, &layer, 0, "test", "test", "").await;
    changed.expect("settings");
}

/// Both ends of a connection.
async fn connected() -> (TcpStream, TcpStream, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let client = TcpStream::connect(listener.local_addr().expect("its number")).await.expect("a connection");
    let (server, from) = listener.accept().await.expect("the same connection");
    (server, client, from)
}

pub(crate) async fn by_smtp(house: &House, dialect: Dialect, sample: &Sample, message: &[u8]) {
    let (server, client, _) = connected().await;
    let peer = Peer::at(sample.peer.parse().expect("a peer is an address"));
    let (gate, stop) = (house.gate.clone(), CancellationToken::new());
    let held =
        tokio::spawn(edge::smtp::server::hold_one(Box::new(server), peer, dialect, gate, Arc::new(settings()), stop));
    let mut client = Client::over(client);
    assert!(client.reply().await.starts_with("220"));
    let hello = if dialect == Dialect::Lmtp { "LHLO" } else { "EHLO" };
    assert!(client.ask(&format!("{hello} {}", sample.helo)).await.starts_with("250"));
    assert!(client.ask(&format!("MAIL FROM:<{}>", sample.mail_from)).await.starts_with("250"), "{}", sample.name);
    for to in &sample.recipients {
        assert!(client.ask(&format!("RCPT TO:<{to}>")).await.starts_with("250"), "{}", sample.name);
    }
    assert!(client.ask("DATA").await.starts_with("354"));
    let mut text = Vec::new();
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        if line.starts_with(b".") {
            text.push(b'.');
        }
        text.extend_from_slice(line);
    }
    if !text.ends_with(b"\r\n") {
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b".\r\n");
    client.say(&text).await;
    let answers = if dialect == Dialect::Lmtp { sample.recipients.len() } else { 1 };
    for _ in 0..answers {
        let reply = client.reply().await;
        assert!(reply.starts_with("250") || reply.starts_with("55"), "{}: {reply}", sample.name);
    }
    assert!(client.ask("QUIT").await.starts_with("221"));
    held.await.expect("the session ended");
}

pub(crate) async fn by_milter(house: &House, sample: &Sample, message: &[u8]) {
    let mut mta = milter::Peer::connect(house, MilterSettings::default());
    mta.negotiate().await;
    let said = |texts: &[&str]| texts.iter().map(|text| format!("{text}\0")).collect::<String>().into_bytes();
    let mut connect = format!("[{}]\0", sample.peer).into_bytes();
    connect.extend_from_slice(b"4\x0c\xea");
    connect.extend_from_slice(&said(&[&sample.peer]));
    mta.say(b'C', &connect).await;
    mta.say(b'H', &said(&[&sample.helo])).await;
    mta.say(b'M', &said(&[&format!("<{}>", sample.mail_from)])).await;
    assert_eq!(mta.hear().await.map(|heard| heard.0), Some(b'c'), "{}", sample.name);
    for to in &sample.recipients {
        mta.say(b'R', &said(&[&format!("<{to}>")])).await;
        assert_eq!(mta.hear().await.map(|heard| heard.0), Some(b'c'), "{}", sample.name);
    }
    let (head, body) = testkit::maildir::split(message);
    for field in fields(head) {
        let colon = field.iter().position(|octet| *octet == b':').expect("a field has a colon");
        // As Postfix gives it: folds without CR, no line end.
        let value: Vec<u8> = field[colon + 1..].iter().copied().filter(|octet| *octet != b'\r').collect();
        mta.say(b'L', &[&field[..colon], b"\0", value.strip_suffix(b"\n").unwrap_or(&value), b"\0"].concat()).await;
    }
    mta.say(b'N', b"").await;
    for piece in body.chunks(65_535) {
        mta.say(b'B', piece).await;
    }
    mta.say(b'E', b"").await;
    loop {
        let said = mta.hear().await.expect("an answer to the message").0;
        assert_ne!(said, b't', "{} was put off", sample.name);
        if matches!(said, b'c' | b'd' | b'y' | b'r') {
            return;
        }
    }
}

/// The fields of a header section, folds included.
fn fields(head: &[u8]) -> Vec<Vec<u8>> {
    let mut fields: Vec<Vec<u8>> = Vec::new();
    for line in head.split_inclusive(|octet| *octet == b'\n') {
        match fields.last_mut() {
            Some(last) if line.starts_with(b" ") || line.starts_with(b"\t") => last.extend_from_slice(line),
            _ => fields.push(line.to_vec()),
        }
    }
    fields
}

async fn by_rspamd(at: SocketAddr, sample: &Sample, message: &[u8]) -> serde_json::Value {
    let mut head = format!("POST /checkv2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nIP: {}\r\n", sample.peer);
    head.push_str(&format!(
        "Helo: {}\r\nFrom: <{}>\r\nContent-Length: {}\r\n",
        sample.helo,
        sample.mail_from,
        message.len()
    ));
    for to in &sample.recipients {
        head.push_str(&format!("Rcpt: {to}\r\n"));
    }
    head.push_str("\r\n");
    let said = ask(TcpStream::connect(at).await.expect("a connection"), &[head.as_bytes(), message].concat()).await;
    let (head, body) = said.split_once("\r\n\r\n").expect("an answer of HTTP");
    assert!(head.starts_with("HTTP/1.1 200"), "{}: {said}", sample.name);
    serde_json::from_str(body).expect("the answer is JSON")
}

async fn by_spamd(house: &House, sample: &Sample, message: &[u8]) -> String {
    // As Exim hands it over.
    let mut handed = format!("From {} Sun Nov 22 20:00:00 2026\n", sample.mail_from);
    handed.push_str(&format!(
        "X-Envelope-From: <{}>\nX-Envelope-To: {}\n",
        sample.mail_from,
        sample.recipients.join(", ")
    ));
    let handed = [handed.as_bytes(), message].concat();
    let (server, client, from) = connected().await;
    let gate = house.gate.clone();
    let held = tokio::spawn(edge::spamd::hold(server, BytesMut::new(), edge::spamd::Client::Tcp(from.ip()), gate));
    let head = format!("SYMBOLS SPAMC/1.5\r\nUser: nobody\r\nContent-length: {}\r\n\r\n", handed.len());
    let said = ask(client, &[head.as_bytes(), &handed].concat()).await;
    held.await.expect("the session ended");
    assert!(said.starts_with("SPAMD/1.1 0 EX_OK\r\n"), "{}: {said}", sample.name);
    said
}

async fn ask(mut stream: TcpStream, question: &[u8]) -> String {
    stream.write_all(question).await.expect("the question is taken");
    stream.shutdown().await.expect("the question has an end");
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.expect("an answer");
    String::from_utf8_lossy(&said).into_owned()
}

/// Every message through every face; what was written down, in the order of messages, and what was answered.
async fn through_all(house: &House, samples: &[Sample]) -> (BTreeMap<&'static str, Vec<Decided>>, Vec<Answered>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("its number");
    let (rspamd, stop) = (edge::rspamd_http::Rspamd::new(house.gate.clone(), None), CancellationToken::new());
    let served = tokio::spawn(edge::rspamd_http::serve(listener, rspamd, stop.clone()));
    let mut answered = Vec::new();
    for sample in samples {
        let message = with_trace(sample);
        by_smtp(house, Dialect::Smtp, sample, &message).await;
        by_smtp(house, Dialect::Lmtp, sample, &message).await;
        by_milter(house, sample, &message).await;
        let rspamd = by_rspamd(at, sample, &message).await;
        answered.push(Answered { rspamd, spamd: by_spamd(house, sample, &message).await });
    }
    stop.cancel();
    served.await.expect("it ends").expect("in order");
    (written_down(house, samples).await, answered)
}

/// The records by face, in the order of messages.
async fn written_down(house: &House, samples: &[Sample]) -> BTreeMap<&'static str, Vec<Decided>> {
    let operator = house.gate.directory.first_operator();
    let expected: usize = samples.iter().map(|sample| sample.recipients.len()).sum::<usize>() * FACES.len();
    let query = DecisionQuery { operator, limit: 100_000, ..DecisionQuery::default() };
    // Rows of delivered mail are written in groups, within a second.
    let all = async {
        loop {
            let rows = house.gate.stores.records.find_decisions(&query).await.expect("records can be read");
            if rows.len() >= expected {
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut rows = tokio::time::timeout(Duration::from_secs(60), all).await.expect("every decision is written down");
    rows.sort_by_key(|(transaction, _)| transaction.id.0);
    assert_eq!(rows.len(), expected, "and none twice");
    let mut faces: BTreeMap<&'static str, Vec<(uuid::Uuid, Decided)>> = BTreeMap::new();
    for (transaction, row) in rows {
        let (face, _) = FACES.iter().find(|(face, _)| face.name() == transaction.face).expect("a face of the test");
        let record = DecisionRecord::from_json(&row.json).expect("a record of ours");
        let decided = faces.entry(face.name()).or_default();
        if decided.last().is_none_or(|(id, _)| *id != transaction.id.0) {
            decided.push((transaction.id.0, Decided::new()));
        }
        decided.last_mut().expect("just made").1.insert(row.recipient, record.decision);
    }
    faces.into_iter().map(|(face, decided)| (face, decided.into_iter().map(|one| one.1).collect())).collect()
}

/// What somebody's settings asked for, whatever the face could carry. What the door observed is left out: it stands only
/// where strangers connect, and looks at no message.
fn wanted(decision: &Decision) -> Decision {
    let mut own = decision.clone();
    own.treatment = own.wanted.take().unwrap_or(own.treatment);
    let of_message = |finding: &controls::Finding| {
        // At MAIL `nonexistent_sender` looks at the envelope's domain; `reputation` knows what came before this message.
        finding.control != "reputation"
            && !finding.reason.starts_with("envelope-")
            && controls::inbound::control(&finding.control).is_some_and(|it| it.stages.contains(&controls::Stage::Data))
    };
    own.verdict.observed.retain(of_message);
    own
}

fn agree(samples: &[Sample], faces: &BTreeMap<&'static str, Vec<Decided>>) {
    let reference = &faces[Face::Lmtp.name()];
    assert_eq!(reference.len(), samples.len(), "every message was judged");
    for (face, can) in FACES {
        let decided = &faces[face.name()];
        assert_eq!(decided.len(), samples.len(), "{}", face.name());
        for ((sample, decided), own) in samples.iter().zip(decided).zip(reference) {
            let told = format!("{} through {}", sample.name, face.name());
            let recipients: Vec<&String> = decided.keys().collect();
            assert_eq!(recipients, own.keys().collect::<Vec<_>>(), "{told}");
            let expected = combine(sample.recipients.iter().map(|to| wanted(&own[to])).collect(), can);
            for (to, expected) in sample.recipients.iter().zip(&expected) {
                let found = &decided[to];
                let (found_own, said) = (wanted(found), wanted(&own[to]));
                assert_eq!(found_own.verdict, said.verdict, "{told} for {to}: what was found");
                assert_eq!(found_own, said, "{told} for {to}: what the settings asked for");
                assert_eq!(found.treatment, expected.treatment, "{told} for {to}: what was done");
            }
        }
    }
}

/// What was answered says the same as what was written down.
fn answers_agree(samples: &[Sample], answered: &[Answered], faces: &BTreeMap<&'static str, Vec<Decided>>) {
    for ((sample, answered), decided) in samples.iter().zip(answered).zip(&faces[Face::Spamd.name()]) {
        let marked = decided.values().any(|decision| decision.treatment != policy::Treatment::DELIVER);
        let spam = answered.spamd.contains("\r\nSpam: True ; ");
        assert_eq!(spam, marked, "{}: {}", sample.name, answered.spamd);
        assert_eq!(answered.rspamd["action"] != "no action", marked, "{}: {}", sample.name, answered.rspamd);
        let class = decided.values().any(|decision| answered.rspamd["class"] == decision.verdict.class.name());
        assert!(class, "{}: {}", sample.name, answered.rspamd);
        let by_rspamd: Vec<&String> = answered.rspamd["symbols"].as_object().expect("symbols").keys().collect();
        let (_, by_spamd) = answered.spamd.split_once("\r\n\r\n").expect("a body");
        let mut by_spamd: Vec<&str> = by_spamd.split(',').filter(|name| !name.is_empty()).collect();
        by_spamd.sort_unstable();
        assert_eq!(by_rspamd, by_spamd, "{}", sample.name);
    }
}

/// Wanted senders are who they say they are; the others have no records.
fn zone(samples: &[Sample]) -> Zone {
    let mut zone = Zone::new();
    for sample in samples.iter().filter(|sample| sample.family == "wanted") {
        let domain = sample.mail_from.rsplit('@').next().filter(|domain| !domain.is_empty()).unwrap_or(&sample.helo);
        let peer: IpAddr = sample.peer.parse().expect("a peer is an address");
        zone = zone.txt(domain, format!("v=spf1 ip4:{} -all", sample.peer)).mx(domain, 10, &sample.helo);
        zone = zone.ptr(peer, &sample.helo);
    }
    zone
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_face_says_the_same_of_every_message_of_our_corpus() {
    let samples = testkit::corpus::samples();
    let house = House::judging(&["shirakaba.example.jp", "minato.example.jp"], zone(&samples)).await;
    let mut people: Vec<&str> = samples.iter().flat_map(|sample| &sample.recipients).map(String::as_str).collect();
    people.sort_unstable();
    people.dedup();
    for person in people {
        subscribe(&house, person, AGREED).await;
    }
    let (faces, answered) = through_all(&house, &samples).await;
    agree(&samples, &faces);
    answers_agree(&samples, &answered, &faces);
    let marked = answered.iter().filter(|one| one.rspamd["action"] != "no action").count();
    assert!(marked > 5 && marked < samples.len(), "the corpus has both kinds: {marked} of {}", samples.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_face_says_the_same_of_a_larger_corpus() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("SEKISHO_SHARED").map_or_else(|| here.join("../../../shared"), PathBuf::from);
    let folder = shared.join("corpora/japanese-dev/msg");
    if !folder.is_dir() {
        println!("not here, skipped: corpora/japanese-dev");
        return;
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("it can be read")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no messages in {}", folder.display());
    let samples: Vec<Sample> = files
        .iter()
        .take(300)
        .enumerate()
        .map(|(number, file)| Sample {
            name: file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            message: std::fs::read(file).expect("a message can be read"),
            peer: format!("198.51.100.{}", number % 250 + 1),
            helo: "mail.example.com".into(),
            mail_from: "sender@example.com".into(),
            recipients: vec!["hanako@example.jp".into(), "taro@example.jp".into()],
            family: String::new(),
        })
        // SMTP refuses these before they are judged.
        .filter(|sample| !bare_cr(&sample.message))
        .collect();
    assert!(samples.len() * 10 >= files.len().min(300) * 9, "most of them can be sent: {}", samples.len());
    let zone =
        Zone::new().txt("example.com", "v=spf1 ip4:198.51.100.0/25 ~all").mx("example.com", 10, "mail.example.com");
    let house = House::judging(&["example.jp"], zone).await;
    subscribe(&house, "hanako@example.jp", AGREED).await;
    subscribe(&house, "taro@example.jp", LABELS_HTML).await;
    let (faces, answered) = through_all(&house, &samples).await;
    agree(&samples, &faces);
    assert_eq!(answered.len(), samples.len());
}

fn bare_cr(message: &[u8]) -> bool {
    message.iter().enumerate().any(|(at, octet)| *octet == b'\r' && message.get(at + 1) != Some(&b'\n'))
}

fn html(recipients: &[&str]) -> Sample {
    Sample {
        name: recipients.join(" and "),
        message: format!(
            "From: a@sumire.example.jp\nTo: x@example.jp\nSubject: News for {}\nMIME-Version: 1.0\n\
             Date: Sun, 22 Nov 2026 19:59:00 +0900\nMessage-ID: <news@sumire.example.jp>\n\
             Content-Type: text/html; charset=utf-8\n\n<p>Hello, this is the news of our choir.</p>\n",
            recipients.join(" and ")
        )
        .into_bytes(),
        peer: "192.0.2.9".into(),
        helo: "mail.sumire.example.jp".into(),
        mail_from: "a@sumire.example.jp".into(),
        recipients: recipients.iter().map(|to| format!("{to}@example.jp")).collect(),
        family: String::new(),
    }
}

/// The sender of [`html`] is who it says.
fn sumire() -> Zone {
    let zone = Zone::new().txt("sumire.example.jp", "v=spf1 ip4:192.0.2.9 -all");
    zone.mx("sumire.example.jp", 10, "mail.sumire.example.jp").a("mail.sumire.example.jp", [192, 0, 2, 9])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_with_different_settings_have_the_outcome_that_is_documented() {
    let house = House::judging(&["example.jp"], sumire()).await;
    let people = [
        ("hanako", HOLDS_ALL),
        ("jiro", HOLDS_ALL),
        ("kenji", REFUSES_ALL),
        ("taro", LABELS_HTML),
        ("midori", LABELS_HTML_TOO),
        ("yuki", AGREED),
    ];
    for (person, layer) in people {
        subscribe(&house, &format!("{person}@example.jp"), layer).await;
    }
    let rows: [(&[&str], &str); 8] = [
        (&["hanako", "yuki"], "no action"),
        (&["yuki", "hanako"], "no action"),
        (&["hanako", "jiro"], "add header"),
        (&["kenji", "yuki"], "no action"),
        (&["kenji", "hanako"], "add header"),
        (&["kenji"], "reject"),
        (&["taro", "yuki"], "no action"),
        (&["taro"], "rewrite subject"),
    ];
    let samples: Vec<Sample> = rows.iter().map(|(people, _)| html(people)).collect();
    let (faces, answered) = through_all(&house, &samples).await;
    agree(&samples, &faces);
    answers_agree(&samples, &answered, &faces);
    for ((sample, answered), (people, action)) in samples.iter().zip(&answered).zip(rows) {
        assert_eq!(answered.rspamd["action"], action, "{}: {}", sample.name, answered.rspamd);
        // Never one person's list applied to another, nor told to who handles the other's copy.
        let lists = answered.rspamd["symbols"].as_object().expect("symbols").contains_key("LIST_REFUSE");
        let all_hold = people.iter().all(|person| ["hanako", "jiro", "kenji"].contains(person));
        assert_eq!(lists, all_hold, "{}: {}", sample.name, answered.rspamd);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_labels_for_one_subject_are_none_of_either() {
    let house = House::judging(&["example.jp"], sumire()).await;
    subscribe(&house, "taro@example.jp", LABELS_HTML).await;
    subscribe(&house, "midori@example.jp", LABELS_HTML_TOO).await;
    let sample = html(&["taro", "midori"]);
    let (_, answered) = through_all(&house, std::slice::from_ref(&sample)).await;
    assert_eq!(answered[0].rspamd["action"], "add header", "{}", answered[0].rspamd);
    assert!(answered[0].rspamd.get("subject").is_none(), "{}", answered[0].rspamd);
}

#[tokio::test]
async fn a_compressed_message_is_the_same_message() {
    let house = House::judging(&["example.jp"], Zone::new()).await;
    let plain = b"From: a@example.com\r\nSubject: x\r\n\r\nhello\r\n";
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut zlib, plain).expect("into memory");
    let packed = zlib.finish().expect("into memory");
    let mut bomb = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b'a'), 60 << 20), &mut bomb).expect("into memory");
    let bomb = bomb.finish().expect("into memory");
    let mut said = Vec::new();
    for (compress, message) in
        [("", &plain[..]), ("Compress: zlib\r\n", &packed[..]), ("Compress: zlib\r\n", &bomb[..])]
    {
        let (server, client, from) = connected().await;
        let gate = house.gate.clone();
        let held = tokio::spawn(edge::spamd::hold(server, BytesMut::new(), edge::spamd::Client::Tcp(from.ip()), gate));
        let head = format!("SYMBOLS SPAMC/1.5\r\n{compress}Content-length: {}\r\n\r\n", message.len());
        said.push(ask(client, &[head.as_bytes(), message].concat()).await);
        held.await.expect("the session ended");
    }
    assert!(said[0].starts_with("SPAMD/1.1 0 EX_OK\r\n"), "{}", said[0]);
    assert_eq!(said[0], said[1]);
    assert!(said[2].starts_with("SPAMD/1.0 65 EX_DATAERR"), "more than is taken comes out: {}", said[2]);
}
