//! Operations for commands of this machine: the same router, asked from within by who could open the data folder itself.

use axum::Router;
use axum::body::Body as HttpBody;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, HOST, IF_MATCH};
use axum::http::{Method, StatusCode};
use policy::Language;
use serde_json::{Map, Value};
use store::records::directory::SubscriberRow;
use store::records::signin::{Person, Role, SessionRow, StaffRow};
use store::{OperatorId, StaffId};
use tower::ServiceExt as _;

use super::admit::FromWithin;
use super::kind::{Field, Kind};
use super::operation::{Body, Operation};
use super::table;
use crate::account::tokens;
use crate::forms::{self, Form};
use crate::operator::ground::GROUNDS;
use crate::problem::Problem;
use crate::security::roles::Who;
use crate::security::sessions;
use crate::state::Portal;
use crate::visit::{Acting, Reach, SignedIn, SignedInPerson, Visit};

/// What a command asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Whose operator.
    pub operator: OperatorId,
    /// The operation, by its id.
    pub operation: String,
    /// For whom, and the recorded reason.
    pub acting: Option<(SubscriberRow, String)>,
    /// The legal ground on which senders, subjects and text open; empty: they stay closed.
    pub ground: String,
    /// Fields of path, query and body; what is no JSON of the field's kind is text.
    pub fields: Vec<(String, String)>,
    /// The version that a change is made from; none: the one in force now.
    pub version: Option<i64>,
    /// `ja` or `en`.
    pub language: String,
    /// A file, where the operation takes one.
    pub file: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Told {
    /// It was done.
    pub is_done: bool,
    /// JSON or CSV.
    pub text: String,
    /// The version of the settings, where there is one.
    pub version: Option<i64>,
}

/// The operations and the router that answers them, made once for any number of questions: making them takes longer than
/// most answers.
pub struct Within {
    portal: Portal,
    offered: Vec<Operation>,
    router: Router,
}

impl Within {
    /// Makes them.
    pub fn new(portal: Portal) -> Self {
        Self { offered: offered(), router: crate::app(portal.clone()), portal }
    }
}

/// Operations that a command can ask for: those of staff, and settings and mail of whom staff act for. The command line
/// needs no sign-in, acts by naming whom for, and opens no sender, subject or text without a ground that is recorded.
pub fn offered() -> Vec<Operation> {
    let fits = |operation: &Operation| match operation.who {
        Who::Anyone | Who::OneClick => false,
        Who::Own | Who::Subscriber | Who::Viewer | Who::Support | Who::Administrator => {
            !matches!(operation.id, "subscriber-act" | "subscriber-stop-acting")
        }
    };
    table().into_iter().filter(fits).collect()
}

/// Asks. `Err`: what cannot even be asked, in a sentence.
pub async fn ask(within: &Within, ask: &Ask) -> Result<Told, String> {
    let unknown = || format!("there is no operation \"{}\"; `sekisho call` lists them", ask.operation);
    let operation = within.offered.iter().find(|one| one.id == ask.operation).ok_or_else(unknown)?;
    if is_about_a_person(operation) && ask.acting.is_none() {
        return Err(format!(
            "{} is about a person: name them with --as ADDRESS, and say why with --reason",
            operation.id
        ));
    }
    let version = match (operation.versioned, ask.version) {
        (false, _) => None,
        (true, Some(version)) => Some(version),
        (true, None) => {
            let path = if is_about_a_person(operation) { "/api/v1/settings" } else { "/api/v1/staff/settings" };
            send(within, ask, &Method::GET, path, None, None).await?.version
        }
    };
    let (path, body) = place(operation, &ask.fields)?;
    let body = match &operation.body {
        Body::Nothing => None,
        Body::Json(_) => Some(("application/json", body.to_string().into_bytes())),
        Body::File(..) => Some(("text/csv", ask.file.clone())),
    };
    send(within, ask, &operation.method, &path, version, body).await
}

fn is_about_a_person(operation: &Operation) -> bool {
    matches!(operation.who, Who::Own | Who::Subscriber)
}

/// Puts each field where it belongs: the path, the query, or the body.
fn place(operation: &Operation, fields: &[(String, String)]) -> Result<(String, Value), String> {
    let (mut path, mut query, mut body) = (operation.path.clone(), Vec::new(), Map::new());
    for (name, text) in fields {
        let in_path = format!("{{{name}}}");
        let in_body = match &operation.body {
            Body::Json(known) => known.iter().find(|field| field.name == name),
            Body::Nothing | Body::File(..) => None,
        };
        if path.contains(&in_path) {
            path = path.replace(&in_path, &forms::encode(text));
        } else if operation.query.iter().any(|field| field.name == name) {
            query.push(format!("{name}={}", forms::encode(text)));
        } else if let Some(field) = in_body {
            body.insert(name.clone(), value(field, text));
        } else {
            return Err(format!("{} has no field \"{name}\"; it has: {}", operation.id, names(operation).join(", ")));
        }
    }
    if let Some(missing) = path.split('{').nth(1).and_then(|rest| rest.split('}').next()) {
        return Err(format!("{} needs {missing}=…", operation.id));
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    Ok((format!("{path}{query}"), Value::Object(body)))
}

/// A line of words stays text; lists, objects, numbers and yes or no are JSON. A list may be written `a,b,c`.
fn value(field: &Field, text: &str) -> Value {
    let parsed = serde_json::from_str(text).ok();
    match &field.kind {
        Kind::Text(..) | Kind::Lines(_) | Kind::Choice(_) | Kind::Day | Kind::Id => Value::String(text.to_owned()),
        Kind::Many(..) | Kind::List(..) | Kind::Names(_) => parsed
            .filter(Value::is_array)
            .unwrap_or_else(|| text.split(',').map(|one| Value::String(one.trim().to_owned())).collect()),
        _ => parsed.unwrap_or_else(|| Value::String(text.to_owned())),
    }
}

/// Names of everything that an operation takes.
pub fn names(operation: &Operation) -> Vec<String> {
    let shown = |field: &Field| if field.is_needed { field.name.to_owned() } else { format!("[{}]", field.name) };
    let mut all: Vec<String> = operation.query.iter().map(shown).collect();
    if let Body::Json(fields) = &operation.body {
        all.extend(fields.iter().map(shown));
    }
    all
}

async fn send(
    within: &Within,
    ask: &Ask,
    method: &Method,
    path: &str,
    version: Option<i64>,
    body: Option<(&str, Vec<u8>)>,
) -> Result<Told, String> {
    let mut request = Request::builder().method(method).uri(path).header(HOST, "localhost");
    request = request.header("accept-language", &ask.language);
    if let Some(version) = version {
        request = request.header(IF_MATCH, format!("\"{version}\""));
    }
    let bytes = body.map(|(kind, bytes)| {
        request = std::mem::take(&mut request).header(CONTENT_TYPE, kind);
        bytes
    });
    let mut request = request.body(HttpBody::from(bytes.unwrap_or_default())).map_err(|bad| bad.to_string())?;
    request.extensions_mut().insert(FromWithin(staff(&within.portal, ask)));
    let Ok(response) = within.router.clone().oneshot(request).await;
    let status = response.status();
    let version = response.headers().get("etag").and_then(|value| value.to_str().ok());
    let version = version.and_then(|text| text.trim_matches('"').parse().ok());
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.map_err(|fault| fault.to_string())?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Told { is_done: status == StatusCode::OK, text, version })
}

/// Makes a token for a subscriber or for staff, as they would on their page.
pub async fn token(
    portal: &Portal,
    operator: OperatorId,
    person: SignedInPerson,
    form: &Form,
    language: Language,
) -> Result<String, String> {
    let session = SessionRow {
        person: match &person {
            SignedInPerson::Subscriber(row) => Person::Subscriber(row.id),
            SignedInPerson::Staff(row, _) => Person::Staff(row.id),
        },
        ..session(portal, operator)
    };
    let visit = Visit::within(SignedIn { session, person }, portal.now(), language);
    match tokens::make(portal, &visit, form).await {
        Ok(made) => Ok(made.token),
        Err(Problem::BadField(text)) => Err(text),
        Err(Problem::BadForm) => Err(visit.words.say("field-token-scope")),
        Err(other) => Err(format!("{other:?}")),
    }
}

fn session(portal: &Portal, operator: OperatorId) -> SessionRow {
    let now = portal.now();
    SessionRow {
        token_hash: sessions::hash("the command line"),
        operator,
        person: Person::Staff(StaffId(0)),
        csrf: [0; 32],
        created_at: now,
        last_seen: now,
        expires_at: now,
        ip: "cli".into(),
        agent: String::new(),
        grant: None,
    }
}

/// The command line as staff: number 0 is nobody of the table.
fn staff(portal: &Portal, ask: &Ask) -> SignedIn {
    let person = StaffRow {
        id: StaffId(0),
        operator: ask.operator,
        login: "cli".into(),
        name: String::new(),
        role: Role::Administrator,
        password: String::new(),
        language: String::new(),
    };
    let acting = ask.acting.as_ref().map(|(subscriber, reason)| Acting {
        subscriber: subscriber.clone(),
        reason: reason.clone(),
        reach: Reach::Command { ground: ask.ground.clone() },
    });
    SignedIn { session: session(portal, ask.operator), person: SignedInPerson::Staff(person, acting) }
}

/// Begins to act from the command line: recorded as it is on the pages, so that the subscriber sees it.
pub async fn begin(within: &Within, ask: &Ask) -> Result<(), Problem> {
    let Some((subscriber, reason)) = &ask.acting else { return Ok(()) };
    if !ask.ground.is_empty() && !GROUNDS.contains(&ask.ground.as_str()) {
        return Err(Problem::BadField(format!("grounds are {}", GROUNDS.join(", "))));
    }
    let is_mail = within.offered.iter().any(|one| one.id == ask.operation && one.who == Who::Subscriber);
    let detail = if ask.ground.is_empty() { reason.clone() } else { format!("{}: {reason}", ask.ground) };
    let row = store::records::audit::AuditRow {
        id: 0,
        operator: ask.operator,
        at: within.portal.now(),
        by: "staff:0".into(),
        from: "cli".into(),
        action: if is_mail { "act.mail" } else { "act.begin" }.into(),
        target: crate::visit::by_subscriber(subscriber.id),
        detail: if is_mail { format!("{detail} ({})", ask.operation) } else { detail },
    };
    Ok(within.portal.records().audit(&row).await?)
}
