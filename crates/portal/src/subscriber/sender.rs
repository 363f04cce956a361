//! Receiving or refusing a sender from now on, with what that would have done in the last 30 days.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use controls::lists::{Entry, Pattern};
use message::Address;
use store::records::directory::SubscriberRow;
use store::records::junk::JunkRow;

use crate::forms::{self, Form};
use crate::frame::{Frame, go, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::change::Change;
use crate::subscriber::effect::{Effect, effect};
use crate::subscriber::lists::{List, put};
use crate::subscriber::{mine, offer};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "subscriber/sender.html")]
struct Page {
    f: Frame,
    id: String,
    list: &'static str,
    version: i64,
    from: String,
    choices: Vec<Choice>,
}

/// One way to name the sender.
struct Choice {
    text: String,
    is_domain: bool,
    effect: Effect,
}

/// The page with the preview.
pub async fn page(State(portal): State<Portal>, visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let person = visit.subscriber()?.clone();
    let row = mine::one(&portal, &person, &id).await?;
    must_be_offered(&portal, &person).await?;
    let list = List::of(&forms::query(&visit.path).text("list")).unwrap_or(List::Receive);
    let change = Change::own(&portal, &visit).await?;
    let mut choices = Vec::new();
    for pattern in patterns(&row) {
        let is_domain = matches!(pattern, Pattern::Domain(_));
        let effect = effect(&portal, &person, list, &pattern, visit.now).await?;
        choices.push(Choice { text: pattern.text(), is_domain, effect });
    }
    let title = match list {
        List::Receive => visit.words.say("sender-receive-title"),
        List::Refuse => visit.words.say("sender-refuse-title"),
    };
    let page = Page {
        f: Frame::new(&visit, title),
        id: row.id.0.to_string(),
        list: list.name(),
        version: change.version,
        from: if row.from.is_empty() { row.from_address.clone() } else { row.from.clone() },
        choices,
    };
    Ok(show(&page))
}

/// Where the operator's profile has lists without one touch, the page of lists is the only way to them.
async fn must_be_offered(portal: &Portal, person: &SubscriberRow) -> Result<(), Problem> {
    let offered = offer::profile(portal, person.operator).await?.lists.one_touch;
    if offered { Ok(()) } else { Err(Problem::NotFound) }
}

/// The address, and its domain.
pub(crate) fn patterns(row: &JunkRow) -> Vec<Pattern> {
    let address = Address::parse(&row.from_address).or_else(|_| Address::parse(&row.mail_from));
    address.map_or_else(
        |_| Vec::new(),
        |address| vec![Pattern::Address(address.key()), Pattern::Domain(address.domain().as_str().into())],
    )
}

/// Saves. Only what the page offered can be chosen.
pub async fn save(
    State(portal): State<Portal>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let row = mine::one(&portal, visit.subscriber()?, &id).await?;
    must_be_offered(&portal, visit.subscriber()?).await?;
    let list = List::of(&form.text("list"))?;
    let text = form.text("sender");
    let pattern = patterns(&row).into_iter().find(|pattern| pattern.text() == text).ok_or(Problem::BadForm)?;
    let mut change = Change::own(&portal, &visit).await?;
    let even_if_unverified = list == List::Receive && form.text("proof") == "any";
    let lists = offer::profile(&portal, change.operator).await?.lists;
    put(&mut change.layer, list, Entry { even_if_unverified, ..Entry::new(pattern) }, &lists)
        .map_err(|exceeded| Problem::BadField(offer::said(visit.words, &exceeded)))?;
    change.store(&portal, &visit, &form, list.name()).await?;
    Ok(go(match list {
        List::Receive => "/held?done=allowed",
        List::Refuse => "/held?done=refused",
    }))
}
