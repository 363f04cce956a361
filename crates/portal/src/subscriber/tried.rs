//! What other settings would have done to a person's mail of the last days, as far as records tell (SUB-04).
//!
//! Of held mail the whole message is still there, of delivered mail its header section where the person has it kept: by
//! those, new keyword rules and the rescue list are tried too. Sizes stand in every record. What cannot be said is counted.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use content::keywords::{Field, KeywordRule};
use controls::inbound::CONTROLS;
use controls::lists::Pattern;
use message::envelope::{Body, Peer};
use message::{Address, Domain, Envelope, Limits, Message, ReversePath, UnixMillis};
use policy::replay::{Kept, Senders, replay_kept};
use policy::settings::ContentBasis;
use policy::{DecisionRecord, Disposition, Layer, Settings, TransactionRecord};
use store::records::decisions::{DecisionQuery, DecisionRow, TransactionRow};
use store::records::directory::SubscriberRow;
use store::records::junk::{JunkRow, JunkState};

use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::mine;

/// Days that are looked at.
pub const DAYS: usize = 14;
const DAY_MS: i64 = 86_400_000;
/// Decisions that are looked through.
const MOST: u32 = 2_000;
/// Held messages that are opened for one preview.
const OPENED: usize = 100;
/// Examples that are shown.
const SHOWN: usize = 5;

/// Counts over the last days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Messages of these days.
    pub all: usize,
    /// Delivered then, and kept back with these settings.
    pub kept_back: usize,
    /// Kept back then, and delivered with these settings.
    pub delivered: usize,
    /// Of which it cannot be said.
    pub unsaid: usize,
    /// The same of a hundred.
    pub unsaid_percent: usize,
    /// Senders of some that would be kept back.
    pub examples: Vec<(UnixMillis, String)>,
}

/// Decides the recorded messages again, with this layer in the place of the person's own.
pub async fn tried(portal: &Portal, person: &SubscriberRow, after: &Layer, now: UnixMillis) -> Result<Tried, Problem> {
    let mut layers = portal.services.directory.layers_of(person.operator, person.id).await?;
    layers.subscriber = Some((0, after.clone().into()));
    let settings = Settings::resolve(&layers);
    let since = UnixMillis(now.0 - DAYS as i64 * DAY_MS);
    let query = DecisionQuery {
        operator: Some(person.operator),
        subscriber: Some(person.id),
        since: Some(since),
        limit: MOST,
        ..DecisionQuery::default()
    };
    let states = [JunkState::Held, JunkState::Trash, JunkState::Releasing, JunkState::Released];
    // The From address is kept with held mail; of delivered mail the records have the envelope and From's domain.
    let held: HashMap<String, JunkRow> = mine::find(portal, person, &states, query.since, "", MOST)
        .await?
        .into_iter()
        .map(|row| (row.reference.to_string(), row))
        .collect();
    let mut out = Tried::default();
    let in_force = portal.services.directory.settings_of(person.operator, Some(person.id)).await?;
    let trial = Trial { settings, in_force };
    let sections = match trial.looks_into_messages() {
        true => portal.records().find_headers(person.operator, person.id, since, MOST).await?,
        false => Vec::new(),
    };
    let mut sections: HashMap<String, Bytes> = sections
        .into_iter()
        .map(|row| (row.reference.to_string(), Bytes::from(row.fields).slice(row.ours..)))
        .collect();
    let mut opened = 0;
    for (transaction, row) in portal.records().find_decisions(&query).await? {
        out.all += 1;
        let reference = row.reference.to_string();
        let from = held.get(&reference);
        let mut kept = sections.remove(&reference).map(|octets| Octets { octets, whole: false });
        if let Some(held) = from.filter(|_| trial.looks_into_messages() && opened < OPENED) {
            opened += 1;
            let read = portal.services.junk.open(held.operator, held.id).await;
            kept = read.ok().map(|(_, octets)| Octets { octets, whole: true });
        }
        match again(&transaction, &row, from.map(|held| &held.from_address), kept, &trial) {
            None => out.unsaid += 1,
            Some((Disposition::Deliver, then)) if then != Disposition::Deliver => {
                out.kept_back += 1;
                if out.examples.len() < SHOWN {
                    out.examples.push((row.at, transaction.mail_from.clone()));
                }
            }
            Some((before, Disposition::Deliver)) if before != Disposition::Deliver => out.delivered += 1,
            Some(_) => {}
        }
    }
    out.unsaid_percent = if out.all == 0 { 0 } else { (out.unsaid * 100).div_ceil(out.all) };
    Ok(out)
}

/// What happened, and what would have; `None`: the record does not tell enough.
fn again(
    transaction: &TransactionRow,
    row: &DecisionRow,
    held: Option<&String>,
    kept: Option<Octets>,
    trial: &Trial,
) -> Option<(Disposition, Disposition)> {
    let settings = &trial.settings;
    let record = DecisionRecord::from_json(&row.json).ok()?;
    let circumstances = TransactionRecord::from_json(&transaction.json).ok()?;
    let looked_at = record.basis != ContentBasis::None;
    if settings.content_allowed && !looked_at {
        // What the message says was not looked at then, and would be now.
        return None;
    }
    let envelope = Address::parse(&transaction.mail_from).ok();
    let authentication = circumstances.authentication.unwrap_or_default();
    let domain = Domain::parse(&authentication.from).ok();
    let exact = held.and_then(|text| Address::parse(text).ok());
    // Most people's envelope is their From.
    let same = envelope.clone().filter(|address| domain.as_ref() == Some(address.domain()));
    let is_exact = exact.is_some() || same.is_some();
    let any = domain.and_then(|domain| Address::new("anybody", domain).ok());
    let from = exact.or(same).or(any);
    if !is_exact && asks_for_addresses(settings) {
        return None;
    }
    if settings.conditions.keys().any(|reason| !was_looked_for(reason, &record, settings)) {
        return None;
    }
    if !trial.can_try(kept.as_ref(), &record) {
        return None;
    }
    let senders =
        Senders { from: from.as_ref(), mail_from: envelope.as_ref(), mail_from_proven: authentication.spf.0 == "pass" };
    let message = kept.map(|kept| Message::parse(kept.octets, &Limits::default()));
    let around = message.is_some().then(|| of_record(transaction, envelope.clone()));
    let kept = Kept {
        size: u64::try_from(transaction.size).ok(),
        message: message.as_ref().zip(around.as_ref()),
        rules: trial.needs_rules(&record),
    };
    let then = replay_kept(&record.decision, senders, kept, settings);
    Some((record.decision.treatment.then, then.treatment.then))
}

/// What is still there of a message.
struct Octets {
    octets: Bytes,
    /// All of it, not only its header section.
    whole: bool,
}

/// The settings that are tried, beside those in force.
struct Trial {
    settings: Settings,
    in_force: Arc<Settings>,
}

impl Trial {
    /// Keyword rules other than those that ran, which left no finding to decide on.
    fn has_new_rules(&self) -> bool {
        let rules = |settings: &Settings| -> Vec<KeywordRule> {
            settings.controls.keywords.iter().map(|prepared| prepared.rule().clone()).collect()
        };
        rules(&self.settings) != rules(&self.in_force)
    }

    /// A rescue list beside somebody who is asked for proof.
    fn rescues(&self) -> bool {
        self.settings.controls.impersonation.as_deref().is_some_and(|asked| !asked.rescue.is_empty())
    }

    /// Whether rules have to be compared with a message anew: there are some, and they did not run on it.
    fn needs_rules(&self, record: &DecisionRecord) -> bool {
        let ran = !self.has_new_rules() && record.layers == self.in_force.versions;
        !self.settings.controls.keywords.is_empty() && !ran
    }

    fn looks_into_messages(&self) -> bool {
        self.has_new_rules() || self.rescues()
    }

    /// Whether there is enough of a message for the rules and the rescue list: rules may look in the body, and rules that
    /// ran under the settings of now have left their findings.
    fn can_try(&self, kept: Option<&Octets>, record: &DecisionRecord) -> bool {
        let needs_rules = self.needs_rules(record);
        let of_body =
            |rule: &KeywordRule| rule.conditions.iter().any(|one| matches!(one.field, Field::Body | Field::Charset));
        match kept {
            Some(kept) => {
                kept.whole
                    || !needs_rules
                    || !self.settings.controls.keywords.iter().any(|prepared| of_body(prepared.rule()))
            }
            None => !needs_rules && !self.rescues(),
        }
    }
}

/// The envelope as far as the record has it.
fn of_record(transaction: &TransactionRow, sender: Option<Address>) -> Envelope {
    let ip = transaction.peer.parse().unwrap_or(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));
    Envelope {
        peer: Peer { helo: Some(transaction.helo.clone()), ..Peer::at(ip) },
        mail_from: sender.map_or(ReversePath::Null, ReversePath::Address),
        smtp_utf8: false,
        body: Body::SevenBit,
        received_at: transaction.at,
    }
}

/// Whether a list names addresses, or parts of them, so that a domain alone does not tell who is on it.
fn asks_for_addresses(settings: &Settings) -> bool {
    let controls = &settings.controls;
    let lists = [&controls.receive, &controls.refuse, &controls.address_book];
    lists
        .into_iter()
        .flat_map(controls::lists::List::entries)
        .any(|entry| matches!(entry.pattern, Pattern::Address(_) | Pattern::Part(_) | Pattern::Phone(_)))
}

/// Whether the control of a condition had run then: those that need content where content was looked at, a bound on size
/// where there was one. What says something of the sender is found again from the record.
fn was_looked_for(reason: &str, record: &DecisionRecord, settings: &Settings) -> bool {
    let Some(control) = CONTROLS.iter().find(|control| control.gives(reason)) else { return true };
    if control.looks_at_content() && !settings.content_allowed {
        // It is not in force.
        return true;
    }
    match control.name {
        // The size stands in the record.
        "size" => true,
        "sender_kind" => record.decision.verdict.findings.iter().any(|finding| finding.control == "sender_kind"),
        "sender_unlisted" | "impersonation" | "address_book" => true,
        _ => record.basis != ContentBasis::None || !control.looks_at_content(),
    }
}
