//! One held message explained, opened safely, and the path it came.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use policy::Settings;
use policy::explain::Explanation;
use policy::profile::ScoreShown;
use store::records::junk::{JunkRow, JunkState};

use crate::forms;
use crate::frame::{Frame, show};
use crate::message_view::{self, Path as MailPath, Said, ShownLink};
use crate::moment::days_left;
use crate::operator::looking;
use crate::problem::Problem;
use crate::security::headers::message_policy;
use crate::state::Portal;
use crate::subscriber::marks::Mark;
use crate::subscriber::{decided, deeds, held::tone, mine, offer, one_mail};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "subscriber/opened.html")]
struct Page {
    f: Frame,
    row: JunkRow,
    id: String,
    tone: &'static str,
    icon: &'static str,
    why: Option<Explanation>,
    /// Sum and bound in words; empty where only the class is told.
    sum: String,
    /// Its sender can be received or refused always, from here.
    one_touch: bool,
    mark: Mark,
    /// What to do with mail of this class, where it is dangerous: the id of its sentence.
    advice: Option<&'static str>,
    content: Option<Content>,
    waiting: bool,
    trashed: bool,
    gone: bool,
    days_left: i64,
    /// It was delivered without its attachments: the whole message can still be taken.
    stripped: bool,
}

/// What is shown of the message once the person opens it.
struct Content {
    text: String,
    /// Only the first lines are shown.
    first: bool,
    html: bool,
    as_html: bool,
    links: Vec<ShownLink>,
    attachments: Vec<String>,
}

#[derive(Template)]
#[template(path = "subscriber/headers.html")]
struct HeadersPage {
    f: Frame,
    row: JunkRow,
    id: String,
    path: MailPath,
    proof: Vec<Said>,
    fields: Vec<(String, String)>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let person = visit.subscriber()?;
    let mut row = mine::one(&portal, person, &id).await?;
    looking::close(&visit, &mut row);
    let (tone, icon) = tone(&row.class);
    let (why, mark) = match decided::find(&portal, row.operator, &row.reference).await? {
        Some(found) => (decided::why(&portal, &found, Some(person.id), &visit).await?, Mark::of(&found, tone)),
        None => Default::default(),
    };
    let settings = portal.services.directory.settings_of(row.operator, Some(person.id)).await?;
    let gone = matches!(row.state, JunkState::Deleted | JunkState::Expired);
    let view = forms::query(&visit.path).text("view");
    let content = if !gone && matches!(view.as_str(), "lines" | "text" | "html") {
        looking::opens_content(&portal, &visit, &row.reference).await?;
        let (_, raw) = deeds::open(&portal, &row).await?;
        Some(if view == "lines" { first_look(raw) } else { content(raw, view == "html") })
    } else {
        None
    };
    let title = if row.subject.is_empty() { visit.words.say("no-subject") } else { row.subject.clone() };
    let page = Page {
        f: Frame::new(&visit, title),
        id: row.id.0.to_string(),
        tone,
        icon,
        why,
        sum: sum(&visit, &settings, row.points),
        one_touch: offer::profile(&portal, row.operator).await?.lists.one_touch,
        mark,
        advice: advice(&row.class),
        content,
        waiting: row.state == JunkState::Held,
        trashed: row.state == JunkState::Trash,
        gone,
        days_left: days_left(row.expires_at, visit.now),
        stripped: row.state == JunkState::Released && portal.services.junk.was_stripped(row.operator, row.id).await?,
        row,
    };
    Ok(show(&page))
}

/// Sender and subject stand above; a few lines tell what it is, without links to press and pictures to load.
fn first_look(raw: Bytes) -> Content {
    let message = message_view::parse(raw);
    Content {
        text: message_view::first_lines(&message),
        first: true,
        html: false,
        as_html: false,
        links: Vec::new(),
        attachments: message_view::attachments(&message),
    }
}

/// The sum of points beside the bound, as the operator shows scores.
fn sum(visit: &Visit, settings: &Settings, points: f64) -> String {
    let said = |points| settings.shown.said(points);
    match settings.shown {
        ScoreShown::Points => visit.words.say2("why-sum", "sum", said(points), "threshold", said(settings.threshold)),
        ScoreShown::Percent => {
            visit.words.say2("why-sum-percent", "sum", said(points), "threshold", said(settings.threshold))
        }
        ScoreShown::Level => String::new(),
    }
}

/// What a worried person should know first.
fn advice(class: &str) -> Option<&'static str> {
    match class {
        "malware" => Some("advice-malware"),
        "phishing" => Some("advice-phishing"),
        "fee_fraud" => Some("advice-fee-fraud"),
        _ => None,
    }
}

fn content(raw: Bytes, as_html: bool) -> Content {
    let html = message_view::html(&raw).is_some();
    let message = message_view::parse(raw);
    Content {
        text: message_view::text(&message),
        first: false,
        html,
        as_html: as_html && html,
        links: message_view::links(&message),
        attachments: message_view::attachments(&message),
    }
}

/// The message's own HTML, cleaned, alone on its route: a frame of another origin in which nothing runs or loads.
pub async fn html(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let row = mine::one(&portal, visit.subscriber()?, &id).await?;
    looking::opens_content(&portal, &visit, &row.reference).await?;
    let (_, raw) = deeds::open(&portal, &row).await?;
    sandboxed(&raw)
}

/// A message's HTML as an answer of its own.
pub fn sandboxed(raw: &Bytes) -> Result<Response, Problem> {
    let body = message_view::html(raw).ok_or(Problem::NotFound)?;
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(message_policy()));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    Ok(response)
}

/// The header section and the path, hop by hop.
pub async fn headers(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    looking::opens_headers(&visit)?;
    let row = mine::one(&portal, visit.subscriber()?, &id).await?;
    let (_, raw) = deeds::open(&portal, &row).await?;
    let (seen, proof) = one_mail::seen(&portal, row.operator, &row.reference, row.held_at, &visit).await?;
    let message = message_view::parse(raw);
    let page = HeadersPage {
        f: Frame::new(&visit, visit.words.say("headers-title")),
        id: row.id.0.to_string(),
        path: message_view::path(&message, seen.as_ref(), &portal.options.countries),
        proof,
        fields: message_view::fields(&message),
        row,
    };
    Ok(show(&page))
}
