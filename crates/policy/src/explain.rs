//! Why a decision came out as it did, in a language a person reads, and the smallest change that would have changed it.

mod class;
mod otherwise;

use content::heuristics::RuleSet;
use controls::Finding;

use crate::decision::{Decision, Disposition, Reason};
use crate::language::{Language, condition_name, sentence, sentence_with};
use crate::profile::ScoreShown;
use crate::settings::Settings;

/// One line of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The sentence.
    pub text: String,
    /// Points, where it counted and points are what is shown.
    pub points: Option<f64>,
}

/// An explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// One sentence: what happened.
    pub outcome: String,
    /// What it was taken for, with points and probability.
    pub class: String,
    /// The smallest change that would have made it another kind; findings are named by their number in `seen`.
    pub class_otherwise: Option<String>,
    /// What was seen, heaviest first. Plain observations that nothing acted on are left out.
    pub seen: Vec<Line>,
    /// What could not be seen, which is never a pass: a sentence for each.
    pub unknown: Vec<String>,
    /// Which setting decided.
    pub reason: String,
    /// The smallest change that would have changed the outcome; `None` where nothing small would have. Findings are
    /// named by their number in `seen`, counted from 1.
    pub otherwise: Option<String>,
}

/// Explains a decision under the settings that were in force.
pub fn explain(decision: &Decision, settings: &Settings, language: Language) -> Explanation {
    let say = |finding: &Finding| sentence(language, &finding.reason, &finding.arguments);
    explained(decision, settings, language, say, str::to_owned)
}

/// The same for who may not read the message: of a finding that may not be quoted only the kind is told, and no entry of a
/// list is named, because it may name who wrote. Everything keeps its place and its number.
pub fn explain_closed(
    decision: &Decision,
    settings: &Settings,
    language: Language,
    may_quote: impl Fn(&Finding) -> bool,
) -> Explanation {
    let mut why = explained(decision, settings, language, closed(language, may_quote), |_| "…".to_owned());
    let of_lists = |finding: &&Finding| matches!(finding.reason.as_str(), "list-refuse" | "list-receive");
    if decision.verdict.findings.iter().chain(&decision.verdict.label_only).any(|finding| of_lists(&finding)) {
        why.otherwise = None;
    }
    why
}

/// Sentences, or the kind alone.
fn closed(language: Language, may_quote: impl Fn(&Finding) -> bool) -> impl Fn(&Finding) -> String {
    move |finding| match may_quote(finding) {
        true => sentence(language, &finding.reason, &finding.arguments),
        false => condition_name(language, &finding.reason),
    }
}

/// The same, with titles from these heuristic rules.
pub fn explain_with(decision: &Decision, settings: &Settings, language: Language, rules: &RuleSet) -> Explanation {
    let say = |finding: &Finding| sentence_with(language, &finding.reason, &finding.arguments, rules);
    explained(decision, settings, language, say, str::to_owned)
}

/// The reasons in short, for a list of messages: what the deciding setting acted on, then what weighed most against the
/// message. At most `most`, none twice.
pub fn briefly(decision: &Decision, language: Language, most: usize) -> Vec<String> {
    brief(decision, most, |finding| sentence(language, &finding.reason, &finding.arguments))
}

/// The same for who may not read the message, as [`explain_closed`].
pub fn briefly_closed(
    decision: &Decision,
    language: Language,
    most: usize,
    may_quote: impl Fn(&Finding) -> bool,
) -> Vec<String> {
    brief(decision, most, closed(language, may_quote))
}

fn brief(decision: &Decision, most: usize, say: impl Fn(&Finding) -> String) -> Vec<String> {
    let decided = match &decision.reason {
        Reason::RefuseList { .. } => "list-refuse",
        Reason::ReceiveList { .. } => "list-receive",
        Reason::Keyword { .. } => "keyword-match",
        Reason::Condition { reason } => reason.as_str(),
        _ => "",
    };
    let all = || decision.verdict.findings.iter().chain(&decision.verdict.label_only);
    let first = all().find(|finding| finding.reason == decided);
    let against = all().filter(|finding| finding.points > 0.0 || finding.class == Some(controls::Class::Malware));
    let mut said: Vec<String> = Vec::new();
    for finding in first.into_iter().chain(against) {
        let sentence = say(in_full(finding, decision));
        if said.len() < most && !said.contains(&sentence) {
            said.push(sentence);
        }
    }
    said
}

fn explained(
    decision: &Decision,
    settings: &Settings,
    language: Language,
    say: impl Fn(&Finding) -> String,
    entry: impl Fn(&str) -> String,
) -> Explanation {
    let told = told(decision);
    let seen = told
        .iter()
        .map(|(_, finding)| Line {
            text: say(in_full(finding, decision)),
            points: (finding.points != 0.0 && settings.shown == ScoreShown::Points).then_some(finding.points),
        })
        .collect();
    Explanation {
        outcome: outcome(decision, language),
        class: class::said(decision, settings.shown, language),
        class_otherwise: class::otherwise(decision, settings, &told, language),
        seen,
        unknown: decision.verdict.unknown.iter().map(|control| not_done(control, language)).collect(),
        reason: reason(decision, settings, language, entry),
        otherwise: otherwise::smallest(decision, settings, &told, language),
    }
}

fn not_done(control: &str, language: Language) -> String {
    let name = sentence(language, &format!("control-{control}"), &[]);
    sentence(language, "not-done", &[("control".into(), name)])
}

/// The findings that a person is told, with their places among all: those that counted, those that decided, and list
/// entries even where they did not help.
fn told(decision: &Decision) -> Vec<(usize, &Finding)> {
    let decided = match &decision.reason {
        Reason::Condition { reason } => reason.as_str(),
        _ => "",
    };
    let is_told = |finding: &Finding| {
        finding.points != 0.0
            || finding.reason == decided
            || matches!(finding.reason.as_str(), "list-refuse" | "list-receive" | "address-book" | "keyword-match")
            || finding.class == Some(controls::Class::Malware)
    };
    let all = decision.verdict.findings.iter().chain(&decision.verdict.label_only);
    all.enumerate().filter(|(_, finding)| is_told(finding)).collect()
}

/// A rule that counts a lying link has only its title; the control of links saw what is shown and where it goes.
fn in_full<'a>(finding: &'a Finding, decision: &'a Decision) -> &'a Finding {
    if finding.reason != "heuristics-link-lies" {
        return finding;
    }
    let mut all = decision.verdict.findings.iter().chain(&decision.verdict.label_only);
    all.find(|other| other.reason == "url-lies").unwrap_or(finding)
}

fn outcome(decision: &Decision, language: Language) -> String {
    let attachments = decision.treatment.then == Disposition::RemovePart && decision.reason.is_of_attachments();
    let happened = match attachments {
        true => sentence(language, "outcome-attachments", &[]),
        false => sentence(language, &format!("outcome-{}", decision.treatment.action()), &[]),
    };
    let Some(wanted) = decision.wanted else { return happened };
    let wanted = sentence(language, &format!("action-{}", wanted.action()), &[]);
    let gave_way = sentence(language, "outcome-gave-way", &[("wanted".into(), wanted)]);
    match language {
        Language::Ja => format!("{happened}。{gave_way}"),
        Language::En => format!("{happened}. {gave_way}"),
    }
}

/// Which setting decided; `shown` says how an entry of a list is written.
fn reason(decision: &Decision, settings: &Settings, language: Language, shown: impl Fn(&str) -> String) -> String {
    let class = decision.verdict.class;
    let (key, mut arguments): (String, Vec<(&str, String)>) = match &decision.reason {
        Reason::RefuseList { entry } => (format!("refuse.{entry}"), vec![("entry", shown(entry))]),
        Reason::ReceiveList { entry } => (format!("receive.{entry}"), vec![("entry", shown(entry))]),
        Reason::Keyword { rule } => (String::new(), vec![("rule", rule.clone())]),
        Reason::Condition { reason } => {
            (format!("conditions.{reason}"), vec![("condition", condition_name(language, reason))])
        }
        Reason::Threshold { threshold } => {
            let key = if class == controls::Class::Suspect { "suspect" } else { "threshold" };
            let shown = settings.shown;
            let sums = vec![
                ("shown", shown.name().into()),
                ("points", shown.said(decision.verdict.points)),
                ("threshold", shown.said(*threshold)),
                ("class", class.name().into()),
            ];
            (key.into(), sums)
        }
        Reason::Kind { class } => (
            format!("actions.{}", class.name()),
            vec![("class", sentence(language, &format!("class-{}", class.name()), &[]))],
        ),
        Reason::Unknown { control } => {
            let name = sentence(language, &format!("control-{control}"), &[]);
            (format!("unknown.{control}"), vec![("control", name)])
        }
        Reason::Duty | Reason::NoConsent | Reason::Malware | Reason::Nothing | Reason::Fault { .. } => {
            (String::new(), Vec::new())
        }
    };
    let whose = sentence(language, &format!("whose-{}", settings.origin_of(&key).name()), &[]);
    arguments.push(("whose", whose));
    let arguments: Vec<(String, String)> =
        arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    sentence(language, &format!("reason-{}", decision.reason.name()), &arguments)
}
