//! Whether a person's change stays within what the operator offers (SUB-01, SUB-16, SUB-22).
//!
//! Only what the change adds is measured: what was set before stays, also where the profile has become narrower.

use std::collections::BTreeSet;

use content::keywords::{Field, MatchKind};
use controls::Class;
use controls::impersonation::Asked;
use controls::lists::{Entry, EntryAction, Pattern, PatternKind};

use super::{AddressBookMode, FEATURES, Feature, OnOtherList, Profile, field_name};
use crate::decision::{Disposition, Treatment};
use crate::digest::Digest;
use crate::settings::{KeywordSetting, Layer};
use crate::treatments::treatment_name;

/// What is bounded by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quota {
    /// The receive list.
    Receive,
    /// The refuse list.
    Refuse,
    /// Both lists together.
    Lists,
    /// Entries of one kind on the refuse list.
    RefuseOf(PatternKind),
    /// Telephone numbers.
    Phones,
    /// Rules that keep back.
    RefuseRules,
    /// Rules that deliver.
    ReceiveRules,
    /// All rules together.
    Rules,
    /// Rules on one field.
    RulesOf(String),
    /// Conditions of all rules.
    Conditions,
    /// Conditions of one rule.
    Joined,
    /// Conditions of one rule on one field.
    Values,
    /// Different header fields.
    Headers,
    /// Named domains.
    Domains,
    /// Exceptions.
    Exceptions,
    /// The rescue list.
    Rescue,
    /// The address book.
    AddressBook,
}

/// Why a change is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exceeded {
    /// There is room for so many.
    Full(Quota, u32),
    /// Only one of both lists may hold something.
    OneListOnly,
    /// Telephone numbers are all received or all refused.
    PhonesOnOneListOnly,
    /// The entry is on the other list.
    OnOtherList(String),
    /// This is not offered: the family of its words and its name.
    NotOffered(&'static str, String),
    /// The contract does not include it.
    NotIncluded(Feature),
}

type Measured = Result<(), Exceeded>;

impl Quota {
    /// The name of its words.
    pub fn name(&self) -> String {
        match self {
            Self::Receive => "receive".into(),
            Self::Refuse => "refuse".into(),
            Self::Lists => "lists".into(),
            Self::RefuseOf(kind) => format!("refuse-{}", kind.name()),
            Self::Phones => "phones".into(),
            Self::RefuseRules => "refuse-rules".into(),
            Self::ReceiveRules => "receive-rules".into(),
            Self::Rules | Self::RulesOf(_) => "rules".into(),
            Self::Conditions => "conditions".into(),
            Self::Joined => "joined".into(),
            Self::Values => "values".into(),
            Self::Headers => "headers".into(),
            Self::Domains => "domains".into(),
            Self::Exceptions => "exceptions".into(),
            Self::Rescue => "rescue".into(),
            Self::AddressBook => "address-book".into(),
        }
    }
}

impl Profile {
    /// Measures a change of one person's settings, by the class of the contract alone.
    pub fn measure(&self, before: &Layer, after: &Layer, group: &str) -> Measured {
        let without: Vec<Feature> = FEATURES.into_iter().filter(|feature| !self.includes(group, *feature)).collect();
        self.measure_without(before, after, &without)
    }

    /// The same, where the person's contract is without these features now.
    pub fn measure_without(&self, before: &Layer, after: &Layer, without: &[Feature]) -> Measured {
        self.measure_lists(before, after)?;
        self.measure_rules(before, after)?;
        self.measure_proof(before, after)?;
        self.measure_choices(before, after)?;
        measure_contract(before, after, without)
    }

    fn measure_lists(&self, before: &Layer, after: &Layer) -> Measured {
        let offer = &self.lists;
        let phones = |list: &[Entry]| count(list, |entry| entry.pattern.kind() == PatternKind::Phone);
        // Telephone numbers with a quota of their own do not count with the others.
        let apart = offer.phone_most.is_some();
        let others = |list: &[Entry]| {
            let counts = |entry: &&Entry| !(is_selective(entry) || apart && entry.pattern.kind() == PatternKind::Phone);
            count(list, counts)
        };
        let lists = |layer: &Layer| (others(&layer.receive), others(&layer.refuse));
        let ((receive_before, refuse_before), (receive, refuse)) = (lists(before), lists(after));
        room(Quota::Receive, receive_before, receive, offer.receive_most)?;
        room(Quota::Refuse, refuse_before, refuse, offer.refuse_most)?;
        if let Some(most) = offer.both_most {
            room(Quota::Lists, receive_before + refuse_before, receive + refuse, most)?;
        }
        if let Some(most) = offer.phone_most {
            let all = |layer: &Layer| phones(&layer.receive) + phones(&layer.refuse);
            room(Quota::Phones, all(before), all(after), most)?;
        }
        for (kind, most) in &offer.refuse_most_of {
            let of = |layer: &Layer| count(&layer.refuse, |entry| entry.pattern.kind() == *kind);
            room(Quota::RefuseOf(*kind), of(before), of(after), *most)?;
        }
        let grew = receive > receive_before || refuse > refuse_before;
        if offer.exclusive && receive > 0 && refuse > 0 && grew {
            return Err(Exceeded::OneListOnly);
        }
        let (here, there) = (phones(&after.receive), phones(&after.refuse));
        let more = here > phones(&before.receive) || there > phones(&before.refuse);
        if offer.phone_exclusive && here > 0 && there > 0 && more {
            return Err(Exceeded::PhonesOnOneListOnly);
        }
        self.measure_entries(before, after)
    }

    fn measure_entries(&self, before: &Layer, after: &Layer) -> Measured {
        let offer = &self.lists;
        for entry in new(&before.receive, &after.receive).chain(new(&before.refuse, &after.refuse)) {
            let kind = entry.pattern.kind();
            if is_selective(entry) && !self.selective.is_empty() {
                continue;
            }
            if !offer.kinds.is_empty() && !offer.kinds.contains(&kind) {
                return Err(Exceeded::NotOffered("entry-kind", kind.name().into()));
            }
            if let Some(then) = entry.then.filter(|then| !offer.actions.contains(then)) {
                return Err(Exceeded::NotOffered("entry-then", then.name().into()));
            }
        }
        if offer.on_other_list == OnOtherList::Refuse {
            let on = |list: &[Entry], pattern: &Pattern| list.iter().any(|entry| entry.pattern == *pattern);
            let both = new(&before.receive, &after.receive)
                .find(|entry| on(&after.refuse, &entry.pattern))
                .or_else(|| new(&before.refuse, &after.refuse).find(|entry| on(&after.receive, &entry.pattern)));
            if let Some(entry) = both {
                return Err(Exceeded::OnOtherList(entry.pattern.text()));
            }
        }
        Ok(())
    }

    fn measure_rules(&self, before: &Layer, after: &Layer) -> Measured {
        let offer = &self.rules;
        let of =
            |layer: &Layer, receives: bool| layer.keywords.iter().filter(|rule| rule.receives() == receives).count();
        room(Quota::RefuseRules, of(before, false), of(after, false), offer.refuse_most)?;
        room(Quota::ReceiveRules, of(before, true), of(after, true), offer.receive_most)?;
        if let Some(most) = offer.both_most {
            room(Quota::Rules, before.keywords.len(), after.keywords.len(), most)?;
        }
        for (receives, bounds) in [(false, &offer.refuse_most_of), (true, &offer.receive_most_of)] {
            for (field, most) in bounds {
                let of = |layer: &Layer| {
                    let own = layer.keywords.iter().filter(|rule| rule.receives() == receives);
                    own.filter(|rule| first_field(rule) == field.as_str()).count()
                };
                room(Quota::RulesOf(field.clone()), of(before), of(after), *most)?;
            }
        }
        if let Some(most) = offer.conditions_most {
            let all = |layer: &Layer| layer.keywords.iter().map(|rule| rule.rule.conditions.len()).sum::<usize>();
            room(Quota::Conditions, all(before), all(after), most)?;
        }
        if let Some(most) = offer.headers_most {
            room(Quota::Headers, headers(before).len(), headers(after).len(), most)?;
        }
        for rule in after.keywords.iter().filter(|rule| !before.keywords.contains(rule)) {
            self.measure_rule(rule)?;
        }
        Ok(())
    }

    fn measure_rule(&self, rule: &KeywordSetting) -> Measured {
        let offer = &self.rules;
        room(Quota::Joined, 0, rule.rule.conditions.len(), offer.joined_most)?;
        let receives = rule.receives();
        let fields = if receives && !offer.receive_fields.is_empty() { &offer.receive_fields } else { &offer.fields };
        for condition in &rule.rule.conditions {
            let name = field_name(&condition.field);
            if !fields.is_empty() && !fields.iter().any(|field| field == name) {
                return Err(Exceeded::NotOffered("field", name.into()));
            }
            let kinds = offer.kinds_of.get(name);
            let wild = condition.kind == MatchKind::Wildcard && !offer.wildcards;
            if wild || kinds.is_some_and(|kinds| !kinds.contains(&condition.kind)) {
                return Err(Exceeded::NotOffered("kind", kind_name(condition.kind).into()));
            }
            if let Some(most) = offer.values_most {
                let same = rule.rule.conditions.iter().filter(|other| other.field == condition.field).count();
                room(Quota::Values, 0, same, most)?;
            }
        }
        if rule.surely_spam && !offer.surely_spam {
            return Err(Exceeded::NotOffered("entry-then", "surely-spam".into()));
        }
        if !receives && !rule.surely_spam {
            offered(&offer.actions, rule.then)?;
        }
        Ok(())
    }

    fn measure_proof(&self, before: &Layer, after: &Layer) -> Measured {
        let offer = &self.impersonation;
        let level = after.impersonation.filter(|level| before.impersonation != Some(*level) && *level != Asked::Off);
        if let Some(level) = level.filter(|level| !offer.levels.contains(level)) {
            return Err(Exceeded::NotOffered("impersonation", asked_name(level).into()));
        }
        let pairs = [
            (Quota::Domains, before.impersonation_domains.len(), after.impersonation_domains.len(), offer.domains_most),
            (
                Quota::Exceptions,
                before.impersonation_exceptions.len(),
                after.impersonation_exceptions.len(),
                offer.exceptions_most,
            ),
            (Quota::Rescue, before.rescue.len(), after.rescue.len(), offer.rescue_most),
        ];
        for (quota, had, has, most) in pairs {
            room(quota, had, has, most)?;
        }
        for rescue in after.rescue.iter().filter(|rescue| !before.rescue.contains(rescue)) {
            if !offer.rescue_fields.is_empty() && !offer.rescue_fields.contains(&rescue.field) {
                let name = serde_json::to_value(rescue.field).ok();
                let name = name.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
                return Err(Exceeded::NotOffered("field", name));
            }
        }
        match after.impersonation_then.filter(|then| before.impersonation_then != Some(*then)) {
            Some(then) => offered(&offer.actions, then),
            None => Ok(()),
        }
    }

    fn measure_choices(&self, before: &Layer, after: &Layer) -> Measured {
        for (class, then) in &after.actions {
            // What is dangerous has an action of its own; to let mail through is always offered.
            let own = *class == Class::Malware && then.then == Disposition::RemovePart;
            if before.actions.get(class) != Some(then) && !own {
                offered(&self.actions, *then)?;
            }
        }
        for reason in after.conditions.keys().filter(|reason| !before.conditions.contains_key(*reason)) {
            if !self.offers(reason) && !self.is_of_a_preset(reason) {
                return Err(Exceeded::NotOffered("condition", reason.clone()));
            }
        }
        if let Some(days) = after.retention_days.filter(|days| before.retention_days != Some(*days)) {
            let listed = self.retention_days.is_empty() || self.retention_days.contains(&days);
            if !listed || self.retention_most.is_some_and(|most| days > most) {
                return Err(Exceeded::NotOffered("retention", days.to_string()));
            }
        }
        if let Some(size) = after.size_at_most.filter(|size| before.size_at_most != Some(*size)) {
            let listed = self.sizes.is_empty() || self.sizes.contains(&size);
            if !listed || self.size_most.is_some_and(|most| size > most) {
                return Err(Exceeded::NotOffered("size", size.to_string()));
            }
        }
        if let Some(points) = after.threshold.filter(|points| before.threshold != Some(*points)) {
            let named = self.levels.named.iter().any(|level| (level.points - points).abs() < 1e-9);
            if !named && !self.levels.own {
                return Err(Exceeded::NotOffered("threshold", points.to_string()));
            }
        }
        let digest = after.digest.as_ref().filter(|digest| before.digest.as_ref() != Some(digest));
        if let Some(digest) = digest.filter(|digest| !self.digest.offers(digest)) {
            let name = match digest {
                Digest::Every { hours, .. } => hours.to_string(),
                Digest::EachMessage | Digest::Off => "notice".into(),
            };
            return Err(Exceeded::NotOffered("digest", name));
        }
        let mode = after.address_book_mode.filter(|mode| before.address_book_mode != Some(*mode));
        if let Some(mode) =
            mode.filter(|mode| *mode != AddressBookMode::Unused && !self.address_book.modes.contains(mode))
        {
            return Err(Exceeded::NotOffered("address-book", format!("{mode:?}").to_lowercase()));
        }
        room(Quota::AddressBook, before.address_book.len(), after.address_book.len(), self.address_book.most)?;
        let code = after.secret_code.as_ref().filter(|code| before.secret_code.as_ref() != Some(code));
        let fits = |code: &&String| self.secret_code_digits.is_some_and(|digits| code.len() == usize::from(digits));
        if let Some(code) = code.filter(|code| !fits(code)) {
            return Err(Exceeded::NotOffered("secret-code", code.len().to_string()));
        }
        Ok(())
    }

    /// A preset may use what cannot be chosen alone.
    fn is_of_a_preset(&self, reason: &str) -> bool {
        let presets = self.presets.iter().map(|preset| &preset.set);
        let answers = self.wizard.iter().flat_map(|question| &question.answers).map(|answer| &answer.set);
        presets.chain(answers).any(|set| set.conditions.contains_key(reason))
    }
}

fn measure_contract(before: &Layer, after: &Layer, without: &[Feature]) -> Measured {
    let used = |feature: Feature, adds: bool| {
        if adds && without.contains(&feature) { Err(Exceeded::NotIncluded(feature)) } else { Ok(()) }
    };
    let lists = new(&before.receive, &after.receive).chain(new(&before.refuse, &after.refuse)).next().is_some();
    used(Feature::Lists, lists)?;
    used(Feature::Rules, after.keywords.iter().any(|rule| !before.keywords.contains(rule)))?;
    let kind = |reason: &&String| reason.starts_with("sender-kind-") && !before.conditions.contains_key(*reason);
    used(Feature::Kinds, after.conditions.keys().any(|reason| kind(&reason)))?;
    let asks = after.impersonation.is_some_and(|level| level != Asked::Off);
    used(Feature::Impersonation, asks && before.impersonation != after.impersonation)?;
    let book = after.address_book_mode.is_some_and(|mode| mode != AddressBookMode::Unused);
    used(Feature::AddressBook, book && before.address_book_mode != after.address_book_mode)?;
    used(Feature::SecretCode, after.secret_code.is_some() && before.secret_code != after.secret_code)?;
    let unlisted = |layer: &Layer| layer.conditions.contains_key("sender-unlisted");
    used(Feature::Selective, unlisted(after) && !unlisted(before))?;
    let sends = after.digest.as_ref().is_some_and(|digest| *digest != Digest::Off);
    used(Feature::Digest, sends && before.digest != after.digest)?;
    let holds = |layer: &Layer| {
        let kept = |then: &Treatment| matches!(then.then, Disposition::Junk | Disposition::Trash);
        layer.actions.values().filter(|then| kept(then)).count()
    };
    used(Feature::Junk, holds(after) > holds(before))
}

/// The entry by which selective reception holds all mail, or delivers its header section first (SUB-05). It is no entry
/// of the person's own list.
pub(crate) fn is_selective(entry: &Entry) -> bool {
    entry.pattern == Pattern::Everyone && matches!(entry.then, Some(EntryAction::HeaderOnly | EntryAction::Junk))
}

/// `name-*` covers every reason that begins so.
pub(crate) fn covers(listed: &str, reason: &str) -> bool {
    match listed.strip_suffix('*') {
        Some(start) => reason.starts_with(start),
        None => listed == reason,
    }
}

/// There is room as long as nothing was added beyond the bound.
fn room(quota: Quota, had: usize, has: usize, most: u32) -> Measured {
    if has > had && has > most as usize { Err(Exceeded::Full(quota, most)) } else { Ok(()) }
}

fn offered(names: &[String], then: Treatment) -> Measured {
    let name = treatment_name(then);
    if names.is_empty() || name == "deliver" || names.iter().any(|known| known == name) {
        return Ok(());
    }
    Err(Exceeded::NotOffered("treatment", name.into()))
}

fn count(list: &[Entry], which: impl Fn(&&Entry) -> bool) -> usize {
    list.iter().filter(|entry| which(entry)).count()
}

/// Entries that were not there before, or were there otherwise.
fn new<'a>(before: &'a [Entry], after: &'a [Entry]) -> impl Iterator<Item = &'a Entry> {
    let known: BTreeSet<(String, Option<&'static str>)> =
        before.iter().map(|entry| (entry.pattern.text(), entry.then.map(|then| then.name()))).collect();
    after.iter().filter(move |entry| !known.contains(&(entry.pattern.text(), entry.then.map(|then| then.name()))))
}

fn first_field(rule: &KeywordSetting) -> &'static str {
    rule.rule.conditions.first().map_or("", |condition| field_name(&condition.field))
}

fn headers(layer: &Layer) -> BTreeSet<String> {
    let conditions = layer.keywords.iter().flat_map(|rule| &rule.rule.conditions);
    let named = conditions.filter_map(|condition| match &condition.field {
        Field::Header(name) => Some(name.to_lowercase()),
        _ => None,
    });
    named.collect()
}

/// The name of a way to compare, in forms.
pub fn kind_name(kind: MatchKind) -> &'static str {
    match kind {
        MatchKind::Exact => "exact",
        MatchKind::Prefix => "prefix",
        MatchKind::Suffix => "suffix",
        MatchKind::Contains => "contains",
        MatchKind::Wildcard => "wildcard",
    }
}

/// The name of a level of proof, in forms.
pub fn asked_name(asked: Asked) -> &'static str {
    match asked {
        Asked::Off => "off",
        Asked::Existing => "existing",
        Asked::Middle => "middle",
        Asked::High => "high",
    }
}
