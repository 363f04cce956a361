//! All of it for a person at a terminal, and for a program.

use message::Authentication;
use message::authentication::{ArcOutcome, DkimResult, DmarcResult, IprevOutcome, Proof, SpfResult};

use crate::results::authentication_results::{arc_name, dkim_name, dmarc_name, iprev_name, policy_name, spf_name};

/// The serialised form; its keys are stable.
#[derive(serde::Serialize)]
struct Report<'a> {
    proof: Proof,
    from_domain: Option<&'a str>,
    spf: &'a SpfResult,
    spf_helo: &'a SpfResult,
    pra: Option<&'a SpfResult>,
    dkim: &'a [DkimResult],
    arc: ArcOutcome,
    arc_why: &'a str,
    dmarc: &'a DmarcResult,
    iprev: IprevOutcome,
    iprev_name: Option<&'a str>,
}

/// Everything as JSON.
pub fn json(results: &Authentication) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(Report {
        proof: results.proof(),
        from_domain: results.from_domain.as_ref().map(message::Domain::as_str),
        spf: &results.spf,
        spf_helo: &results.spf_helo,
        pra: results.pra.as_ref(),
        dkim: &results.dkim,
        arc: results.arc,
        arc_why: &results.arc_why,
        dmarc: &results.dmarc,
        iprev: results.iprev,
        iprev_name: results.iprev_name.as_deref(),
    })
}

/// Everything as a table in English, a line for each check and one sentence that sums it up.
pub fn table(results: &Authentication) -> String {
    let mut rows = vec![["CHECK", "RESULT", "ABOUT", "WHY"].map(str::to_owned)];
    let mut spf = |check: &str, result: &SpfResult| {
        let explanation = result.explanation.as_ref().map(|text| format!("; it says: {text}")).unwrap_or_default();
        rows.push([
            check.to_owned(),
            spf_name(result.outcome).to_owned(),
            result.domain.clone().unwrap_or_default(),
            format!("{}{explanation}", result.why),
        ]);
    };
    spf("SPF of MAIL FROM", &results.spf);
    spf("SPF of HELO", &results.spf_helo);
    if let Some(pra) = &results.pra {
        spf("Sender ID", pra);
    }
    for one in &results.dkim {
        let about = [&one.domain, &one.selector].map(|text| text.as_deref().unwrap_or("?")).join(" / ");
        rows.push(["DKIM".into(), dkim_name(one.outcome).into(), about, one.why.clone()]);
    }
    if results.dkim.is_empty() {
        rows.push(["DKIM".into(), "none".into(), String::new(), "the message is not signed".into()]);
    }
    rows.push(["ARC".into(), arc_name(results.arc).into(), String::new(), results.arc_why.clone()]);
    rows.push([
        "DMARC".into(),
        dmarc_name(results.dmarc.outcome).into(),
        results.dmarc.from.clone().unwrap_or_default(),
        format!("{}; asks for: {}", results.dmarc.why, policy_name(results.dmarc.policy)),
    ]);
    let peer = results.iprev_name.clone().unwrap_or_default();
    rows.push(["Reverse name".into(), iprev_name(results.iprev).into(), peer, String::new()]);
    format!("{}\n{}\n", layout(&rows), summary(results))
}

fn summary(results: &Authentication) -> String {
    let from = results.from_domain.as_ref().map_or_else(|| "the sender".to_owned(), message::Domain::to_unicode);
    match results.proof() {
        Proof::Proven => format!("Proven: the message comes from {}.", plain(&from)),
        Proof::Unproven => format!("Not proven: nothing shows that the message comes from {}.", plain(&from)),
        Proof::Unknown => "Not known: DNS did not answer for something that could have proven the sender.".into(),
    }
}

/// Columns as wide as their widest cell; the last one runs free.
fn layout(rows: &[[String; 4]]) -> String {
    let cells: Vec<[String; 4]> = rows.iter().map(|row| row.each_ref().map(|cell| plain(cell))).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second, third) = (width(0), width(1), width(2));
    let mut text = String::new();
    for [check, result, about, why] in &cells {
        let line = format!("{check:first$}  {result:second$}  {about:third$}  {why}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Strangers' text without anything a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
