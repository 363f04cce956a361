//! What commands ask for, done in the house: the same whether it came by the control socket or from our own process.

mod account;
mod call;
mod digest;
mod door;
mod import;
mod junk;
mod replay;
mod settings;
mod signatures;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use checkpoint::given::given;
use checkpoint::{Learned, Resolved};
use message::Address;
use policy::Language;
use portal::api::within::Within;
use serde_json::json;
use store::records::directory::{AddressKind, AddressRow, SubscriberRow};
use store::records::learning::{Label, Owner};
use store::records::means::MeansKind;
use store::records::signin::{Person, Role, StaffRow};
use store::{OperatorId, Reference, StaffId, StoreError, SubscriberId};

use crate::control::{Request, Response};
use crate::house::House;
use crate::passwords;

/// Does what is asked. `within` is for one connection, which may ask much: what the first question needs, the next find made.
pub async fn run(house: &Arc<House>, within: &OnceLock<Within>, request: Request, bytes: Vec<u8>) -> Response {
    let done = match request {
        Request::Status => Ok(Response::ok(house.status())),
        Request::Explain { reference, language } => explain(house, &reference, Language::of(&language)).await,
        Request::Learn { spam, person } => learn(house, spam, person.as_deref(), as_sent(bytes)).await,
        Request::Unlearn { person } => unlearn(house, person.as_deref(), as_sent(bytes)).await,
        Request::Progress => Ok(progress(house)),
        Request::StaffAdd { login, name, role } => staff_add(house, &login, &name, &role).await,
        Request::SubscriberAdd { address, name, group } => subscriber_add(house, &address, &name, &group).await,
        Request::SettingsShow { owner } => settings::show(house, &owner).await,
        Request::SettingsSet { owner, note } => settings::set(house, &owner, &note, &bytes).await,
        Request::ProfileShow => settings::show_profile(house).await,
        Request::ProfileSet { note } => settings::set_profile(house, &note, &bytes).await,
        Request::Call { operation, person, reason, ground, version, fields, language } => {
            let asked = call::Asked { operation, person, reason, ground, version, fields, language };
            Ok(call::run(house, within, asked, bytes).await)
        }
        Request::TokenAdd { owner, name, scopes, days, language } => {
            Ok(call::token(house, &owner, &name, &scopes, days, Language::of(&language)).await)
        }
        Request::SubscriberImport { before, check, language } => {
            Ok(import::run(house, before, check, Language::of(&language), &bytes).await)
        }
        Request::JunkList { address } => junk::list(house, &address).await,
        Request::JunkRelease { reference } => junk::release(house, &reference).await,
        Request::JunkDelete { reference } => junk::delete(house, &reference).await,
        Request::AccountShow { who } => Ok(account::show(house, &who).await),
        Request::AccountSignOut { who, reason } => Ok(account::sign_out(house, &who, &reason).await),
        Request::AccountReset { who, reason } => Ok(account::reset(house, &who, &reason).await),
        Request::AccountUnlock { who, reason } => Ok(account::unlock(house, &who, &reason).await),
        Request::DigestShow { address } => digest::show(house, &address).await,
        Request::DigestSend { address } => digest::send(house, &address).await,
        Request::DigestRun { as_of } => digest::run(house, as_of).await,
        Request::DoorList { language } => Ok(door::list(house, Language::of(&language))),
        Request::DoorExplain { ip, language } => Ok(door::explain(house, &ip, Language::of(&language))),
        Request::DoorReset { source, note } => door::reset(house, &source, &note).await,
        Request::DoorLists => Ok(door::lists(house).await),
        Request::SignatureAdd { class, origin } => Ok(signatures::add(house, &class, &origin, bytes.into()).await),
        Request::SignatureWithdraw { number } => Ok(signatures::withdraw(house, number).await),
        Request::SignatureList => Ok(signatures::list(house).await),
        Request::SignatureKey => Ok(signatures::key(house).await),
        Request::SignatureExport { path, since } => Ok(signatures::export(house, path, since).await),
        Request::SignatureImport { path } => Ok(signatures::import(house, path).await),
        Request::Replay { hours, shown } => replay::run(house, hours, shown, &bytes).await,
        Request::Reload => Ok(match house.reload().await {
            Ok(said) => Response::ok(said),
            Err(wrong) => Response::no(wrong),
        }),
    };
    done.unwrap_or_else(|fault| Response::no(fault.to_string()))
}

async fn explain(house: &House, reference: &str, language: Language) -> Result<Response, StoreError> {
    let Some(parsed) = Reference::parse(reference) else {
        return Ok(Response::no(format!(
            "\"{reference}\" is not a reference; it has 12 characters, such as 7K3Q-92MX-4TDA"
        )));
    };
    for operator in house.operators().await? {
        if let Some((transaction, decision)) = house.gate.stores.records.decision(operator, &parsed).await? {
            let text = crate::explanation::text(house, &transaction, &decision, language).await?;
            let found = json!({
                "reference": decision.reference.to_string(), "at": time(decision.at), "recipient": decision.recipient,
                "class": decision.class, "action": decision.action, "points": decision.points, "peer": transaction.peer,
                "mail_from": transaction.mail_from, "text": text,
            });
            return Ok(Response::ok(text).found(found));
        }
    }
    Ok(Response::no(format!("there is no decision {parsed}; decisions are kept for {} days", house.decision_days()))
        .with("absent"))
}

/// Whose filter: everybody's, or one person's.
async fn owner(house: &House, person: Option<&str>) -> Result<Result<(OperatorId, Owner), Response>, StoreError> {
    let Some(person) = person else {
        let operator = house.gate.directory.first_operator();
        return Ok(operator
            .map(|operator| (operator, Owner::Site))
            .ok_or_else(|| Response::no("there is no domain yet")));
    };
    let address = match Address::parse(person) {
        Ok(address) => address,
        Err(bad) => return Ok(Err(Response::no(format!("\"{person}\": {bad}")))),
    };
    Ok(match house.gate.directory.resolve(&address).await? {
        Resolved::Ours(found) => match found.subscriber {
            Some(id) => Ok((found.operator, Owner::Subscriber(id))),
            None => Err(Response::no(format!("{address} belongs to no subscriber yet"))),
        },
        Resolved::Nobody | Resolved::NotOurs => Err(Response::no(format!("{address} is not an address here"))),
    })
}

/// With the line ends of SMTP, whatever the file had: a message is known again whichever way it comes.
fn as_sent(file: Vec<u8>) -> Bytes {
    given(&file.into()).raw
}

async fn learn(house: &House, spam: bool, person: Option<&str>, raw: Bytes) -> Result<Response, StoreError> {
    let (operator, owner) = match owner(house, person).await? {
        Ok(found) => found,
        Err(no) => return Ok(no),
    };
    let label = if spam { Label::Spam } else { Label::Ham };
    Ok(match house.gate.learn(operator, owner, label, raw).await? {
        Learned::New => Response::ok("learned").with("new"),
        Learned::Already => Response::ok("learned before; nothing changed").with("already"),
        Learned::Changed => Response::ok("had been learned the other way round; changed").with("changed"),
        Learned::NoConsent => {
            Response::no("this person has not agreed to filtering by content; nothing was learned").with("no_consent")
        }
    })
}

async fn unlearn(house: &House, person: Option<&str>, raw: Bytes) -> Result<Response, StoreError> {
    let (operator, owner) = match owner(house, person).await? {
        Ok(found) => found,
        Err(no) => return Ok(no),
    };
    Ok(if house.gate.learning.unlearn(operator, owner, &raw).await? {
        Response::ok("unlearned").with("unlearned")
    } else {
        Response::ok("had not been learned").with("absent")
    })
}

fn progress(house: &House) -> Response {
    let Some(operator) = house.gate.directory.first_operator() else { return Response::no("there is no domain yet") };
    let progress = house.gate.learning.progress(operator);
    Response::ok(format!(
        "{} spam and {} wanted messages learned, {} features, {:.0} % of the way to judging by itself ({} of each)",
        progress.spam,
        progress.ham,
        progress.vocabulary,
        progress.reached * 100.0,
        progress.needed
    ))
    .found(json!({
        "spam": progress.spam, "ham": progress.ham, "vocabulary": progress.vocabulary, "reached": progress.reached,
        "needed": progress.needed,
    }))
}

/// A point in time as programs read it (RFC 3339).
fn time(at: message::UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .map_or_else(|_| at.0.to_string(), |at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

async fn staff_add(house: &House, login: &str, name: &str, role: &str) -> Result<Response, StoreError> {
    let role = match role {
        "viewer" => Role::Viewer,
        "support" => Role::Support,
        "administrator" => Role::Administrator,
        other => return Ok(Response::no(format!("roles are viewer, support and administrator, not \"{other}\""))),
    };
    let Some(operator) = house.gate.directory.first_operator() else {
        return Ok(Response::no("there is no domain yet"));
    };
    let (password, hash) = passwords::new()?;
    let known = house.gate.stores.records.staff_by_login(login).await?;
    let row = StaffRow {
        id: known.map_or(StaffId(0), |row| row.id),
        operator,
        login: login.into(),
        name: if name.is_empty() { login.into() } else { name.into() },
        role,
        password: hash,
        language: String::new(),
    };
    let id = house.gate.stores.records.put_staff(&row).await?;
    out_everywhere(house, operator, Person::Staff(id)).await?;
    Ok(Response::ok(format!("{login} signs in with the password {password}")))
}

/// A new password ends what was opened with the old one.
async fn out_everywhere(house: &House, operator: OperatorId, person: Person) -> Result<(), StoreError> {
    let records = &house.gate.stores.records;
    records.end_sessions_of(operator, person, None).await?;
    records.drop_means(operator, person, MeansKind::Device, None).await?;
    Ok(())
}

async fn subscriber_add(house: &House, address: &str, name: &str, group: &str) -> Result<Response, StoreError> {
    let address = match Address::parse(address) {
        Ok(address) => address,
        Err(bad) => return Ok(Response::no(format!("\"{address}\": {bad}"))),
    };
    let Some(operator) = house.gate.directory.operator_of_domain(address.domain()) else {
        return Ok(Response::no(format!("{} is not a domain here", address.domain())));
    };
    let (password, hash) = passwords::new()?;
    let known = house.gate.stores.records.subscriber_by_login(operator, &address.key()).await?;
    let row = SubscriberRow {
        id: known.map_or(SubscriberId(0), |row| row.id),
        operator,
        login: address.key(),
        name: if name.is_empty() { address.to_string() } else { name.into() },
        group: group.into(),
        language: String::new(),
        password: Some(hash),
    };
    let id = house.gate.stores.records.put_subscriber(&row).await?;
    let row = AddressRow { operator, key: address.key(), kind: AddressKind::Mailbox, subscriber: Some(id) };
    house.gate.stores.records.put_address(&row).await?;
    out_everywhere(house, operator, Person::Subscriber(id)).await?;
    Ok(Response::ok(format!("{address} signs in with the password {password}")))
}
