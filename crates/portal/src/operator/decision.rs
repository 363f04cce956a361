//! One decision as the message's journey from top to bottom, with "what if" beside it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use controls::{Finding, Mode};
use policy::decide::{Case, decide};
use policy::explain::{Explanation, explain};
use policy::profile::ScoreShown;
use policy::record::{AuthenticationRecord, DecisionRecord, TransactionRecord};
use policy::settings::ContentBasis;
use policy::{Decision, Reason, Settings, language};
use store::Reference;
use store::records::decisions::{DecisionRow, TransactionRow};
use store::records::junk::JunkState;

use crate::forms;
use crate::frame::{Frame, show};
use crate::operator::ground;
use crate::operator::phone::{self, Phone};
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::held::tone;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "operator/decision.html")]
struct Page {
    f: Frame,
    row: DecisionRow,
    transaction: TransactionRow,
    tone: &'static str,
    icon: &'static str,
    authentication: Vec<(&'static str, String)>,
    findings: Vec<Found>,
    unknown: Vec<String>,
    why: Option<Explanation>,
    layers: [i64; 3],
    group: String,
    basis: &'static str,
    program: String,
    millis: Vec<u32>,
    faults: Vec<String>,
    what_if: Option<WhatIf>,
    threshold: f64,
    held: Option<&'static str>,
    releasable: bool,
    opened: bool,
    phone: Phone,
}

/// One finding, and whether it counted.
pub(crate) struct Found {
    pub(crate) control: String,
    pub(crate) sentence: String,
    pub(crate) points: f64,
    pub(crate) mode: &'static str,
    /// The sentence is of this message; else it names the kind of message alone.
    pub(crate) is_quoted: bool,
}

/// What another threshold would have done.
pub(crate) struct WhatIf {
    pub(crate) threshold: f64,
    pub(crate) action: &'static str,
    pub(crate) class: &'static str,
    pub(crate) outcome: String,
}

/// The page.
pub async fn page(
    State(portal): State<Portal>,
    visit: Visit,
    Path(reference): Path<String>,
) -> Result<Response, Problem> {
    let operator = visit.operator()?;
    let reference = Reference::parse(&reference).ok_or(Problem::NotFound)?;
    let (transaction, row) = portal.records().decision(operator, &reference).await?.ok_or(Problem::NotFound)?;
    let settings = portal.services.directory.settings_of(operator, row.subscriber).await?;
    // Staff see points, whatever people are shown.
    let settings = Settings { shown: ScoreShown::Points, ..Settings::clone(&settings) };
    let record = DecisionRecord::from_json(&row.json).ok();
    let journey = TransactionRecord::from_json(&transaction.json).unwrap_or_default();
    let held = portal.records().junk_by_reference(operator, &reference).await?;
    let typed: Option<f64> =
        forms::query(&visit.path).text("threshold").parse().ok().filter(|points: &f64| points.is_finite());
    let threshold = typed.unwrap_or(settings.threshold);
    let decision = record.as_ref().map(|record| &record.decision);
    let (tone, icon) = tone(&row.class);
    let opened = ground::is_recorded(&portal, &visit, &reference).await?;
    let phone = phone::said(&portal, &visit, (&transaction, &row), held.as_ref(), opened).await?;
    let page = Page {
        phone,
        f: Frame::new(&visit, row.reference.to_string()),
        tone,
        icon,
        authentication: journey.authentication.as_ref().map(authentication).unwrap_or_default(),
        findings: decision.map(|decision| findings(decision, &visit, opened)).unwrap_or_default(),
        unknown: decision.map(|decision| decision.verdict.unknown.clone()).unwrap_or_default(),
        why: decision.map(|decision| explain(decision, &settings, visit.language())),
        layers: record.as_ref().map(|record| record.layers).unwrap_or_default(),
        group: record.as_ref().map(|record| record.group.clone()).unwrap_or_default(),
        basis: record.as_ref().map_or("basis-none", |record| basis(record.basis)),
        program: journey.versions.program,
        millis: journey.millis.to_vec(),
        faults: journey.faults,
        what_if: decision.zip(typed).map(|(decision, typed)| what_if(decision, &settings, typed, &visit)),
        threshold,
        releasable: held.as_ref().is_some_and(|held| matches!(held.state, JunkState::Held | JunkState::Trash)),
        held: held.as_ref().map(|held| state(held.state)),
        opened,
        row,
        transaction,
    };
    Ok(show(&page))
}

/// What was seen. A sentence about content quotes it (words, links, names of files), so until a ground is recorded only
/// the kind of such a finding is named.
pub(crate) fn findings(decision: &Decision, visit: &Visit, opened: bool) -> Vec<Found> {
    let may_quote = |finding: &Finding| {
        opened || controls::inbound::control(&finding.control).is_some_and(|control| !control.looks_at_content())
    };
    let said = |finding: &Finding| match may_quote(finding) {
        true => language::sentence(visit.language(), &finding.reason, &finding.arguments),
        false => language::condition_name(visit.language(), &finding.reason),
    };
    let verdict = &decision.verdict;
    let of = |findings: &[Finding], mode: &'static str| -> Vec<Found> {
        findings
            .iter()
            .map(|finding| Found {
                control: finding.control.clone(),
                sentence: said(finding),
                points: finding.points,
                mode,
                is_quoted: may_quote(finding),
            })
            .collect()
    };
    let mut all = of(&verdict.findings, "mode-enforce");
    all.extend(of(&verdict.label_only, "mode-label"));
    all.extend(of(&verdict.observed, "mode-observe"));
    all
}

pub(crate) fn authentication(record: &AuthenticationRecord) -> Vec<(&'static str, String)> {
    let pair = |(outcome, about): &(String, String)| {
        if about.is_empty() { outcome.clone() } else { format!("{outcome} ({about})") }
    };
    let mut rows = vec![("SPF", pair(&record.spf)), ("SPF HELO", pair(&record.spf_helo))];
    rows.extend(record.pra.as_ref().map(|pra| ("Sender ID", pair(pra))));
    rows.extend(record.dkim.iter().map(|signature| ("DKIM", pair(signature))));
    rows.push(("DMARC", pair(&record.dmarc)));
    rows.push(("ARC", record.arc.clone()));
    rows.push(("iprev", record.iprev.clone()));
    rows.push(("From", format!("{} ({})", record.from, record.proof)));
    rows
}

fn basis(basis: ContentBasis) -> &'static str {
    match basis {
        ContentBasis::None => "basis-none",
        ContentBasis::Consent { .. } => "basis-consent",
        ContentBasis::DefaultOn => "basis-default-on",
        ContentBasis::Operator => "basis-operator",
    }
}

pub(crate) fn state(state: JunkState) -> &'static str {
    match state {
        JunkState::Held => "state-held",
        JunkState::Trash => "state-trash",
        JunkState::Releasing | JunkState::Released => "state-released",
        JunkState::Deleted => "state-deleted",
        JunkState::Expired => "state-expired",
    }
}

/// Decides again from the recorded findings under another threshold. Nothing is gathered and nothing changes.
pub(crate) fn what_if(decision: &Decision, settings: &Settings, threshold: f64, visit: &Visit) -> WhatIf {
    let verdict = &decision.verdict;
    let with = |findings: &[Finding], mode: Mode| {
        findings.iter().map(move |finding| (finding.clone(), mode)).collect::<Vec<_>>()
    };
    let mut findings = with(&verdict.findings, Mode::Enforce);
    findings.extend(with(&verdict.label_only, Mode::Label));
    findings.extend(with(&verdict.observed, Mode::Observe));
    let mut settings = settings.clone();
    settings.threshold = threshold;
    settings.suspect = settings.suspect.min(threshold);
    let case = Case {
        duty: decision.reason == Reason::Duty,
        proof: verdict.proof,
        findings: &findings,
        unknown: &verdict.unknown,
    };
    let then = decide(&case, &settings);
    WhatIf {
        threshold,
        action: then.treatment.action(),
        class: then.verdict.class.name(),
        outcome: explain(&then, &settings, visit.language()).outcome,
    }
}
