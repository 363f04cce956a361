//! The person that a digest is for: language, clock, address, choice.

use jiff::tz::TimeZone;
use message::{Address, UnixMillis};
use policy::{Digest, Language, Profile, Settings};
use std::sync::Arc;
use store::records::audit::AuditRow;
use store::records::directory::SubscriberRow;
use store::records::settings::SettingsOwner;
use store::{OperatorId, StoreError, SubscriberId};

use crate::language::Words;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::offer;
use crate::visit::{Visit, by_subscriber};

/// How often a change is tried again where somebody else was faster.
const TRIES: u32 = 3;

/// A person and what is in force for them.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub row: SubscriberRow,
    /// Settings in force.
    pub settings: Arc<Settings>,
    /// What the operator offers.
    pub profile: Profile,
    /// What is really sent.
    pub choice: Digest,
    /// The person's language: their own, or that of what is written into their mail, or Japanese.
    pub words: Words,
    /// The operator's clock.
    pub zone: TimeZone,
    /// The operator's name.
    pub operator_name: String,
}

impl Person {
    /// `None` where there is no such person any more.
    pub async fn find(
        portal: &Portal,
        operator: OperatorId,
        subscriber: SubscriberId,
    ) -> Result<Option<Self>, StoreError> {
        let Some(row) = portal.records().subscriber(operator, subscriber).await? else { return Ok(None) };
        let directory = &portal.services.directory;
        let settings = directory.settings_of(operator, Some(subscriber)).await?;
        let profile = directory.profile_of(operator).await?;
        let operators = portal.records().operators().await?;
        let (zone, operator_name) = operators
            .into_iter()
            .find(|known| known.id == operator)
            .map(|known| (TimeZone::get(&known.time_zone).unwrap_or(TimeZone::UTC), known.name))
            .unwrap_or((TimeZone::UTC, String::new()));
        let contract = directory.contract_of(operator, &row).await?;
        let choice = settings.digest_in_force(&profile, &contract, portal.now());
        let language = match row.language.as_str() {
            "" => settings.language.unwrap_or(Language::Ja),
            own => Language::of(own),
        };
        Ok(Some(Self { words: Words(language), row, settings, profile, choice, zone, operator_name }))
    }

    /// Where mail to this person goes: the address they sign in with, or the first of their addresses.
    pub async fn address(&self, portal: &Portal) -> Result<Option<Address>, StoreError> {
        if let Ok(address) = Address::parse(&self.row.login) {
            return Ok(Some(address));
        }
        let rows = portal.records().addresses_of(self.row.operator, self.row.id).await?;
        Ok(rows.iter().find_map(|row| Address::parse(&row.key).ok()))
    }

    /// The visit of somebody who came by a link of this person, in the operator's name and zone.
    pub fn visit(&self, visit: &Visit) -> Visit {
        Visit { zone: self.zone.clone(), operator_name: self.operator_name.clone(), ..visit.clone() }
    }

    /// The name shown.
    pub fn name(&self) -> &str {
        if self.row.name.is_empty() { &self.row.login } else { &self.row.name }
    }
}

/// Changes this person's settings by a link, as a version like any other, within what is offered.
pub async fn change_by_link(
    portal: &Portal,
    visit: &Visit,
    person: &Person,
    what: &str,
    apply: impl Fn(&mut policy::Layer) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let (operator, owner) = (person.row.operator, SettingsOwner::Subscriber(person.row.id));
    let directory = &portal.services.directory;
    let by = by_subscriber(person.row.id);
    for _ in 0..TRIES {
        let (version, before) = directory.layer_of(operator, &owner).await?;
        let mut after = before.clone();
        apply(&mut after)?;
        if after == before {
            return Ok(());
        }
        let measured = person.profile.measure(&before, &after, &person.row.group);
        measured.map_err(|exceeded| Problem::BadField(offer::said(visit.words, &exceeded)))?;
        after.check().map_err(|bad| Problem::BadField(bad.to_string()))?;
        let note = "by a link in mail";
        let stored = directory.change_settings(operator, &owner, &after, version, &by, &visit.from, note).await;
        let version = match stored {
            Err(StoreError::Conflict(_)) => continue,
            stored => stored?,
        };
        audit(portal, visit, person, "settings.change", &format!("{what} → {version}: {note}")).await?;
        return Ok(());
    }
    Err(Problem::Stale)
}

/// Records what was done by a link.
pub async fn audit(
    portal: &Portal,
    visit: &Visit,
    person: &Person,
    action: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let by = by_subscriber(person.row.id);
    let row = AuditRow {
        id: 0,
        operator: person.row.operator,
        at: visit.now,
        by: by.clone(),
        from: visit.from.clone(),
        action: action.into(),
        target: by,
        detail: detail.into(),
    };
    portal.records().audit(&row).await
}

/// Whole seconds, as links keep them.
pub fn seconds(at: UnixMillis) -> UnixMillis {
    UnixMillis(at.0 / 1000 * 1000)
}
