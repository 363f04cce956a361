//! Facts of a text case, made of what its TOML says.

use std::net::IpAddr;

use bytes::Bytes;
use content::bayes::{Deciding, Score};
use content::heuristics::{ClassHint, Hit};
use content::signatures::{Kind, Level, Match};
use content::urls::categories::Listed;
use controls::facts::door::ListHit;
use controls::facts::{RuleHit, Virus, VirusScan, YaraHit};
use controls::{DoorFacts, Existence, Fact, Facts, Settings, Why};
use message::authentication::{
    ArcOutcome, DkimOutcome, DkimResult, DmarcOutcome, DmarcPolicy, DmarcResult, IprevOutcome, SpfIdentity, SpfOutcome,
    SpfResult,
};
use message::limits::LIMITS;
use message::{Address, Authentication, Body, Domain, Envelope, Message, Peer, ReversePath, UnixMillis};
use serde::Deserialize;

use crate::door::{self, GivenDoor};

/// What a case says of the message and its envelope.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Given {
    pub(crate) message: String,
    pub(crate) mail_from: Option<String>,
    pub(crate) recipient: Option<String>,
    pub(crate) own: Vec<String>,
    pub(crate) size: Option<u64>,
    pub(crate) sent_today: Option<u32>,
    pub(crate) from_domain: Option<String>,
    pub(crate) authentication: Option<GivenAuthentication>,
    pub(crate) bayes: Option<GivenScore>,
    pub(crate) hits: Option<Vec<GivenHit>>,
    pub(crate) signatures: Option<Vec<GivenMatch>>,
    pub(crate) viruses: Option<Vec<GivenVirus>>,
    pub(crate) yara: Option<Vec<GivenYara>>,
    pub(crate) rules: Option<Vec<GivenRule>>,
    pub(crate) url_categories: Option<Vec<GivenListed>>,
    pub(crate) link_lists: Option<Vec<ListHit>>,
    /// What the door knows.
    pub(crate) door: GivenDoor,
    /// Facts that were asked for and not had.
    pub(crate) unknown: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GivenAuthentication {
    pub(crate) spf: Option<String>,
    pub(crate) dkim: Vec<String>,
    pub(crate) dmarc: Option<String>,
    pub(crate) policy: Option<String>,
    pub(crate) aligned: bool,
    pub(crate) arc: Option<String>,
    pub(crate) domain: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenScore {
    pub(crate) points: f64,
    pub(crate) probability: f64,
    pub(crate) deciding: Vec<(String, f64)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenHit {
    pub(crate) rule: String,
    pub(crate) points: f64,
    pub(crate) class: Option<ClassHint>,
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenMatch {
    pub(crate) kind: String,
    pub(crate) class: ClassHint,
    pub(crate) level: Level,
    pub(crate) number: u32,
    pub(crate) found: (u8, u8),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenListed {
    pub(crate) category: String,
    pub(crate) host: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenVirus {
    pub(crate) name: String,
    pub(crate) file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenYara {
    pub(crate) rule: String,
    #[serde(default)]
    pub(crate) certain: bool,
    pub(crate) points: Option<f64>,
    pub(crate) file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenRule {
    pub(crate) rule: String,
    pub(crate) score: f64,
    #[serde(default)]
    pub(crate) description: String,
}

/// The owned facts of a case.
pub(crate) struct Ready {
    envelope: Envelope,
    recipient: Option<Address>,
    own: Vec<String>,
    size: u64,
    sent_today: Option<u32>,
    message: Message,
    authentication: Option<Authentication>,
    from_domain: Option<Existence>,
    score: Option<Score>,
    hits: Option<Vec<Hit>>,
    signatures: Option<Vec<Match>>,
    viruses: Option<VirusScan>,
    yara: Option<Vec<YaraHit>>,
    rules: Option<Vec<RuleHit>>,
    listed: Option<Vec<Listed>>,
    link_lists: Option<Vec<ListHit>>,
    door: DoorFacts,
    unknown: Vec<String>,
}

impl Ready {
    pub(crate) fn new(given: &Given) -> Self {
        let raw = Bytes::from(given.message.replace('\n', "\r\n"));
        let address = |text: &String| Address::parse(text).expect("an address of a case");
        let mail_from = given.mail_from.as_ref().map_or(ReversePath::Null, |text| ReversePath::Address(address(text)));
        for name in &given.unknown {
            let known = NAMES.contains(&name.as_str()) || door::NAMES.contains(&name.as_str());
            assert!(known, "there is no fact {name}");
        }
        Self {
            envelope: Envelope {
                peer: given.door.peer(Peer::at(IpAddr::from([192, 0, 2, 1]))),
                mail_from,
                smtp_utf8: false,
                body: Body::SevenBit,
                received_at: UnixMillis(0),
            },
            recipient: given.recipient.as_ref().map(address),
            own: given.own.clone(),
            size: given.size.unwrap_or(raw.len() as u64),
            sent_today: given.sent_today,
            message: Message::parse(raw, &LIMITS),
            authentication: given.authentication.as_ref().map(authentication),
            from_domain: given.from_domain.as_deref().map(existence),
            score: given.bayes.as_ref().map(score),
            hits: given.hits.as_ref().map(|hits| hits.iter().map(hit).collect()),
            yara: given.yara.as_ref().map(|hits| hits.iter().map(yara_hit).collect()),
            signatures: given.signatures.as_ref().map(|matches| matches.iter().map(matched).collect()),
            link_lists: given.link_lists.clone(),
            listed: given.url_categories.as_ref().map(|all| all.iter().map(listed).collect()),
            viruses: given.viruses.as_ref().map(|viruses| viruses_of(viruses)),
            rules: given.rules.as_ref().map(|rules| rules.iter().map(rule).collect()),
            door: given.door.facts(&given.unknown),
            unknown: given.unknown.clone(),
        }
    }

    /// As a control sees them.
    pub(crate) fn judge(&self, control: &controls::Control, settings: &Settings) -> controls::Judgement {
        let facts = Facts {
            envelope: &self.envelope,
            recipient: self.recipient.as_ref(),
            own_addresses: &self.own,
            size: self.size,
            sent_today: self.sent_today,
            headers: self.fact("headers", Some(&self.message.headers)),
            authentication: self.fact("authentication", self.authentication.as_ref()),
            from_domain: self.fact("from_domain", self.from_domain),
            message: self.fact("message", Some(&self.message)),
            bayes: self.fact("bayes", self.score.as_ref()),
            heuristics: self.fact("heuristics", self.hits.as_deref()),
            signatures: self.fact("signatures", self.signatures.as_deref()),
            url_categories: self.fact("url_categories", self.listed.as_deref()),
            link_lists: self.fact("link_lists", self.link_lists.as_deref()),
            virus: self.fact("virus", self.viruses.as_ref()),
            yara: self.fact("yara", self.yara.as_deref()),
            spamassassin: self.fact("spamassassin", self.rules.as_deref()),
            door: &self.door,
        };
        (control.judge)(&facts, settings)
    }

    fn fact<T>(&self, name: &str, value: Option<T>) -> Fact<T> {
        match value {
            _ if self.unknown.iter().any(|unknown| unknown == name) => Fact::Unknown(Why::Deadline),
            Some(value) => Fact::Known(value),
            None => Fact::NotAsked,
        }
    }
}

const NAMES: [&str; 12] = [
    "link_lists",
    "signatures",
    "url_categories",
    "yara",
    "virus",
    "headers",
    "authentication",
    "from_domain",
    "message",
    "bayes",
    "heuristics",
    "spamassassin",
];

/// The value of that serialised name.
fn named<T: Copy + serde::Serialize>(name: &str, all: &[T]) -> T {
    let is = |value: &&T| serde_json::to_value(value).expect("a name") == serde_json::Value::String(name.into());
    *all.iter().find(is).unwrap_or_else(|| panic!("there is no outcome {name}"))
}

fn authentication(given: &GivenAuthentication) -> Authentication {
    use DkimOutcome as D;
    use DmarcOutcome as M;
    use SpfOutcome as S;
    let domain = given.domain.clone().unwrap_or_else(|| "example.com".into());
    let spf = [S::None, S::Neutral, S::Pass, S::Fail, S::SoftFail, S::TempError, S::PermError];
    let dkim = [D::Pass, D::Fail, D::Policy, D::Neutral, D::TempError, D::PermError];
    let dmarc = [M::None, M::Pass, M::Fail, M::TempError, M::PermError];
    let arc = [ArcOutcome::None, ArcOutcome::Pass, ArcOutcome::Fail, ArcOutcome::TempError];
    let policy = [DmarcPolicy::None, DmarcPolicy::Quarantine, DmarcPolicy::Reject];
    let spf = |identity, outcome: Option<&str>| SpfResult {
        identity,
        domain: Some(domain.clone()),
        outcome: outcome.map_or(S::None, |name| named(name, &spf)),
        explanation: None,
        mechanism: None,
        why: String::new(),
    };
    Authentication {
        spf: spf(SpfIdentity::MailFrom, given.spf.as_deref()),
        spf_helo: spf(SpfIdentity::Helo, None),
        pra: None,
        dkim: given
            .dkim
            .iter()
            .map(|outcome| DkimResult {
                outcome: named(outcome, &dkim),
                domain: Some(domain.clone()),
                selector: None,
                algorithm: None,
                signature_start: None,
                why: String::new(),
            })
            .collect(),
        arc: given.arc.as_deref().map_or(ArcOutcome::None, |name| named(name, &arc)),
        dmarc: DmarcResult {
            outcome: given.dmarc.as_deref().map_or(M::None, |name| named(name, &dmarc)),
            from: Some(domain.clone()),
            policy: given.policy.as_deref().map_or(DmarcPolicy::None, |name| named(name, &policy)),
            spf_aligned: given.aligned,
            dkim_aligned: false,
            why: String::new(),
        },
        arc_why: String::new(),
        iprev: IprevOutcome::Pass,
        iprev_name: None,
        from_domain: Domain::parse(&domain).ok(),
    }
}

fn existence(name: &str) -> Existence {
    match name {
        "exists" => Existence::Exists,
        "absent" => Existence::Absent,
        "null_mx" => Existence::NullMx,
        other => panic!("there is no existence {other}"),
    }
}

fn score(given: &GivenScore) -> Score {
    Score {
        probability: given.probability,
        points: given.points,
        knowledge: 1.0,
        deciding: given
            .deciding
            .iter()
            .map(|(word, points)| Deciding { word: word.clone(), points: *points })
            .collect(),
    }
}

fn hit(given: &GivenHit) -> Hit {
    Hit {
        rule: given.rule.clone(),
        points: given.points,
        class: given.class,
        arguments: given.arguments.clone(),
        titles: None,
    }
}

fn yara_hit(given: &GivenYara) -> YaraHit {
    let GivenYara { rule, certain, points, file } = given;
    YaraHit { rule: rule.clone(), certain: *certain, points: *points, file: file.clone() }
}

fn matched(given: &GivenMatch) -> Match {
    Match {
        set: "local".into(),
        number: given.number,
        kind: Kind::named(&given.kind).unwrap_or_else(|| panic!("there is no kind {}", given.kind)),
        class: given.class,
        origin: "staff".into(),
        level: given.level,
        found: given.found,
    }
}

fn rule(given: &GivenRule) -> RuleHit {
    RuleHit { rule: given.rule.clone(), description: given.description.clone(), score: given.score }
}

fn listed(given: &GivenListed) -> Listed {
    Listed { category: given.category.clone(), host: given.host.clone() }
}

fn viruses_of(given: &[GivenVirus]) -> VirusScan {
    let virus = |given: &GivenVirus| Virus { name: given.name.clone(), file: given.file.clone() };
    VirusScan { viruses: given.iter().map(virus).collect() }
}
