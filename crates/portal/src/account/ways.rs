//! How a person signs in: what is set up, and where each of it is changed.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use message::Address;
use store::records::means::MeansKind;
use store::records::signin::Person;

use super::me::Me;
use crate::frame::{Frame, show};
use crate::problem::Problem;
use crate::security::{means, sessions};
use crate::sms;
use crate::state::Portal;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "account/ways.html")]
struct Page {
    f: Frame,
    here: &'static str,
    sign_ins: &'static str,
    password: bool,
    app: bool,
    /// Passkeys they have; `None` where none are offered here.
    passkeys: Option<usize>,
    recovery: usize,
    /// A gateway for telephones is there, and this is a subscriber.
    sms: bool,
    telephone: String,
    signed_in: usize,
    /// Where letters go; `None` where that is not asked: the sign-in name is an address.
    letters: Option<String>,
    /// Their role signs in without a password once it can.
    without_password: bool,
    /// Their role needs a second factor.
    needed: bool,
}

/// The page.
pub async fn page(State(portal): State<Portal>, visit: Visit) -> Result<Response, Problem> {
    let me = Me::of(&visit)?;
    let rows = portal.records().means_of(me.operator, me.person).await?;
    let subscriber = matches!(me.person, Person::Subscriber(_));
    let sms = subscriber && portal.options.sms.is_some();
    let telephone = match sms {
        true => means::telephone(&portal, me.operator, me.person).await?.unwrap_or_default(),
        false => String::new(),
    };
    let signed_in = match &visit.who {
        Some(who) => sessions::of(&portal, who, visit.now).await?.len(),
        None => 0,
    };
    let letters = match subscriber {
        true => None,
        false => Some(means::letters(&portal, me.operator, me.person).await?.map(|to| to.to_string())),
    };
    let letters =
        letters.map(Option::unwrap_or_default).filter(|to| !to.is_empty() || Address::parse(&me.login).is_err());
    let page = Page {
        f: Frame::new(&visit, visit.words.say("ways-title")),
        here: me.here,
        sign_ins: if subscriber { "/sign-ins" } else { "/staff/sign-ins" },
        password: me.password.is_some(),
        app: rows.iter().any(|row| row.kind == MeansKind::Totp),
        passkeys: means::offers_passkeys(&portal)
            .then(|| rows.iter().filter(|row| row.kind == MeansKind::Passkey).count()),
        recovery: rows.iter().filter(|row| row.kind == MeansKind::Recovery).count(),
        sms,
        telephone: sms::hidden(&telephone),
        signed_in,
        letters,
        without_password: visit.role().is_some_and(|role| portal.options.without_password.contains(&role)),
        needed: visit.role().is_some_and(|role| portal.options.second_factor.contains(&role)),
    };
    Ok(show(&page))
}
