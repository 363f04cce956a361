//! What stands as `json` in a transaction's row and in a recipient's row: short keys, so that the median row stays
//! within 1 kB, and everything that is needed to explain the decision again and to prove on what ground it ran.

mod authentication;

use controls::inbound::CONTROLS;
use controls::{Class, Finding};
use message::authentication::Proof;
use serde::{Deserialize, Serialize};

use crate::decide::probability;
use crate::decision::{Decision, Reason, Treatment, Verdict};
use crate::settings::{ContentBasis, Settings};

pub use authentication::AuthenticationRecord;

/// Which versions decided, the same for every recipient of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramVersions {
    /// The program, such as `0.1.0`.
    #[serde(rename = "p", default)]
    pub program: String,
    /// The configuration: a short hash of what was in force.
    #[serde(rename = "c", default, skip_serializing_if = "String::is_empty")]
    pub configuration: String,
    /// The heuristic rules: a short hash.
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub rules: String,
    /// The model of the Bayesian filter: the version of its snapshot, 0 for none.
    #[serde(rename = "m", default)]
    pub model: i64,
}

/// The `json` of a transaction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TransactionRecord {
    /// What decided.
    #[serde(rename = "v", default)]
    pub versions: ProgramVersions,
    /// Who sent it; `None` where that was not found out.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<AuthenticationRecord>,
    /// How long gathering, judging and handing on took, milliseconds.
    #[serde(rename = "t", default)]
    pub millis: [u32; 3],
    /// What went wrong on the way, for staff.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// The `json` of one recipient's decision.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// The decision.
    pub decision: Decision,
    /// Version numbers of the layers that decided: operator, group, subscriber (0: none).
    pub layers: [i64; 3],
    /// The group whose layer that was; empty for none.
    pub group: String,
    /// On what ground content was looked at.
    pub basis: ContentBasis,
}

/// Why a row cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("this row is not a record of ours: {0}")]
pub struct BadRecord(#[from] serde_json::Error);

impl TransactionRecord {
    /// As it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// As it was stored.
    pub fn from_json(json: &str) -> Result<Self, BadRecord> {
        Ok(serde_json::from_str(json)?)
    }
}

impl DecisionRecord {
    /// The record of a decision under the settings that made it.
    pub fn of(decision: Decision, settings: &Settings, group: &str) -> Self {
        Self { decision, layers: settings.versions, group: group.into(), basis: settings.content_basis }
    }

    /// As it is stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Short::from(self)).unwrap_or_default()
    }

    /// As it was stored.
    pub fn from_json(json: &str) -> Result<Self, BadRecord> {
        Ok(serde_json::from_str::<Short>(json)?.into())
    }
}

/// A finding. Its control is left out where the reason id tells it, which is everywhere but in records of another
/// version's controls.
#[derive(Serialize, Deserialize)]
struct ShortFinding {
    #[serde(rename = "r")]
    reason: String,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    control: Option<String>,
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    points: f64,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    class: Option<Class>,
    /// Name, value, name, value …
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Short {
    #[serde(rename = "k")]
    class: Class,
    #[serde(rename = "s", default)]
    points: f64,
    #[serde(rename = "i")]
    proof: Proof,
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    findings: Vec<ShortFinding>,
    #[serde(rename = "l", default, skip_serializing_if = "Vec::is_empty")]
    label_only: Vec<ShortFinding>,
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    observed: Vec<ShortFinding>,
    #[serde(rename = "u", default, skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<String>,
    #[serde(rename = "d")]
    treatment: Treatment,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    wanted: Option<Treatment>,
    #[serde(rename = "r")]
    reason: Reason,
    #[serde(rename = "v", default)]
    layers: [i64; 3],
    #[serde(rename = "g", default, skip_serializing_if = "String::is_empty")]
    group: String,
    #[serde(rename = "b", default)]
    basis: ContentBasis,
}

impl From<&DecisionRecord> for Short {
    fn from(record: &DecisionRecord) -> Self {
        let verdict = &record.decision.verdict;
        Self {
            class: verdict.class,
            points: verdict.points,
            proof: verdict.proof,
            findings: verdict.findings.iter().map(shorten).collect(),
            label_only: verdict.label_only.iter().map(shorten).collect(),
            observed: verdict.observed.iter().map(shorten).collect(),
            unknown: verdict.unknown.clone(),
            treatment: record.decision.treatment,
            wanted: record.decision.wanted,
            reason: record.decision.reason.clone(),
            layers: record.layers,
            group: record.group.clone(),
            basis: record.basis,
        }
    }
}

impl From<Short> for DecisionRecord {
    fn from(short: Short) -> Self {
        let lengthen = |findings: Vec<ShortFinding>| findings.into_iter().map(lengthen).collect();
        Self {
            decision: Decision {
                verdict: Verdict {
                    class: short.class,
                    points: short.points,
                    probability: probability(short.points, short.basis != ContentBasis::None),
                    proof: short.proof,
                    findings: lengthen(short.findings),
                    label_only: lengthen(short.label_only),
                    observed: lengthen(short.observed),
                    unknown: short.unknown,
                },
                treatment: short.treatment,
                reason: short.reason,
                wanted: short.wanted,
            },
            layers: short.layers,
            group: short.group,
            basis: short.basis,
        }
    }
}

fn shorten(finding: &Finding) -> ShortFinding {
    let told = control_of(&finding.reason).is_some_and(|name| name == finding.control);
    ShortFinding {
        reason: finding.reason.clone(),
        control: (!told).then(|| finding.control.clone()),
        points: finding.points,
        class: finding.class,
        arguments: finding.arguments.iter().flat_map(|(name, value)| [name.clone(), value.clone()]).collect(),
    }
}

fn lengthen(short: ShortFinding) -> Finding {
    let mut arguments = short.arguments.into_iter();
    let pairs = std::iter::from_fn(|| arguments.next().zip(arguments.next())).collect();
    Finding {
        control: short.control.or_else(|| control_of(&short.reason).map(str::to_owned)).unwrap_or_default(),
        reason: short.reason,
        points: short.points,
        class: short.class,
        arguments: pairs,
    }
}

fn control_of(reason: &str) -> Option<&'static str> {
    CONTROLS.iter().find(|control| control.gives(reason)).map(|control| control.name)
}

fn is_zero(points: &f64) -> bool {
    *points == 0.0
}
