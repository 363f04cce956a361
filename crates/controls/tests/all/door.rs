//! What a text case says of the door: the peer, and each fact by its name.

use controls::facts::door::{
    CalledOut, DynamicSource, Greylisted, HeloName, ListHit, Standing, TakenLimit, UnknownAsks,
};
use controls::{DoorFacts, Existence, Fact, Stage, Why};
use message::Peer;
use serde::Deserialize;

/// Names of the facts, for `unknown`.
pub(crate) const NAMES: [&str; 10] = [
    "limits",
    "unknown_recipients",
    "reputation",
    "dns_lists",
    "domain_lists",
    "dynamic_source",
    "sender_domain",
    "callout",
    "helo_name",
    "greylist",
];

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GivenDoor {
    /// `connect`, `helo`, `mail`, `rcpt`, `data`; as if at RCPT where it is left out.
    stage: Option<String>,
    /// Address of the peer.
    ip: Option<String>,
    /// Its confirmed reverse name.
    name: Option<String>,
    /// What it said in HELO.
    helo: Option<String>,
    early_talker: bool,
    limits: Option<Vec<TakenLimit>>,
    unknown_recipients: Option<UnknownAsks>,
    reputation: Option<Vec<Standing>>,
    dns_lists: Option<Vec<ListHit>>,
    domain_lists: Option<Vec<ListHit>>,
    dynamic_source: Option<DynamicSource>,
    /// It was looked whether the source is dynamic, and it is not.
    not_dynamic: bool,
    sender_domain: Option<Existence>,
    callout: Option<CalledOut>,
    helo_name: Option<HeloName>,
    greylist: Option<Greylisted>,
}

impl GivenDoor {
    pub(crate) fn peer(&self, peer: Peer) -> Peer {
        let ip = self.ip.as_ref().map(|text| text.parse().expect("an IP address of a case"));
        Peer {
            name: self.name.clone(),
            helo: self.helo.clone(),
            early_talker: self.early_talker,
            ip: ip.unwrap_or(peer.ip),
            ..peer
        }
    }

    pub(crate) fn facts(&self, unknown: &[String]) -> DoorFacts {
        let is_unknown = |name: &str| unknown.iter().any(|other| other == name);
        let stages = controls::control::STAGES;
        let stage = self.stage.as_deref().map(|name| stages.into_iter().find(|stage| stage.name() == name));
        DoorFacts {
            stage: stage.map_or(Stage::Rcpt, |stage| stage.expect("a stage of a case")),
            limits: fact(is_unknown("limits"), &self.limits),
            unknown_recipients: fact(is_unknown("unknown_recipients"), &self.unknown_recipients),
            reputation: fact(is_unknown("reputation"), &self.reputation),
            dns_lists: fact(is_unknown("dns_lists"), &self.dns_lists),
            domain_lists: fact(is_unknown("domain_lists"), &self.domain_lists),
            dynamic_source: match (&self.dynamic_source, self.not_dynamic) {
                _ if is_unknown("dynamic_source") => Fact::Unknown(Why::Failed),
                (Some(found), _) => Fact::Known(Some(found.clone())),
                (None, true) => Fact::Known(None),
                (None, false) => Fact::NotAsked,
            },
            sender_domain: fact(is_unknown("sender_domain"), &self.sender_domain),
            callout: fact(is_unknown("callout"), &self.callout),
            helo_name: fact(is_unknown("helo_name"), &self.helo_name),
            greylist: fact(is_unknown("greylist"), &self.greylist),
        }
    }
}

fn fact<T: Clone>(unknown: bool, given: &Option<T>) -> Fact<T> {
    match given {
        _ if unknown => Fact::Unknown(Why::Failed),
        Some(value) => Fact::Known(value.clone()),
        None => Fact::NotAsked,
    }
}
