//! Looking up a reference: what became of one message, for its own recipient only.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use policy::explain::Explanation;
use store::Reference;

use crate::forms;
use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::decided::{self, Decided};
use crate::subscriber::mine;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "subscriber/lookup.html")]
struct Page {
    f: Frame,
    typed: String,
    asked: bool,
    found: Option<Found>,
}

pub(crate) struct Found {
    pub(crate) decided: Decided,
    pub(crate) why: Option<Explanation>,
    pub(crate) held: Option<String>,
}

/// The page, with the answer where a reference was asked for.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let typed = forms::query(&visit.path).text("reference");
    let found = match Reference::parse(&typed) {
        Some(reference) => find(&portal, &visit, &reference).await?,
        None => None,
    };
    let f = Frame::new(&visit, visit.words.say("nav-lookup"));
    Ok(show(&Page { f, asked: !typed.is_empty(), typed, found }))
}

pub(crate) async fn find(portal: &Portal, visit: &Visit, reference: &Reference) -> Result<Option<Found>, Problem> {
    let person = visit.subscriber()?;
    let Some(decided) = decided::find(portal, person.operator, reference).await? else { return Ok(None) };
    let is_mine = match decided.row.subscriber {
        Some(owner) => owner == person.id,
        None => mine::addresses(portal, person).await?.contains(&decided.row.recipient),
    };
    if !is_mine {
        return Ok(None);
    }
    let why = decided::why(portal, &decided, Some(person.id), visit).await?;
    let held = mine::of_reference(portal, person, reference).await?.map(|row| row.id.0.to_string());
    Ok(Some(Found { decided, why, held }))
}
