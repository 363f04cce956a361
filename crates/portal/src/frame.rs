//! What every page shares: header, language switch, words, and the message after something was done.

use std::ops::Deref;

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use message::UnixMillis;
use policy::Language;
use policy::profile::ScoreShown;
use store::records::signin::Role;

use crate::language::Words;
use crate::security::csrf;
use crate::visit::{SignedInPerson, Visit};
use crate::{assets, forms, moment};

/// What was done just now, as it may stand in `?done=`. Anything else in an address says nothing.
const DONE: &[&str] = &[
    "released",
    "deleted",
    "erased",
    "restored",
    "not-spam",
    "spam",
    "allowed",
    "refused",
    "saved",
    "saved-digest",
    "undone",
    "signed-out",
    "signed-out-there",
    "imported",
    "grounded",
    "acting",
    "stopped-acting",
    "stopped-looking",
    "let-in",
    "reset",
    "nothing",
    "password",
    "app-off",
    "telephone",
    "telephone-off",
    "password-off",
    "letters",
    "letters-off",
    "means-reset",
    "passkey",
    "passkey-off",
    "headers-kept",
    "headers-erased",
    "reported",
    "taken-without",
    "contract",
    "some-kept",
];

/// The band above pages that staff look at.
#[derive(Clone, Debug)]
pub struct Looking {
    /// `ja` or `en`: the language of who looks, whatever the page's is.
    pub code: &'static str,
    /// Whose, that nothing can be changed, and why.
    pub text: String,
    /// Whether senders and subjects stand open.
    pub subjects: String,
    /// The button that ends it.
    pub stop: String,
}

impl Looking {
    fn of(visit: &Visit) -> Option<Self> {
        let acting = visit.looking()?;
        let words = visit.staff_words;
        let name = shown(&acting.subscriber.name, &acting.subscriber.login);
        let subjects = if visit.opens_subjects() { "looking-open" } else { "looking-closed" };
        Some(Self {
            code: words.0.code(),
            text: words.say2("looking-at", "name", name, "reason", acting.reason.as_str()),
            subjects: words.say(subjects),
            stop: words.say("looking-stop"),
        })
    }
}

/// The frame of one page.
#[derive(Clone, Debug)]
pub struct Frame {
    words: Words,
    now: UnixMillis,
    zone: jiff::tz::TimeZone,
    /// Title of the page.
    pub title: String,
    /// The operator's name, empty before signing in.
    pub operator: String,
    /// The person's name, empty where nobody is signed in.
    pub person: String,
    /// Staff pages are dense.
    pub staff: bool,
    /// Administrators see more.
    pub administrator: bool,
    /// Support and administrators act.
    pub support: bool,
    /// For whom staff act, and why.
    pub acting: Option<(String, String)>,
    /// Whose pages staff look at, and why, in the words of who looks.
    pub looking: Option<Looking>,
    /// Token for forms.
    pub csrf: String,
    /// Hard words stand with their reading.
    pub furigana: bool,
    /// Where this page is, for the language switch.
    pub here: String,
    /// What was done just now.
    pub done: Option<String>,
    /// First part of the path, to mark where one is.
    pub section: String,
}

impl Frame {
    /// The frame for a visit.
    pub fn new(visit: &Visit, title: String) -> Self {
        let looking = Looking::of(visit);
        let (person, staff, acting) = match visit.who.as_ref().map(|who| &who.person) {
            Some(SignedInPerson::Staff(_, Some(acting))) if looking.is_some() && !visit.path.starts_with("/staff") => {
                (shown(&acting.subscriber.name, &acting.subscriber.login), false, None)
            }
            Some(SignedInPerson::Staff(row, _)) if looking.is_some() => (shown(&row.name, &row.login), true, None),
            Some(SignedInPerson::Subscriber(row)) => (shown(&row.name, &row.login), false, None),
            Some(SignedInPerson::Staff(row, acting)) => (
                shown(&row.name, &row.login),
                acting.is_none() || visit.path.starts_with("/staff"),
                acting.as_ref().map(|a| (shown(&a.subscriber.name, &a.subscriber.login), a.reason.clone())),
            ),
            None => (String::new(), false, None),
        };
        let role = visit.role();
        let done = forms::query(&visit.path).text("done");
        let words = visit.words;
        let path = visit.path.split('?').next().unwrap_or_default();
        Self {
            words,
            now: visit.now,
            zone: visit.zone.clone(),
            title,
            operator: visit.operator_name.clone(),
            person,
            staff,
            administrator: role == Some(Role::Administrator),
            support: matches!(role, Some(Role::Support | Role::Administrator)),
            acting,
            looking,
            csrf: visit.who.as_ref().map(|who| csrf::token(&who.session)).unwrap_or_default(),
            furigana: visit.furigana,
            here: forms::encode(&visit.path),
            done: DONE.contains(&done.as_str()).then(|| words.say(&format!("done-{done}"))),
            section: path.trim_start_matches('/').split('/').take(2).collect::<Vec<_>>().join("/"),
        }
    }

    /// `ja` or `en`.
    pub fn code(&self) -> &'static str {
        self.words.0.code()
    }

    /// Whether the reader reads Japanese.
    pub fn japanese(&self) -> bool {
        self.words.0 == Language::Ja
    }

    /// An icon.
    pub fn icon(&self, name: &str) -> String {
        assets::icon(name)
    }

    /// A point in time as an element.
    pub fn time(&self, at: &UnixMillis) -> String {
        moment::element(*at, self.now, &self.zone, self.words)
    }

    /// The name of a class of mail.
    pub fn class(&self, name: &str) -> String {
        self.words.say(&format!("class-{}", name.replace('_', "-")))
    }

    /// The name of an action.
    pub fn action(&self, name: &str) -> String {
        self.words.say(&format!("action-{}", name.replace('_', "-")))
    }

    /// The name of a treatment, by its name in forms.
    pub fn treatment(&self, name: &str) -> String {
        self.named("treatment", name)
    }

    /// The name of a member of a family of words.
    pub fn named(&self, family: &str, name: &str) -> String {
        self.words.say(&format!("{family}-{name}"))
    }

    /// The name of a country by its two letters; the letters where it has no words.
    pub fn country(&self, code: &str) -> String {
        let id = format!("country-{}", code.to_lowercase());
        let name = self.words.say(&id);
        if name == id { code.to_owned() } else { name }
    }

    /// The id of a day of the week, 1 (Monday) to 7.
    pub fn weekday(&self, day: &u8) -> &'static str {
        match day {
            1 => "weekday-monday",
            2 => "weekday-tuesday",
            3 => "weekday-wednesday",
            4 => "weekday-thursday",
            5 => "weekday-friday",
            6 => "weekday-saturday",
            _ => "weekday-sunday",
        }
    }

    /// A sum of points as this operator shows it; empty where only the class is told (SUB-19).
    pub fn score(&self, shown: &ScoreShown, points: &f64) -> String {
        match shown {
            ScoreShown::Points => self.words.say1("score-points", "points", shown.said(*points)),
            ScoreShown::Percent => self.words.say1("score-percent", "percent", shown.said(*points)),
            ScoreShown::Level => String::new(),
        }
    }

    /// Points with one decimal.
    pub fn points(&self, points: &f64) -> String {
        format!("{points:.1}")
    }

    /// Points with their sign.
    pub fn signed(&self, points: &f64) -> String {
        format!("{points:+.1}")
    }

    /// The hidden field that every form carries.
    pub fn token(&self) -> String {
        format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", self.csrf)
    }

    /// ` aria-current="page"` where one is in this section.
    pub fn current(&self, section: &str) -> &'static str {
        if self.section == section { " aria-current=\"page\"" } else { "" }
    }
}

impl Deref for Frame {
    type Target = Words;

    fn deref(&self) -> &Words {
        &self.words
    }
}

/// The name shown: the person's, or what they sign in with.
pub fn shown(name: &str, login: &str) -> String {
    if name.is_empty() { login.to_owned() } else { name.to_owned() }
}

/// Marks an answer as a page of our own, in which words may be given their reading.
#[derive(Clone, Copy, Debug)]
pub struct Drawn;

/// Draws a page.
pub fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let mut response = html.into_response();
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            response.extensions_mut().insert(Drawn);
            response
        }
        Err(fault) => {
            tracing::error!(%fault, "a page cannot be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Draws a page again that says what is wrong with its form.
pub fn show_again(page: &impl Template) -> Response {
    let mut response = show(page);
    if response.status().is_success() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    response
}

/// Where a form leads on to. The API, which leads nobody, tells what was done from it.
#[derive(Clone, Debug)]
pub struct Led(pub String);

/// Goes on to a page of ours after a form (POST, redirect, GET).
pub fn go(path: &str) -> Response {
    let mut response = axum::response::Redirect::to(path).into_response();
    response.extensions_mut().insert(Led(path.to_owned()));
    response
}
