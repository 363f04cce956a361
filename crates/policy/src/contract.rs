//! What a person's contract includes (SUB-22): by its class, for its first months, or as an option with its own dates.
//!
//! What a contract does not include cannot be newly chosen. What was part of it for a time is kept as the person set it when
//! that time is over, and does not act; the pages say so. Nothing is taken out of anybody's settings, so that what was set
//! acts again when the feature is there again. A change of the operator's classes alone ends nothing for anybody.

use std::collections::BTreeMap;

use controls::impersonation::Asked;
use message::UnixMillis;
use serde::{Deserialize, Serialize};

use crate::decision::Disposition;
use crate::profile::{AddressBookMode, FEATURES, Feature, Profile, is_selective};
use crate::settings::Layer;

/// From when until when; an open end is no end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<UnixMillis>,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<UnixMillis>,
}

/// One person's contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// Its class: the group of settings.
    pub group: String,
    /// When its first months are over; `None`: nobody knows when it began.
    pub first_until: Option<UnixMillis>,
    /// Features that were taken apart, with their dates.
    pub options: BTreeMap<Feature, Period>,
}

/// How a feature stands in a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is part of it.
    Included,
    /// It is part of it until then.
    Until(UnixMillis),
    /// It is not yet part of it.
    From(UnixMillis),
    /// It was part of it until then.
    Ended(UnixMillis),
    /// It is not part of it.
    Not,
}

impl Standing {
    /// Whether it acts now.
    pub fn acts(self) -> bool {
        matches!(self, Self::Included | Self::Until(_))
    }

    /// Whether its time is over, or has not begun: what was set does not act.
    pub fn sleeps(self) -> bool {
        matches!(self, Self::Ended(_) | Self::From(_))
    }

    /// When this changes by itself.
    fn changes_at(self) -> Option<UnixMillis> {
        match self {
            Self::Until(at) | Self::From(at) => Some(at),
            Self::Included | Self::Ended(_) | Self::Not => None,
        }
    }
}

impl Period {
    fn standing(self, now: UnixMillis) -> Standing {
        match self {
            Self { from: Some(from), .. } if now.0 < from.0 => Standing::From(from),
            Self { until: Some(until), .. } if now.0 >= until.0 => Standing::Ended(until),
            Self { until: Some(until), .. } => Standing::Until(until),
            Self { .. } => Standing::Included,
        }
    }
}

impl Profile {
    /// How a feature stands in a contract now. An option of its own speaks before the first months.
    pub fn standing(&self, contract: &Contract, feature: Feature, now: UnixMillis) -> Standing {
        if self.includes(&contract.group, feature) {
            return Standing::Included;
        }
        let option = contract.options.get(&feature).map(|period| period.standing(now));
        let first = contract
            .first_until
            .filter(|_| self.first_months(&contract.group).is_some_and(|first| first.features.contains(&feature)));
        let first = first.map(|until| Period { from: None, until: Some(until) }.standing(now));
        match (option, first) {
            (Some(option), _) if option.acts() => option,
            (_, Some(first)) if first.acts() => first,
            (Some(other), _) | (None, Some(other)) => other,
            (None, None) => Standing::Not,
        }
    }

    /// Features whose time is over, or has not begun.
    pub fn asleep(&self, contract: &Contract, now: UnixMillis) -> Vec<Feature> {
        FEATURES.into_iter().filter(|feature| self.standing(contract, *feature, now).sleeps()).collect()
    }

    /// Features that cannot be newly chosen now.
    pub fn without(&self, contract: &Contract, now: UnixMillis) -> Vec<Feature> {
        FEATURES.into_iter().filter(|feature| !self.standing(contract, *feature, now).acts()).collect()
    }

    /// When what a contract includes changes next.
    pub fn changes_at(&self, contract: &Contract, now: UnixMillis) -> Option<UnixMillis> {
        let all = FEATURES.into_iter().filter_map(|feature| self.standing(contract, feature, now).changes_at());
        all.min_by_key(|at| at.0)
    }
}

impl Layer {
    /// Whether anything of a feature is set here.
    pub fn uses(&self, feature: Feature) -> bool {
        self.without(&[feature]) != *self
    }

    /// This layer as it acts where these features are not there.
    #[must_use]
    pub fn without(&self, features: &[Feature]) -> Self {
        let mut out = self.clone();
        for feature in features {
            out.drop_feature(*feature);
        }
        out
    }

    fn drop_feature(&mut self, feature: Feature) {
        match feature {
            Feature::Lists => {
                self.receive.clear();
                self.refuse.retain(is_selective);
                self.refused = None;
            }
            Feature::Rules => self.keywords.clear(),
            Feature::Kinds => {
                self.conditions.retain(|reason, _| !reason.starts_with("sender-kind-") && reason != "posing-as-mobile");
            }
            Feature::Impersonation => {
                self.impersonation = self.impersonation.map(|_| Asked::Off);
                self.impersonation_then = None;
                self.impersonation_domains.clear();
                self.impersonation_exceptions.clear();
                self.rescue.clear();
            }
            Feature::AddressBook => {
                self.address_book_mode = self.address_book_mode.map(|_| AddressBookMode::Unused);
            }
            Feature::Junk => {
                let kept = |then: &crate::Treatment| matches!(then.then, Disposition::Junk | Disposition::Trash);
                self.actions.retain(|_, then| !kept(then));
            }
            Feature::Selective => {
                self.refuse.retain(|entry| !is_selective(entry));
                self.conditions.remove("sender-unlisted");
            }
            Feature::SecretCode => self.secret_code = None,
            Feature::Digest => self.digest = None,
            // Nothing of a person's own settings.
            Feature::Virus => {}
        }
    }
}
