//! Receive and refuse lists.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use controls::lists::{Entry, Pattern};
use policy::Layer;

use crate::forms::Form;
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::visit::Visit;

/// Entries that one list takes.
pub const MOST: usize = 2_000;

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
    refuse_first: bool,
}

struct Shown {
    name: &'static str,
    entries: Vec<Entry>,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let change = Change::own(&portal, &visit).await?;
    let person = visit.own()?.subscriber;
    let settings = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let place = |step| settings.order.iter().position(|one| *one == step);
    let page = Page {
        f: Frame::new(&visit, visit.words.say("lists-title")),
        version: change.version,
        lists: vec![
            Shown { name: "receive", entries: change.layer.receive },
            Shown { name: "refuse", entries: change.layer.refuse },
        ],
        proven_only: settings.allow_requires_auth,
        refuse_first: place(policy::settings::Step::Refuse) <= place(policy::settings::Step::Receive),
    };
    Ok(show(&page))
}

/// Puts an entry on a list. On the other list the same entry is taken off, so that both never say different things.
pub fn put(layer: &mut Layer, list: List, entry: Entry, visit: &Visit) -> Result<(), Problem> {
    list.other().within(layer).retain(|known| known.pattern != entry.pattern);
    let entries = list.within(layer);
    entries.retain(|known| known.pattern != entry.pattern);
    if entries.len() >= MOST {
        return Err(Problem::BadField(visit.words.say1("field-list-full", "most", MOST)));
    }
    entries.push(entry);
    Ok(())
}

/// Adds an entry.
pub async fn add(State(portal): State<Portal>, visit: Visit, form: Form) -> Result<Response, Problem> {
    let mut change = Change::own(&portal, &visit).await?;
    let list = List::of(&form.text("list"))?;
    let bad = || Problem::BadField(visit.words.say("field-entry"));
    let text = form.text("text");
    let pattern = Pattern::parse(&text).filter(|_| text.len() <= 320).ok_or_else(bad)?;
    if list == List::Receive && pattern == Pattern::Everyone {
        return Err(Problem::BadField(visit.words.say("field-everyone")));
    }
    let note: String = form.text("note").chars().take(100).collect();
    let even_if_unverified = list == List::Receive && form.ticked("unverified");
    put(&mut change.layer, list, Entry { pattern, even_if_unverified, note }, &visit)?;
    change.store(&portal, &visit, &form, list.name()).await?;
    Ok(go("/settings/lists?done=saved"))
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
