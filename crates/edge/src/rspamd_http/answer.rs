//! The JSON that `/checkv2` answers with. The score is not rounded.

use std::time::Duration;

use checkpoint::check::Checked;
use policy::{Decision, Disposition, LabelPlace, Treatment};
use serde_json::{Map, Value, json};

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

/// The whole answer.
pub(super) fn answer(checked: &Checked, queue_id: &str, took: Duration) -> Value {
    let Some(leading) = leading(&checked.decisions) else {
        return json!({ "is_skipped": true, "action": "no action", "score": 0.0, "symbols": {} });
    };
    let mut out = json!({
        "is_skipped": false,
        "score": leading.verdict.points,
        "required_score": checked.threshold,
        "action": action(leading.treatment),
        "class": leading.verdict.class.name(),
        "probability": leading.verdict.probability,
        "thresholds": { "add header": checked.suspect, "reject": checked.threshold },
        "symbols": symbols(leading),
        "messages": {},
        "message-id": checked.message_id,
        "queue-id": queue_id,
        "reference": checked.reference,
        "time_real": took.as_secs_f64(),
        "milter": { "add_headers": { "Authentication-Results": checked.authentication_results } },
    });
    if action(leading.treatment) == "rewrite subject" {
        out["subject"] = Value::String(format!("{} {}", checked.label, checked.subject));
    }
    out
}

/// After `combine` all recipients have the same treatment; the heaviest verdict is shown.
fn leading(decisions: &[Decision]) -> Option<&Decision> {
    decisions.iter().max_by(|a, b| a.verdict.points.total_cmp(&b.verdict.points))
}

/// Findings by symbol name, several of one name added up.
fn symbols(decision: &Decision) -> Map<String, Value> {
    let mut out: Map<String, Value> = Map::new();
    for finding in &decision.verdict.findings {
        let name = symbol(&finding.reason);
        let options: Vec<&str> = finding.arguments.iter().map(|(_, value)| value.as_str()).collect();
        match out.get_mut(&name).and_then(Value::as_object_mut) {
            Some(known) => {
                let score = known.get("score").and_then(Value::as_f64).unwrap_or(0.0) + finding.points;
                known.insert("score".into(), json!(score));
                known.insert("metric_score".into(), json!(score));
            }
            None => {
                let symbol = json!({
                    "name": name,
                    "score": finding.points,
                    "metric_score": finding.points,
                    "options": options,
                });
                out.insert(name, symbol);
            }
        }
    }
    out
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
    fn symbols_are_upper_case() {
        assert_eq!(symbol("bayes-spam"), "BAYES_SPAM");
    }
}
