//! Puts the layers of one recipient together, and remembers from which layer each value came.

use std::collections::BTreeMap;
use std::sync::Arc;

use controls::Class;

use super::{ContentBasis, Layer, Layers, Origin, STEPS, Settings};
use crate::decision::Treatment;

/// Points from which a message is spam, as shipped.
pub const SHIPPED_THRESHOLD: f64 = 5.0;
/// Points from which it is suspect, as shipped.
pub const SHIPPED_SUSPECT: f64 = 3.0;
/// How long held mail waits, as shipped. The sources have 7, 10, 14 and 28 days (SUB-14).
pub const SHIPPED_RETENTION_DAYS: u16 = 14;
/// The subject label as shipped; it is written only where an action asks for it.
pub const SHIPPED_LABEL: &str = "[MEIWAKU]";

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
    pub fn resolve(layers: &Layers) -> Self {
        Self::on_ground(layers, ground(layers))
    }

    /// The same for the operator's own judgement, where no recipient is named (`/checkv2` without `Rcpt`).
    pub fn for_operator(layers: &Layers) -> Self {
        Self::on_ground(layers, ContentBasis::Operator)
    }

    /// What happens to a class.
    pub fn action(&self, class: Class) -> Treatment {
        self.actions.get(&class).copied().unwrap_or(Treatment::DELIVER)
    }

    /// From which layer a value came; what no layer sets comes with the program.
    pub fn origin_of(&self, key: &str) -> Origin {
        self.origin.get(key).copied().unwrap_or(Origin::Shipped)
    }

    fn on_ground(layers: &Layers, ground: ContentBasis) -> Self {
        let mut out = Self::shipped();
        out.content_basis = ground;
        out.content_allowed = ground != ContentBasis::None;
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
        out.suspect = out.suspect.min(out.threshold);
        out.take_lists(layers);
        out
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
            sender_id: false,
            unknown: BTreeMap::new(),
            language: None,
            controls: Arc::default(),
            origin: BTreeMap::new(),
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
    }

    /// Lists and keyword rules stand one after the other: the person's, the group's, the operator's.
    fn take_lists(&mut self, layers: &Layers) {
        let (mut receive, mut refuse, mut keywords) = (Vec::new(), Vec::new(), Vec::new());
        let layers = [
            (Origin::Subscriber, &layers.subscriber),
            (Origin::Group, &layers.group),
            (Origin::Operator, &layers.operator),
        ];
        for (origin, layer) in layers {
            let Some((_, layer)) = layer else { continue };
            if !self.content_allowed && origin != Origin::Subscriber {
                continue;
            }
            for (list, entries, name) in
                [(&mut receive, &layer.receive, "receive"), (&mut refuse, &layer.refuse, "refuse")]
            {
                for entry in entries {
                    self.origin.entry(format!("{name}.{}", entry.pattern.text())).or_insert(origin);
                    list.push(entry.clone());
                }
            }
            for setting in &layer.keywords {
                // Ids are unique within their owner's rules only.
                let mut rule = setting.rule.clone();
                if origin != Origin::Subscriber {
                    rule.id = format!("{}/{}", origin.name(), rule.id);
                }
                self.origin.insert(format!("keywords.{}", rule.id), origin);
                self.keyword_treatments.insert(rule.id.clone(), setting.then);
                keywords.push(rule);
            }
        }
        let controls = Arc::make_mut(&mut self.controls);
        controls.receive = receive.into();
        controls.refuse = refuse.into();
        controls.keywords = keywords.into();
    }
}

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
