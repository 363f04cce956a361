//! The JSON that `/checkv2` answers with. The score is not rounded.

use std::time::Duration;

use checkpoint::check::Checked;
use policy::{Decision, Disposition, LabelPlace, Treatment};
use serde::{Serialize, Serializer};

/// rspamd's name of what happens. This face can neither hold nor cut: such a message is marked, so that what delivers
/// it can put it aside.
pub(super) fn action(treatment: Treatment) -> &'static str {
    match (treatment.then, treatment.label) {
        (Disposition::Deliver, LabelPlace::None) => "no action",
        (Disposition::Deliver, LabelPlace::Header) => "add header",
        (Disposition::Deliver, LabelPlace::Subject | LabelPlace::Both) => "rewrite subject",
        (Disposition::RemovePart | Disposition::HeaderOnly | Disposition::Junk | Disposition::Trash, _) => "add header",
        (Disposition::Delete, _) => "discard",
        (Disposition::Refuse, _) => "reject",
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
    #[serde(flatten)]
    rest: Option<Rest<'c>>,
}

/// What is said of a message that was looked at.
#[derive(Debug, Serialize)]
struct Rest<'c> {
    required_score: f64,
    class: &'static str,
    probability: f64,
    thresholds: Thresholds,
    messages: Nothing,
    #[serde(rename = "message-id")]
    message_id: &'c str,
    #[serde(rename = "queue-id")]
    queue_id: &'c str,
    reference: &'c str,
    time_real: f64,
    milter: Milter<'c>,
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

#[derive(Debug, Serialize)]
struct Milter<'c> {
    add_headers: AddHeaders<'c>,
}

#[derive(Debug, Serialize)]
struct AddHeaders<'c> {
    #[serde(rename = "Authentication-Results")]
    authentication_results: &'c str,
}

/// The answer of a check.
pub(super) fn answer<'c>(checked: &'c Checked, queue_id: &'c str, took: Duration) -> Answer<'c> {
    let Some(leading) = leading(&checked.decisions) else {
        return Answer { is_skipped: true, action: "no action", score: 0.0, symbols: Symbols::default(), rest: None };
    };
    let action = action(leading.treatment);
    let subject = (action == "rewrite subject").then(|| format!("{} {}", checked.label, checked.subject));
    Answer {
        is_skipped: false,
        action,
        score: leading.verdict.points,
        symbols: symbols(leading),
        rest: Some(Rest {
            required_score: checked.threshold,
            class: leading.verdict.class.name(),
            probability: leading.verdict.probability,
            thresholds: Thresholds { add_header: checked.suspect, reject: checked.threshold },
            messages: Nothing {},
            message_id: &checked.message_id,
            queue_id,
            reference: &checked.reference,
            time_real: took.as_secs_f64(),
            milter: Milter { add_headers: AddHeaders { authentication_results: &checked.authentication_results } },
            subject,
        }),
    }
}

/// After `combine` all recipients have the same treatment; the heaviest verdict is shown.
fn leading(decisions: &[Decision]) -> Option<&Decision> {
    decisions.iter().max_by(|a, b| a.verdict.points.total_cmp(&b.verdict.points))
}

/// Findings by symbol name.
#[derive(Debug, Default)]
struct Symbols<'c>(Vec<Symbol<'c>>);

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
fn symbols(decision: &Decision) -> Symbols<'_> {
    let mut out: Vec<Symbol<'_>> = Vec::with_capacity(decision.verdict.findings.len());
    for finding in &decision.verdict.findings {
        let name = symbol(&finding.reason);
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

/// A reason id in the way rspamd writes symbols: `bayes-spam` is `BAYES_SPAM`.
fn symbol(reason: &str) -> String {
    reason.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_treatment_has_a_name_that_rspamd_clients_know() {
        let known = ["no action", "greylist", "add header", "rewrite subject", "soft reject", "reject", "discard"];
        for then in [
            Disposition::Deliver,
            Disposition::RemovePart,
            Disposition::HeaderOnly,
            Disposition::Junk,
            Disposition::Trash,
            Disposition::Delete,
            Disposition::Refuse,
            Disposition::Defer,
        ] {
            for label in [LabelPlace::None, LabelPlace::Header, LabelPlace::Subject, LabelPlace::Both] {
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

    #[test]
    fn symbols_are_upper_case() {
        assert_eq!(symbol("bayes-spam"), "BAYES_SPAM");
    }
}
