//! Receive and refuse lists (SUB-01): what stands on them, what may still be put on, search, export and import.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use controls::lists::{Entry, EntryAction, Pattern};
use policy::profile::{Exceeded, ListOffer, OnOtherList};
use policy::{Layer, Profile};

use crate::forms::{self, Form};
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::subscriber::{list_file, offer};
use crate::visit::Visit;

/// Entries that are shown at a time; the search finds the others.
const SHOWN: usize = 200;

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Who is wanted.
    Receive,
    /// Who is not.
    Refuse,
}

impl List {
    /// By its name in forms.
    pub fn of(name: &str) -> Result<Self, Problem> {
        match name {
            "receive" => Ok(Self::Receive),
            "refuse" => Ok(Self::Refuse),
            _ => Err(Problem::BadForm),
        }
    }

    /// Its name in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Refuse => "refuse",
        }
    }

    /// This list of a layer.
    pub fn within(self, layer: &mut Layer) -> &mut Vec<Entry> {
        match self {
            Self::Receive => &mut layer.receive,
            Self::Refuse => &mut layer.refuse,
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Receive => Self::Refuse,
            Self::Refuse => Self::Receive,
        }
    }
}

#[derive(Template)]
#[template(path = "subscriber/lists.html")]
struct Page {
    f: Frame,
    version: i64,
    lists: Vec<Shown>,
    proven_only: bool,
    /// The precedence, first to last, as words.
    order: Vec<String>,
    typed: String,
    actions: Vec<&'static str>,
    quota: String,
    exclusive: bool,
    contains: bool,
}

struct Shown {
    name: &'static str,
    count: usize,
    most: u32,
    rows: Vec<Row>,
    more: usize,
}

struct Row {
    text: String,
    shown: String,
    note: String,
    unverified: bool,
    then: &'static str,
    expires: String,
    over: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let profile = offer::profile(&portal, person.operator).await?;
    let typed = forms::query(&visit.path).text("q");
    let order = settings.order.iter();
    let page = Page {
        f: Frame::new(&visit, visit.words.say("lists-title")),
        version: change.version,
        lists: vec![
            shown(&change.layer.receive, List::Receive, profile.lists.receive_most, &typed, &visit),
            shown(&change.layer.refuse, List::Refuse, profile.lists.refuse_most, &typed, &visit),
        ],
        proven_only: settings.allow_requires_auth,
        order: order
            .map(|step| policy::language::sentence(visit.language(), &format!("step-{}", step.name()), &[]))
            .collect(),
        typed,
        actions: profile.lists.actions.iter().map(|action| action.name()).collect(),
        quota: profile.lists.both_most.map(|most| most.to_string()).unwrap_or_default(),
        exclusive: profile.lists.exclusive,
        contains: profile.lists.contains,
    };
    Ok(show(&page))
}

fn shown(entries: &[Entry], list: List, most: u32, typed: &str, visit: &Visit) -> Shown {
    let wanted = typed.to_lowercase();
    let found: Vec<&Entry> = entries
        .iter()
        .filter(|entry| entry.pattern.text().contains(&wanted) || entry.note.to_lowercase().contains(&wanted))
        .collect();
    Shown {
        name: list.name(),
        count: entries.len(),
        most,
        more: found.len().saturating_sub(SHOWN),
        rows: found.into_iter().rev().take(SHOWN).map(|entry| row(entry, visit)).collect(),
    }
}

fn row(entry: &Entry, visit: &Visit) -> Row {
    let shown = match &entry.pattern {
        Pattern::Everyone | Pattern::WithAt | Pattern::WithoutAt => {
            visit.words.say(&format!("entry-kind-{}", entry.pattern.kind().name()))
        }
        Pattern::Part(text) => visit.words.say1("entry-part", "text", text.as_str()),
        Pattern::Address(_) | Pattern::Domain(_) | Pattern::Subdomains(_) | Pattern::Phone(_) => entry.pattern.text(),
    };
    Row {
        text: entry.pattern.text(),
        shown,
        note: entry.note.clone(),
        unverified: entry.even_if_unverified,
        then: entry.then.map_or("", EntryAction::name),
        expires: entry.expires.map(|at| list_file::last_day(at, &visit.zone)).unwrap_or_default(),
        over: !entry.is_in_force(visit.now),
    }
}

/// Puts an entry on a list. On the other list the same entry is taken off, so that both never say different things; where
/// the operator has it otherwise, it is refused.
pub fn put(layer: &mut Layer, list: List, entry: Entry, offer: &ListOffer) -> Result<(), Exceeded> {
    let other = list.other().within(layer);
    if offer.on_other_list == OnOtherList::Refuse && other.iter().any(|known| known.pattern == entry.pattern) {
        return Err(Exceeded::OnOtherList(entry.pattern.text()));
    }
    other.retain(|known| known.pattern != entry.pattern);
    let entries = list.within(layer);
    entries.retain(|known| known.pattern != entry.pattern);
    entries.push(entry);
    Ok(())
}

/// What was typed, as the operator's lists read it: where they look for parts, a domain is a part too.
fn read(text: &str, profile: &Profile) -> Option<Pattern> {
    let pattern = Pattern::parse(text).filter(|_| text.len() <= 320)?;
    Some(match pattern {
        Pattern::Domain(part) | Pattern::Subdomains(part) if profile.lists.contains => Pattern::Part(part),
        other => other,
    })
}

/// Adds an entry.
pub async fn add(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let list = List::of(&form.text("list"))?;
    let bad = |id: &str| Problem::BadField(visit.words.say(id));
    let pattern = read(&form.text("text"), &profile).ok_or_else(|| bad("field-entry"))?;
    must_not_be_everyone(list, &pattern, &visit)?;
    let then = match form.text("then").as_str() {
        "" => None,
        name => Some(EntryAction::of(name).ok_or(Problem::BadForm)?),
    };
    let expires = match form.text("expires").as_str() {
        "" => None,
        day => Some(list_file::end_of(day, &visit.zone).ok_or_else(|| bad("field-expires"))?),
    };
    let entry = Entry {
        even_if_unverified: list == List::Receive && form.ticked("unverified"),
        note: form.text("entry-note").chars().take(100).collect(),
        then: then.filter(|_| list == List::Refuse),
        expires,
        ..Entry::new(pattern)
    };
    put(&mut change.layer, list, entry, &profile.lists)
        .map_err(|exceeded| Problem::BadField(offer::said(visit.words, &exceeded)))?;
    change.store(&portal, &visit, &form, list.name()).await?;
    Ok(go("/settings/lists?done=saved"))
}

fn must_not_be_everyone(list: List, pattern: &Pattern, visit: &Visit) -> Result<(), Problem> {
    let all = matches!(pattern, Pattern::Everyone | Pattern::WithAt);
    if list == List::Receive && all {
        return Err(Problem::BadField(visit.words.say("field-everyone")));
    }
    Ok(())
}

/// Takes an entry off.
pub async fn remove(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let list = List::of(&form.text("list"))?;
    let text = form.text("text");
    list.within(&mut change.layer).retain(|entry| entry.pattern.text() != text);
    change.store(&portal, &visit, &form, list.name()).await?;
    Ok(go("/settings/lists?done=saved"))
}

/// Both lists as CSV.
pub async fn export(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let mut response = list_file::write(&change.layer, &visit.zone)?.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"lists.csv\""));
    Ok(response)
}

/// Takes in a file: all of it, or nothing.
pub async fn import(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let profile = offer::profile(&portal, change.operator).await?;
    let file = form.bytes("file");
    let bytes = if file.is_empty() { form.bytes("text") } else { file };
    let entries = list_file::read(bytes, List::of(&form.text("list"))?, &visit.zone, visit.words)?;
    for (list, entry) in entries {
        must_not_be_everyone(list, &entry.pattern, &visit)?;
        put(&mut change.layer, list, entry, &profile.lists)
            .map_err(|exceeded| Problem::BadField(offer::said(visit.words, &exceeded)))?;
    }
    change.store(&portal, &visit, &form, "lists.import").await?;
    Ok(go("/settings/lists?done=imported"))
}
