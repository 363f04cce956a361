//! The JSON that `/checkv2` answers with. The score is not rounded.

use std::time::Duration;

use checkpoint::check::Checked;
use policy::{Decision, Disposition, LabelPlace, Treatment};
use serde::{Serialize, Serializer};

use crate::marks;
use crate::symbols;

/// rspamd's name of what happens. This face can neither hold nor cut: such a message is marked, so that what delivers
/// it can put it aside.
pub(crate) fn action(treatment: Treatment) -> &'static str {
    match (treatment.then, treatment.label) {
        (Disposition::Deliver, LabelPlace::None) => "no action",
        (Disposition::Deliver, LabelPlace::Header) => "add header",
        (Disposition::Deliver, LabelPlace::Subject | LabelPlace::Both) => "rewrite subject",
        (Disposition::RemovePart | Disposition::HeaderOnly | Disposition::Junk | Disposition::Trash, _) => "add header",
        (Disposition::Delete, _) => "discard",
        (Disposition::Refuse | Disposition::UnknownUser, _) => "reject",
        (Disposition::Defer, _) => "soft reject",
    }
}

/// The whole answer, as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'c> {
    is_skipped: bool,
    action: &'static str,
    score: f64,
    symbols: Symbols<'c>,
    required_score: f64,
    class: &'static str,
    probability: f64,
    thresholds: Thresholds,
    messages: Nothing,
    #[serde(rename = "message-id")]
    message_id: &'c str,
    #[serde(rename = "queue-id", skip_serializing_if = "str::is_empty")]
    queue_id: &'c str,
    reference: &'c str,
    time_real: f64,
    milter: Milter,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

/// An empty object: rspamd's place for messages to the mail server.
#[derive(Debug, Serialize)]
struct Nothing {}

#[derive(Debug, Serialize)]
struct Thresholds {
    #[serde(rename = "add header")]
    add_header: f64,
    reject: f64,
}

/// What a client that changes messages does.
#[derive(Debug, Serialize)]
struct Milter {
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    add_headers: Pairs<String>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    remove_headers: Pairs<usize>,
}

/// An object whose members keep their order.
#[derive(Debug)]
struct Pairs<V>(Vec<(String, V)>);

impl<V> Pairs<V> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V: Serialize> Serialize for Pairs<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The answer of a check.
pub(super) fn answer<'c>(checked: &'c Checked, queue_id: &'c str, took: Duration) -> Answer<'c> {
    let shown = checked.shown();
    let (action, settings) = (action(shown.treatment), &checked.settings);
    let subject =
        (action == "rewrite subject").then(|| format!("{} {}", settings.label, checked.subject).trim_end().to_owned());
    Answer {
        is_skipped: false,
        action,
        score: shown.verdict.points,
        symbols: symbols_of(shown),
        required_score: settings.threshold,
        class: shown.verdict.class.name(),
        probability: shown.verdict.probability,
        thresholds: Thresholds { add_header: settings.suspect, reject: settings.threshold },
        messages: Nothing {},
        message_id: if checked.message_id.is_empty() { "undef" } else { checked.message_id.as_str() },
        queue_id,
        reference: &checked.reference,
        time_real: took.as_secs_f64(),
        milter: Milter {
            add_headers: Pairs(marks::added(checked)),
            remove_headers: Pairs(marks::removed(&checked.headers, &checked.removed)),
        },
        subject,
    }
}

/// Findings by symbol name.
#[derive(Debug, Default)]
pub(super) struct Symbols<'c>(Vec<Symbol<'c>>);

#[derive(Debug, Serialize)]
struct Symbol<'c> {
    name: String,
    score: f64,
    metric_score: f64,
    options: Vec<&'c str>,
}

impl Serialize for Symbols<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|symbol| (&symbol.name, symbol)))
    }
}

/// Several findings of one name are added up.
pub(super) fn symbols_of(decision: &Decision) -> Symbols<'_> {
    let mut out: Vec<Symbol<'_>> = Vec::with_capacity(decision.verdict.findings.len());
    for finding in &decision.verdict.findings {
        let name = symbols::of(finding);
        if let Some(known) = out.iter_mut().find(|known| known.name == name) {
            known.score += finding.points;
            known.metric_score = known.score;
            continue;
        }
        let told = finding.arguments.iter().filter(|(name, _)| !name.starts_with("title_"));
        let options = told.map(|(_, value)| value.as_str()).collect();
        out.push(Symbol { name, score: finding.points, metric_score: finding.points, options });
    }
    Symbols(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_treatment_has_a_name_that_rspamd_clients_know() {
        let known = ["no action", "greylist", "add header", "rewrite subject", "soft reject", "reject", "discard"];
        for then in policy::decision::DISPOSITIONS {
            for label in policy::decision::LABEL_PLACES {
                assert!(known.contains(&action(Treatment { then, label })), "{then:?} {label:?}");
            }
        }
        assert_eq!(action(Treatment::DELIVER), "no action");
        assert_eq!(action(Treatment::JUNK), "add header");
    }

    #[test]
    fn findings_of_one_name_are_one_symbol() {
        let one = Symbol { name: "A_B".into(), score: 1.5, metric_score: 1.5, options: vec!["x"] };
        let written = serde_json::to_value(Symbols(vec![one])).expect("it is plain data");
        let expected = serde_json::json!({
            "A_B": { "name": "A_B", "score": 1.5, "metric_score": 1.5, "options": ["x"] }
        });
        assert_eq!(written, expected);
        assert_eq!(serde_json::to_value(Nothing {}).expect("it is plain data"), serde_json::json!({}));
    }
}
