//! Puts the layers of one recipient together, and remembers from which layer each value came.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use content::keywords::Prepared;
use controls::impersonation::{Asked, Impersonation};
use controls::{Class, Mode};

use super::{ContentBasis, EntriesFrom, Layer, Layers, Origin, STEPS, Settings};
use crate::decision::{Disposition, LabelPlace, Treatment};
use crate::digest::Digest;
use crate::profile::{AddressBookMode, Profile, ScoreShown};

/// Points from which a message is spam, as shipped.
pub const SHIPPED_THRESHOLD: f64 = 5.0;
/// Points from which it is suspect, as shipped.
pub const SHIPPED_SUSPECT: f64 = 3.0;
/// How long held mail waits, as shipped. The sources have 7, 10, 14 and 28 days (SUB-14).
pub const SHIPPED_RETENTION_DAYS: u16 = 14;
/// The subject label as shipped; it is written only where an action asks for it.
pub const SHIPPED_LABEL: &str = "[MEIWAKU]";

/// What is held against a sender that has not enough proof, by reason id.
const POSING: [&str; 4] =
    ["impersonation-no-domain", "impersonation-fails", "impersonation-unproven", "impersonation-posing"];

/// The shipped profile, read once.
static SHIPPED_PROFILE: LazyLock<Profile> = LazyLock::new(Profile::shipped);

/// The profile in force for these layers.
pub fn profile_of(layers: &Layers) -> &Profile {
    let own = layers.operator.as_ref().and_then(|(_, layer)| layer.profile.as_deref());
    own.unwrap_or(&SHIPPED_PROFILE)
}

/// What happens to each class as shipped: unwanted mail is held, suspect mail gets a header label, the rest is delivered.
pub fn shipped_actions() -> BTreeMap<Class, Treatment> {
    let mut actions: BTreeMap<Class, Treatment> = controls::CLASSES
        .into_iter()
        .filter(|class| class.is_unwanted())
        .map(|class| (class, Treatment::JUNK))
        .collect();
    actions.insert(Class::Suspect, Treatment::LABEL);
    actions
}

impl Settings {
    /// Puts the layers together.
    ///
    /// Without the person's consent, or the operator's default-on that the person has not withdrawn, only what the
    /// person set up for themselves is in force of lists, rules and conditions: see [`Settings::runs`].
    ///
    /// SUB-22: what the contract included for a time does not act when that time is over.
    pub fn resolve(layers: &Layers) -> Self {
        let Some((contract, now)) = &layers.contract else { return Self::on_ground(layers, ground(layers)) };
        let profile = profile_of(layers);
        let mut acting = layers.clone();
        let mut asleep = profile.asleep(contract, *now);
        match &layers.subscriber {
            Some((version, layer)) => {
                asleep.retain(|feature| layer.uses(*feature));
                if !asleep.is_empty() {
                    acting.subscriber = Some((*version, Arc::new(layer.without(&asleep))));
                }
            }
            None => asleep.clear(),
        }
        let until = profile.changes_at(contract, *now);
        let settings = Self::on_ground(&acting, ground(layers));
        Self { asleep, until, ..settings }
    }

    /// The same for the operator's own judgement, where no recipient is named (`/checkv2` without `Rcpt`).
    pub fn for_operator(layers: &Layers) -> Self {
        Self::on_ground(layers, ContentBasis::Operator)
    }

    /// What happens to a class.
    pub fn action(&self, class: Class) -> Treatment {
        self.actions.get(&class).copied().unwrap_or(Treatment::DELIVER)
    }

    /// From which layer a value came; what no layer sets comes with the program. Entries of lists go by their list and what
    /// they stand for: `receive.b.example`.
    pub fn origin_of(&self, key: &str) -> Origin {
        let (controls, from) = (&self.controls, &self.entries_from);
        let set = self.origin.get(key).copied();
        let entry = || match key.split_once('.')? {
            ("receive", text) => {
                from.receive.of(&controls.receive, text).or_else(|| from.address_book.of(&controls.address_book, text))
            }
            ("refuse", text) => from.refuse.of(&controls.refuse, text),
            _ => None,
        };
        set.or_else(entry).unwrap_or(Origin::Shipped)
    }

    fn on_ground(layers: &Layers, ground: ContentBasis) -> Self {
        let mut out = Self::shipped();
        out.content_basis = ground;
        out.content_allowed = ground != ContentBasis::None;
        let profile = profile_of(layers);
        out.offer(profile);
        out.take_values(Origin::Operator, &profile.defaults);
        if out.content_allowed {
            out.take_conditions(Origin::Operator, &profile.defaults);
        }
        let below = [(Origin::Operator, &layers.operator), (Origin::Group, &layers.group)];
        let subscriber = (Origin::Subscriber, &layers.subscriber);
        for (at, (origin, layer)) in below.into_iter().chain([subscriber]).enumerate() {
            if let Some((version, layer)) = layer {
                out.versions[at] = *version;
                out.take_values(origin, layer);
                if out.content_allowed || origin == Origin::Subscriber {
                    out.take_conditions(origin, layer);
                }
            }
        }
        let wants_headers = layers.subscriber.as_ref().is_some_and(|(_, layer)| layer.header_view == Some(true));
        out.header_view = profile.header_view.clone().filter(|_| wants_headers);
        out.suspect = out.suspect.min(out.threshold);
        out.take_lists(layers, profile);
        out.take_proof(layers, profile);
        if out.trash_days == 0 {
            out.trash_days = out.retention_days;
        }
        out
    }

    /// What the operator offers, as far as it decides on messages.
    fn offer(&mut self, profile: &Profile) {
        self.internet_only = profile.internet_only();
        self.bulk_guard = profile.bulk_guard.clone();
        self.shown = profile.levels.shown;
        if profile.digest.by_default {
            self.digest = Digest::first_of(&profile.digest);
            self.origin.insert("digest".into(), Origin::Operator);
        }
        let controls = Arc::make_mut(&mut self.controls);
        controls.kinds = profile.kinds_table();
        controls.bulk_from = profile.bulk_guard.as_ref().map(|guard| guard.from);
        for control in profile.filters_off() {
            controls.modes.insert(control.to_owned(), Mode::Off);
            self.origin.insert(format!("modes.{control}"), Origin::Operator);
        }
    }

    /// Address book and impersonation: the person's, the group's, the operator's add up; of the level the uppermost.
    fn take_proof(&mut self, layers: &Layers, profile: &Profile) {
        let above = [
            (Origin::Subscriber, layers.subscriber.as_ref().map(|(_, layer)| layer.as_ref())),
            (Origin::Group, layers.group.as_ref().map(|(_, layer)| layer.as_ref())),
            (Origin::Operator, layers.operator.as_ref().map(|(_, layer)| layer.as_ref())),
            (Origin::Operator, Some(&profile.defaults)),
        ];
        let allowed = self.content_allowed;
        let counts = above.into_iter().filter(|(origin, _)| allowed || *origin == Origin::Subscriber);
        let counts: Vec<(Origin, &Layer)> =
            counts.filter_map(|(origin, layer)| layer.map(|layer| (origin, layer))).collect();
        let mut asked = Impersonation {
            proven: profile.impersonation.proven,
            accept_without_record: profile.impersonation.accept_without_record,
            rescue_skips_all: profile.impersonation.rescue_skips_all,
            ..Impersonation::default()
        };
        let level = counts.iter().find_map(|(origin, layer)| Some((*origin, layer.impersonation?)));
        asked.asked = level.map_or(Asked::Off, |(_, level)| level);
        let mut origin = level.map_or(Origin::Shipped, |(origin, _)| origin);
        for (of, layer) in &counts {
            if !layer.impersonation_domains.is_empty() && origin == Origin::Shipped {
                origin = *of;
            }
            asked.domains.extend(layer.impersonation_domains.iter().cloned());
            asked.exceptions.extend(layer.impersonation_exceptions.iter().cloned());
            asked.rescue.extend(layer.rescue.iter().cloned());
        }
        let then = counts.iter().find_map(|(_, layer)| layer.impersonation_then).unwrap_or(Treatment::JUNK);
        if asked.asked != Asked::Off || !asked.domains.is_empty() {
            for reason in POSING {
                self.otherwise(reason, then, origin);
            }
        }
        let asks = asked.asked != Asked::Off || !asked.domains.is_empty();
        if asks || !asked.exceptions.is_empty() || !asked.rescue.is_empty() {
            Arc::make_mut(&mut self.controls).impersonation = Some(Arc::new(asked));
        }
        self.take_address_book(&counts);
    }

    fn take_address_book(&mut self, counts: &[(Origin, &Layer)]) {
        let mode = counts.iter().find_map(|(origin, layer)| Some((*origin, layer.address_book_mode?)));
        let Some((origin, mode)) = mode.filter(|(_, mode)| *mode != AddressBookMode::Unused) else { return };
        let book: Vec<_> = counts.iter().flat_map(|(_, layer)| layer.address_book.iter().cloned()).collect();
        self.entries_from.address_book.add(origin, book.len());
        Arc::make_mut(&mut self.controls).address_book = book.into();
        if mode == AddressBookMode::Only {
            self.otherwise("sender-unlisted", Treatment::JUNK, origin);
        }
    }

    /// A condition that follows from another setting, where nobody has set it itself.
    fn otherwise(&mut self, reason: &str, then: Treatment, origin: Origin) {
        if !self.conditions.contains_key(reason) {
            self.conditions.insert(reason.to_owned(), then);
            self.origin.insert(format!("conditions.{reason}"), origin);
        }
    }

    fn shipped() -> Self {
        Self {
            content_allowed: false,
            content_basis: ContentBasis::None,
            threshold: SHIPPED_THRESHOLD,
            suspect: SHIPPED_SUSPECT,
            actions: shipped_actions(),
            label: SHIPPED_LABEL.into(),
            refused: Treatment::JUNK,
            allow_requires_auth: true,
            order: STEPS.to_vec(),
            conditions: BTreeMap::new(),
            keyword_treatments: BTreeMap::new(),
            retention_days: SHIPPED_RETENTION_DAYS,
            keep_recent: false,
            header_view: None,
            asleep: Vec::new(),
            until: None,
            sender_id: false,
            unknown: BTreeMap::new(),
            language: None,
            refusal_notice: true,
            trash_days: 0,
            digest: Digest::Off,
            shown: ScoreShown::Points,
            furigana: false,
            internet_only: Vec::new(),
            surely_spam: BTreeSet::new(),
            bulk_guard: None,
            controls: Arc::default(),
            origin: BTreeMap::new(),
            entries_from: EntriesFrom::default(),
            versions: [0; 3],
        }
    }

    /// Values of which the uppermost layer's is in force.
    fn take_values(&mut self, origin: Origin, layer: &Layer) {
        let from = &mut self.origin;
        take(&mut self.threshold, layer.threshold, "threshold", origin, from);
        take(&mut self.suspect, layer.suspect, "suspect", origin, from);
        take(&mut self.label, layer.label.clone(), "label", origin, from);
        take(&mut self.refused, layer.refused, "refused", origin, from);
        take(&mut self.allow_requires_auth, layer.allow_requires_auth, "allow_requires_auth", origin, from);
        take(&mut self.order, layer.order.clone(), "order", origin, from);
        take(&mut self.retention_days, layer.retention_days, "retention_days", origin, from);
        take(&mut self.sender_id, layer.sender_id, "sender_id", origin, from);
        take(&mut self.refusal_notice, layer.refusal_notice, "refusal_notice", origin, from);
        take(&mut self.trash_days, layer.trash_days, "trash_days", origin, from);
        take(&mut self.digest, layer.digest.clone(), "digest", origin, from);
        take(&mut self.furigana, layer.furigana, "furigana", origin, from);
        // Only the person can agree to it.
        let own = layer.keep_recent.filter(|_| origin == Origin::Subscriber);
        take(&mut self.keep_recent, own, "keep_recent", origin, from);
        take(&mut self.language, layer.language.map(Some), "language", origin, from);
        for (control, treatment) in &layer.unknown {
            self.unknown.insert(control.clone(), *treatment);
            from.insert(format!("unknown.{control}"), origin);
        }
        for (class, treatment) in &layer.actions {
            self.actions.insert(*class, *treatment);
            from.insert(format!("actions.{}", class.name()), origin);
        }
        let controls = Arc::make_mut(&mut self.controls);
        for (control, mode) in &layer.modes {
            controls.modes.insert(control.clone(), *mode);
            from.insert(format!("modes.{control}"), origin);
        }
        take(&mut controls.signature_level, layer.signature_level, "signature_level", origin, from);
    }

    /// Conditions add up; where two layers name the same one, the upper layer's treatment is in force.
    fn take_conditions(&mut self, origin: Origin, layer: &Layer) {
        let from = &mut self.origin;
        for (reason, treatment) in &layer.conditions {
            self.conditions.insert(reason.clone(), *treatment);
            from.insert(format!("conditions.{reason}"), origin);
        }
        let controls = Arc::make_mut(&mut self.controls);
        take(&mut controls.size_at_least, layer.size_at_least.map(Some), "size_at_least", origin, from);
        take(&mut controls.size_at_most, layer.size_at_most.map(Some), "size_at_most", origin, from);
        take(&mut controls.secret_code, layer.secret_code.clone().map(Some), "secret_code", origin, from);
        if layer.secret_code.is_some() {
            self.otherwise("secret-code-missing", REFUSE, origin);
        }
    }

    /// Lists and keyword rules stand one after the other: the person's, the group's, the operator's.
    fn take_lists(&mut self, layers: &Layers, profile: &Profile) {
        let (mut receive, mut refuse, mut keywords) = (Vec::new(), Vec::new(), Vec::new());
        let layers = [
            (Origin::Subscriber, layers.subscriber.as_ref().map(|(_, layer)| layer.as_ref())),
            (Origin::Group, layers.group.as_ref().map(|(_, layer)| layer.as_ref())),
            (Origin::Operator, layers.operator.as_ref().map(|(_, layer)| layer.as_ref())),
            (Origin::Operator, Some(&profile.defaults)),
        ];
        for (origin, layer) in layers {
            let Some(layer) = layer else { continue };
            if !self.content_allowed && origin != Origin::Subscriber {
                continue;
            }
            receive.extend(layer.receive.iter().cloned());
            self.entries_from.receive.add(origin, layer.receive.len());
            refuse.extend(layer.refuse.iter().cloned());
            self.entries_from.refuse.add(origin, layer.refuse.len());
            for setting in &layer.keywords {
                // Ids are unique within their owner's rules only.
                let mut rule = setting.rule.clone();
                if origin != Origin::Subscriber {
                    rule.id = format!("{}/{}", origin.name(), rule.id);
                }
                self.origin.insert(format!("keywords.{}", rule.id), origin);
                self.keyword_treatments.insert(rule.id.clone(), setting.then);
                if setting.surely_spam {
                    self.surely_spam.insert(rule.id.clone());
                }
                keywords.push(Prepared::from(rule));
            }
        }
        let controls = Arc::make_mut(&mut self.controls);
        controls.receive = receive.into();
        controls.refuse = refuse.into();
        controls.keywords = keywords.into();
    }
}

/// What happens to mail to a number without its secret code, where nobody set it otherwise.
const REFUSE: Treatment = Treatment { then: Disposition::Refuse, label: LabelPlace::None };

/// On what ground content may be looked at. Who withdrew is asked again by nobody's default.
fn ground(layers: &Layers) -> ContentBasis {
    let said = layers.subscriber.as_ref().and_then(|(_, layer)| layer.consent);
    let default_on = layers.operator.as_ref().and_then(|(_, layer)| layer.default_on);
    match said {
        Some(consent) if consent.given => ContentBasis::Consent { at: consent.at, text: consent.text },
        Some(_) => ContentBasis::None,
        None if default_on.is_some_and(|conditions| conditions.holds()) => ContentBasis::DefaultOn,
        None => ContentBasis::None,
    }
}

fn take<T>(value: &mut T, set: Option<T>, key: &str, origin: Origin, from: &mut BTreeMap<String, Origin>) {
    if let Some(set) = set {
        *value = set;
        from.insert(key.into(), origin);
    }
}
