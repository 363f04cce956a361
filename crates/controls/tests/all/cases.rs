//! Every text case under `cases/`: what is given, and what the control says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use content::keywords::KeywordRule;
use content::signatures::Level;
use controls::impersonation::{Asked, Impersonation, Proven, Rescue};
use controls::inbound::{CONTROLS, control};
use controls::kinds::Kinds;
use controls::lists::Entry;
use controls::{Class, Settings};
use serde::Deserialize;

use crate::facts::{Given, Ready};

/// One file: the cases of one control.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFile {
    /// Why there is no Unknown case, where there is none.
    #[serde(default)]
    pub(crate) never_unknown: Option<String>,
    #[serde(rename = "case")]
    pub(crate) cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Reason ids of what is seen, in order; empty: silent.
    #[serde(default)]
    pub(crate) seen: Vec<String>,
    /// A needed fact was unknown.
    #[serde(default)]
    pub(crate) unknown: bool,
    /// Points of each finding, where they matter.
    #[serde(default)]
    pub(crate) points: Option<Vec<f64>>,
    /// Class of the first finding, where it matters.
    #[serde(default)]
    pub(crate) class: Option<Class>,
    /// Arguments of the first finding.
    #[serde(default)]
    pub(crate) arguments: BTreeMap<String, String>,
    #[serde(default)]
    given: Given,
    #[serde(default)]
    settings: GivenSettings,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GivenSettings {
    size_at_least: Option<u64>,
    size_at_most: Option<u64>,
    keywords: Vec<KeywordRule>,
    signature_level: Level,
    receive: Vec<Entry>,
    refuse: Vec<Entry>,
    address_book: Vec<Entry>,
    /// Domains by kind of sender.
    kinds: BTreeMap<String, Vec<String>>,
    impersonation: Option<GivenImpersonation>,
    secret_code: Option<String>,
    bulk_from: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GivenImpersonation {
    asked: Asked,
    proven: Proven,
    accept_without_record: bool,
    domains: Vec<String>,
    exceptions: Vec<String>,
    rescue: Vec<Rescue>,
    rescue_skips_all: bool,
}

impl GivenImpersonation {
    fn read(&self) -> Impersonation {
        Impersonation {
            asked: self.asked,
            proven: self.proven,
            accept_without_record: self.accept_without_record,
            domains: self.domains.clone(),
            exceptions: self.exceptions.clone(),
            rescue: self.rescue.clone(),
            rescue_skips_all: self.rescue_skips_all,
        }
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

pub(crate) fn read(control: &str) -> CaseFile {
    let path = folder().join(format!("{control}.toml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn every_case_comes_out_as_written() {
    let mut wrong = Vec::new();
    for known in CONTROLS {
        for case in read(known.name).cases {
            if let Err(what) = check(known.name, &case) {
                wrong.push(format!("{}: {}: {what}", known.name, case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(name: &str, case: &Case) -> Result<(), String> {
    let control = control(name).ok_or("no such control")?;
    let judgement = Ready::new(&case.given).judge(control, &settings(&case.settings));
    let seen: Vec<&str> = judgement.findings.iter().map(|finding| finding.reason.as_str()).collect();
    if seen != case.seen || judgement.unknown != case.unknown {
        return Err(format!("saw {seen:?}, unknown {}", judgement.unknown));
    }
    if let Some(finding) = judgement.findings.iter().find(|finding| !control.gives(&finding.reason)) {
        return Err(format!("{} is not among its reasons", finding.reason));
    }
    let points: Vec<f64> = judgement.findings.iter().map(|finding| finding.points).collect();
    if case.points.as_ref().is_some_and(|expected| *expected != points) {
        return Err(format!("counted {points:?}"));
    }
    let Some(first) = judgement.findings.first() else { return Ok(()) };
    if case.class.is_some() && case.class != first.class {
        return Err(format!("class {:?}", first.class));
    }
    for (argument, value) in &case.arguments {
        if first.argument(argument) != Some(value) {
            return Err(format!("{argument} is {:?}", first.argument(argument)));
        }
    }
    Ok(())
}

fn settings(given: &GivenSettings) -> Settings {
    Settings {
        size_at_least: given.size_at_least,
        size_at_most: given.size_at_most,
        keywords: given.keywords.iter().cloned().map(Into::into).collect(),
        signature_level: given.signature_level,
        receive: given.receive.clone().into(),
        refuse: given.refuse.clone().into(),
        address_book: given.address_book.clone().into(),
        kinds: kinds(&given.kinds).into(),
        impersonation: given.impersonation.as_ref().map(|asked| asked.read().into()),
        secret_code: given.secret_code.clone(),
        bulk_from: given.bulk_from,
        ..Settings::default()
    }
}

fn kinds(given: &BTreeMap<String, Vec<String>>) -> Kinds {
    let mut kinds = Kinds::default();
    for (kind, domains) in given {
        for domain in domains {
            kinds.add(kind, domain).expect("a domain of a case");
        }
    }
    kinds
}
