//! A small fictional provider with its data in a temporary folder, and a browser made of a cookie and a form token.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode};
use bytes::Bytes;
use checkpoint::{Directory, Handed, Handover, Junk, Learning, LocalDomain, NextHop, Onward, Stores, Verified};
use controls::{Class, Finding};
use message::authentication::Proof;
use message::{Address, Domain, ReversePath, UnixMillis};
use policy::record::{AuthenticationRecord, DecisionRecord, TransactionRecord};
use policy::settings::ContentBasis;
use policy::{Decision, Reason, Reply, Treatment, Verdict};
use portal::mailer::Report;
use portal::{CodeMail, CodeMessage, Options, Portal, Services};
use store::records::decisions::{DecisionRow, TransactionRow};
use store::records::directory::{AddressKind, AddressRow, Known, OperatorRow, SubscriberRow};
use store::records::junk::{JunkRow, JunkState};
use store::records::signin::{Role, StaffRow};
use store::{BlobName, JunkId, OperatorId, Records, Reference, StaffId, SubscriberId, TransactionId};
use tokio::sync::mpsc;
use tower::ServiceExt;

/// The password of everybody who has one.
pub(crate) const PASSWORD: &str = "correct horse 電池";
/// Noon in Tokyo on a Sunday.
pub(crate) const NOW: i64 = 1_795_316_400_000;
const HOUR: i64 = 3_600_000;

/// The provider.
pub(crate) struct House {
    pub(crate) portal: Portal,
    pub(crate) app: Router,
    pub(crate) operator: OperatorId,
    pub(crate) hanako: SubscriberId,
    pub(crate) taro: SubscriberId,
    pub(crate) directory: Arc<Directory>,
    pub(crate) stores: Stores,
    pub(crate) post: Arc<Post>,
    pub(crate) letters: tokio::sync::Mutex<mpsc::UnboundedReceiver<CodeMessage>>,
    pub(crate) reports: Arc<Mutex<Vec<Report>>>,
    now: Arc<AtomicI64>,
    store: Option<store::embedded::Embedded>,
    _folder: tempfile::TempDir,
}

/// A next hop that takes everything, until it is told not to.
#[derive(Default)]
pub(crate) struct Post {
    pub(crate) delivered: Mutex<Vec<(String, Vec<u8>)>>,
    pub(crate) is_down: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl Onward for Post {
    async fn verify(&self, _: &NextHop, _: &ReversePath, _: &Address, _: tokio::time::Instant) -> Verified {
        Verified::Known
    }

    async fn hand_over(&self, handover: Handover) -> Vec<Handed> {
        if self.is_down.load(Ordering::SeqCst) {
            return vec![Handed::Deferred(Reply::our_fault("down")); handover.recipients.len()];
        }
        let raw: Vec<u8> = handover.rendering.pieces.concat();
        for recipient in &handover.recipients {
            self.delivered.lock().unwrap().push((recipient.key(), raw.clone()));
        }
        vec![Handed::Accepted(Reply::new(250, (2, 0, 0), "ok")); handover.recipients.len()]
    }
}

struct Letters(mpsc::UnboundedSender<CodeMessage>, Arc<Mutex<Vec<Report>>>);

#[async_trait]
impl CodeMail for Letters {
    async fn send(&self, letter: CodeMessage) -> Result<(), String> {
        self.0.send(letter).map_err(|fault| fault.to_string())
    }

    async fn report(&self, report: Report) -> Result<(), String> {
        self.1.lock().unwrap().push(report);
        Ok(())
    }
}

/// Who is signed in, as a browser keeps it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Visitor {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
    pub(crate) from: Option<&'static str>,
    pub(crate) language: Option<&'static str>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get("location").map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

fn password_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| portal::security::passwords::hash(PASSWORD).unwrap()).clone()
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(Options { secret: [7; 32], ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = store::embedded::Embedded::open(&folder.path().join("data")).await.unwrap();
        let stores =
            Stores { records: store.records.clone(), counters: store.counters.clone(), blobs: store.blobs.clone() };
        let operator = stores
            .records
            .put_operator(&OperatorRow {
                id: OperatorId(0),
                name: "みどりネット".into(),
                time_zone: "Asia/Tokyo".into(),
            })
            .await
            .unwrap();
        let domain = |name: &str, known| LocalDomain {
            operator,
            name: Domain::parse(name).unwrap(),
            next_hop: NextHop::Maildir("/nowhere".into()),
            known,
            catch_all: None,
            detail: Some('+'),
        };
        let domains = vec![domain("example.jp", Known::Table), domain("open.example.jp", Known::Any)];
        let directory = Arc::new(Directory::new(stores.clone(), domains));
        let post = Arc::new(Post::default());
        let junk = Arc::new(Junk::new(stores.clone(), directory.clone(), post.clone(), None));
        let keys = store.keys.hmac("learning", b"");
        let learning = Arc::new(Learning::new(stores.clone(), Box::new(move |_, raw| name_of(&keys, raw))));
        let door = Arc::new(
            checkpoint::Door::in_memory(checkpoint::DoorSettings::default())
                .expect("a door")
                .with_clock(|| UnixMillis(NOW)),
        );
        let services = Services { stores: stores.clone(), directory: directory.clone(), junk, learning, door };
        let (give, letters) = mpsc::unbounded_channel();
        let reports: Arc<Mutex<Vec<Report>>> = Arc::default();
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = now.clone();
        let portal = Portal::with_clock(
            services,
            options,
            Arc::new(Letters(give, reports.clone())),
            Arc::new(move || UnixMillis(clock.load(Ordering::SeqCst))),
        );
        let mut house = Self {
            app: portal::app(portal.clone()),
            portal,
            operator,
            hanako: SubscriberId(0),
            taro: SubscriberId(0),
            directory,
            stores,
            post,
            letters: tokio::sync::Mutex::new(letters),
            reports,
            now,
            store: Some(store),
            _folder: folder,
        };
        house.hanako = house.subscriber("hanako@example.jp", "佐藤 花子").await;
        house.taro = house.subscriber("taro@example.jp", "鈴木 太郎").await;
        for (login, role) in [("viewer", Role::Viewer), ("support", Role::Support), ("admin", Role::Administrator)] {
            let row = StaffRow {
                id: StaffId(0),
                operator,
                login: login.into(),
                name: format!("担当 {login}"),
                role,
                password: password_hash(),
                language: String::new(),
            };
            house.records().put_staff(&row).await.unwrap();
        }
        house
    }

    /// Closes the stores. Every test ends with it.
    pub(crate) async fn close(mut self) {
        self.store.take().unwrap().close().await.unwrap();
    }

    pub(crate) fn records(&self) -> &dyn Records {
        &*self.stores.records
    }

    pub(crate) fn now(&self) -> UnixMillis {
        UnixMillis(self.now.load(Ordering::SeqCst))
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) async fn subscriber(&self, login: &str, name: &str) -> SubscriberId {
        let row = SubscriberRow {
            id: SubscriberId(0),
            operator: self.operator,
            login: login.into(),
            name: name.into(),
            group: String::new(),
            language: String::new(),
            password: Some(password_hash()),
        };
        let id = self.records().put_subscriber(&row).await.unwrap();
        self.address(login, Some(id)).await;
        id
    }

    pub(crate) async fn address(&self, key: &str, subscriber: Option<SubscriberId>) {
        let row = AddressRow { operator: self.operator, key: key.into(), kind: AddressKind::Mailbox, subscriber };
        self.records().put_address(&row).await.unwrap();
    }

    /// Holds a message for somebody, with its decision, as the gate would.
    pub(crate) async fn hold(&self, letter: &Letter) -> JunkRow {
        let id = uuid::Uuid::now_v7();
        let reference = Reference::from_random(id.as_bytes()[4..].try_into().unwrap());
        let at = UnixMillis(self.now().0 - letter.hours_ago * HOUR);
        let transaction = TransactionRow {
            id: TransactionId(id),
            operator: self.operator,
            at,
            peer: "198.51.100.25".into(),
            helo: "mail.card-support.example".into(),
            mail_from: letter.from_address.into(),
            message_id: format!("<{id}@card-support.example>"),
            size: letter.raw.len() as i64,
            face: "smtp".into(),
            json: TransactionRecord { authentication: letter.authentication.clone(), ..TransactionRecord::default() }
                .to_json(),
        };
        let verdict = Verdict {
            class: letter.class,
            points: letter.findings.iter().map(|finding| finding.points).sum(),
            probability: 0.99,
            proof: letter.proof,
            findings: letter.findings.clone(),
            ..Verdict::nothing()
        };
        let points = verdict.points;
        let decision = Decision {
            verdict,
            treatment: Treatment::JUNK,
            reason: Reason::Threshold { threshold: 5.0 },
            wanted: None,
        };
        let record = DecisionRecord { decision, layers: [0; 3], group: String::new(), basis: ContentBasis::None };
        let row = DecisionRow {
            reference: reference.clone(),
            transaction: transaction.id,
            operator: self.operator,
            at,
            recipient: letter.to.into(),
            subscriber: letter.owner,
            class: letter.class.name().into(),
            action: "junk".into(),
            points,
            json: record.to_json(),
        };
        let junk = JunkRow {
            id: JunkId(id),
            reference,
            transaction: transaction.id,
            operator: self.operator,
            subscriber: letter.owner,
            recipient: letter.to.into(),
            blob: BlobName([0; 32]),
            mail_from: letter.from_address.into(),
            smtp_utf8: false,
            from: letter.from.into(),
            from_address: letter.from_address.into(),
            subject: letter.subject.into(),
            size: letter.raw.len() as i64,
            class: letter.class.name().into(),
            points,
            reasons: letter.findings.iter().map(|finding| finding.reason.as_str()).collect::<Vec<_>>().join(" "),
            refused_by_next_hop: false,
            held_at: at,
            expires_at: UnixMillis(at.0 + 14 * 24 * HOUR),
            state: JunkState::Held,
        };
        self.records().record(transaction, vec![row], true).await.unwrap();
        self.portal.services.junk.hold(junk.clone(), Bytes::copy_from_slice(&letter.raw)).await.unwrap();
        self.records().junk(self.operator, junk.id).await.unwrap().unwrap()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, visitor: &Visitor, form: Option<String>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "mail.example.jp");
        if !visitor.cookie.is_empty() {
            request = request.header("cookie", &visitor.cookie);
        }
        request = request.header("accept-language", visitor.language.unwrap_or("ja"));
        if form.is_some() {
            request = request
                .header("origin", "http://mail.example.jp")
                .header("content-type", "application/x-www-form-urlencoded");
        }
        let mut request = request.body(Body::from(form.unwrap_or_default())).unwrap();
        let peer: std::net::SocketAddr = format!("{}:4000", visitor.from.unwrap_or("127.0.0.1")).parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        self.raw(request).await
    }

    pub(crate) async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub(crate) async fn get(&self, path: &str, visitor: &Visitor) -> Answer {
        self.send("GET", path, visitor, None).await
    }

    /// Posts a form with the visitor's token.
    pub(crate) async fn post(&self, path: &str, visitor: &Visitor, fields: &[(&str, &str)]) -> Answer {
        let token = [("csrf", visitor.csrf.as_str())];
        let form = token.iter().chain(fields).map(|(name, value)| format!("{name}={}", encode(value)));
        self.send("POST", path, visitor, Some(form.collect::<Vec<_>>().join("&"))).await
    }

    pub(crate) async fn sign_in(&self, login: &str) -> Visitor {
        self.sign_in_at("/sign-in", login, Visitor::default()).await
    }

    pub(crate) async fn staff(&self, login: &str) -> Visitor {
        self.sign_in_at("/staff/sign-in", login, Visitor::default()).await
    }

    pub(crate) async fn sign_in_at(&self, page: &str, login: &str, visitor: Visitor) -> Visitor {
        let answer = self.post(page, &visitor, &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        self.remember(&answer, visitor).await
    }

    /// Keeps every cookie of an answer beside those there were, as a browser does.
    pub(crate) fn keep(answer: &Answer, mut visitor: Visitor) -> Visitor {
        let mut kept: Vec<(String, String)> = visitor
            .cookie
            .split("; ")
            .filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
            .collect();
        for cookie in answer.headers.get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            kept.retain(|(known, _)| known != name);
            if !value.is_empty() {
                kept.push((name.to_owned(), value.to_owned()));
            }
        }
        visitor.cookie = kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        visitor
    }

    /// With the form token of whoever the cookies sign in.
    pub(crate) async fn with_token(&self, mut visitor: Visitor) -> Visitor {
        let page = self.get("/about", &visitor).await;
        visitor.csrf = between(&page.body, "name=\"csrf\" value=\"", "\"").expect("nobody is signed in").to_owned();
        visitor
    }

    /// Waits for the next letter and reads it.
    pub(crate) async fn letter(&self) -> (String, String) {
        let letter = self.letters.lock().await.recv().await.unwrap();
        let message = message::Message::parse(Bytes::from(letter.raw), &message::Limits::default());
        (letter.to.key(), message.text.to_string())
    }

    /// Takes the cookie out of an answer and the form token out of a page.
    pub(crate) async fn remember(&self, answer: &Answer, mut visitor: Visitor) -> Visitor {
        let cookie = answer.headers.get("set-cookie").unwrap().to_str().unwrap();
        visitor.cookie = cookie.split(';').next().unwrap().to_owned();
        let page = self.get("/about", &visitor).await;
        visitor.csrf = between(&page.body, "name=\"csrf\" value=\"", "\"").expect("no form token").to_owned();
        visitor
    }
}

fn name_of(key: &[u8; 32], raw: &[u8]) -> [u8; 32] {
    let mut out = *key;
    for (at, octet) in raw.iter().enumerate() {
        out[at % 32] = out[at % 32].wrapping_mul(31).wrapping_add(*octet);
    }
    out
}

/// What stands between two marks.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    rest.find(end).map(|at| &rest[..at])
}

pub(crate) fn encode(value: &str) -> String {
    portal::forms::encode(value)
}

/// A message that is held.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) to: &'static str,
    pub(crate) owner: Option<SubscriberId>,
    pub(crate) from: &'static str,
    pub(crate) from_address: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) class: Class,
    pub(crate) findings: Vec<Finding>,
    pub(crate) raw: Vec<u8>,
    pub(crate) hours_ago: i64,
    pub(crate) authentication: Option<AuthenticationRecord>,
    pub(crate) proof: Proof,
}

impl Letter {
    /// A fictional card company's fraud, in ISO-2022-JP as such mail often is.
    pub(crate) fn fraud(owner: SubscriberId) -> Self {
        let (text, _, _) = (
            "お客様のカードの利用を一時停止しました。\r\n下のページで確認してください。\r\nhttps://card-login.example/confirm\r\n",
            0,
            0,
        );
        let html = "<p>お客様のカードの利用を<b>一時停止</b>しました。</p>\
                    <p><a href=\"https://card-login.example/confirm\">https://www.card.example/</a></p>\
                    <img src=\"https://card-login.example/pixel.gif\" width=1 height=1><script>alert(1)</script>";
        let raw = format!(
            "Received: from unknown (HELO mail.card-support.example) (198.51.100.25)\r\n by relay.example.net with ESMTP; \
             Sun, 22 Nov 2026 11:58:20 +0900\r\n\
             From: \"みどりカード\" <info@card-support.example>\r\nTo: hanako@example.jp\r\n\
             Subject: 【重要】カードのご利用を一時停止しました\r\nDate: Sun, 22 Nov 2026 11:58:00 +0900\r\n\
             Message-ID: <1@card-support.example>\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n\
             --b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{html}\r\n--b--\r\n"
        );
        Self {
            to: "hanako@example.jp",
            owner: Some(owner),
            from: "\"みどりカード\" <info@card-support.example>",
            from_address: "info@card-support.example",
            subject: "【重要】カードのご利用を一時停止しました",
            class: Class::Phishing,
            findings: vec![
                Finding::seen("url", "url-lies")
                    .worth(4.0)
                    .of(Class::Phishing)
                    .with("shown", "www.card.example")
                    .with("target", "card-login.example"),
                Finding::seen("authentication", "authentication-dmarc-fail")
                    .worth(3.5)
                    .with("domain", "card-support.example"),
            ],
            raw: raw.into_bytes(),
            hours_ago: 15,
            authentication: None,
            proof: Proof::Unproven,
        }
    }

    /// Ordinary spam of a shop.
    pub(crate) fn spam(owner: SubscriberId) -> Self {
        let raw = "From: Sakura Shop <sale@shop.example>\r\nTo: hanako@example.jp\r\nSubject: SALE\r\n\
                   Message-ID: <2@shop.example>\r\n\r\nToday only.\r\n";
        Self {
            from: "さくら商店 <sale@shop.example>",
            from_address: "sale@shop.example",
            subject: "本日かぎり 全品半額のお知らせ",
            class: Class::Spam,
            findings: vec![
                Finding::seen("bayes", "bayes-spam").worth(6.2).with("percent", "97").with("words", "半額, 本日かぎり"),
            ],
            raw: raw.into(),
            hours_ago: 2,
            ..Self::fraud(owner)
        }
    }
}
