//! What staff read aloud to a person on the telephone about one message: what became of it, why, how they get it, how it is
//! stopped. Short sentences in the person's language, without what stands closed and without a word of filters.

use policy::record::DecisionRecord;
use policy::{Decision, Language, Reason};
use store::records::decisions::{DecisionRow, TransactionRow};
use store::records::junk::{JunkRow, JunkState};

use crate::language::Words;
use crate::moment::{days_left, moment};
use crate::operator::decision;
use crate::problem::Problem;
use crate::state::Portal;
use crate::subscriber::held::tone;
use crate::visit::Visit;

/// Reasons that are read aloud. More nobody keeps in mind.
const REASONS: usize = 2;

/// The sentences, and in which language they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// `ja` or `en`.
    pub code: &'static str,
    /// One after the other.
    pub lines: Vec<String>,
}

/// What is read aloud about a decision. `opened`: a ground is recorded for this message.
pub async fn said(
    portal: &Portal,
    visit: &Visit,
    (transaction, row): (&TransactionRow, &DecisionRow),
    held: Option<&JunkRow>,
    opened: bool,
) -> Result<Phone, Problem> {
    let person = match row.subscriber {
        Some(id) => portal.records().subscriber(row.operator, id).await?,
        None => None,
    };
    let own = person.map(|person| person.language).filter(|language| !language.is_empty());
    let words = own.map_or(visit.words, |own| Words(Language::of(&own)));
    let mut visit = visit.clone();
    visit.words = words;
    let mut lines = what(&visit, transaction, row);
    let decision = DecisionRecord::from_json(&row.json).ok().map(|record| record.decision);
    if let Some(decision) = &decision {
        lines.extend(why(&visit, decision, opened));
    }
    lines.extend(get(&visit, row, held));
    if tone(&row.class).0 == "danger" {
        lines.push(words.say("phone-careful"));
    }
    lines.push(words.say(stop(row, decision.as_ref())));
    Ok(Phone { code: words.0.code(), lines })
}

fn what(visit: &Visit, transaction: &TransactionRow, row: &DecisionRow) -> Vec<String> {
    let words = visit.words;
    let sender = match transaction.mail_from.as_str() {
        "" => words.say("phone-no-sender"),
        sender => sender.to_owned(),
    };
    let class = words.say(&format!("class-{}", row.class.replace('_', "-")));
    let at = moment(row.at, visit.now, &visit.zone, words).short;
    vec![
        words.say2("phone-what", "at", at, "sender", sender),
        words.say2("phone-class", "class", class, "reference", row.reference.to_string()),
    ]
}

/// What weighed most, a sentence for each; of content only the kind, where no ground is recorded.
fn why(visit: &Visit, decision: &Decision, opened: bool) -> Vec<String> {
    let found = decision::findings(decision, visit, opened);
    let against = found.into_iter().filter(|found| found.points > 0.0).take(REASONS);
    let said = against.enumerate().map(|(at, found)| {
        let id = match (at, found.is_quoted) {
            (0, true) => "phone-why",
            (0, false) => "phone-why-kind",
            (_, true) => "phone-also",
            (_, false) => "phone-also-kind",
        };
        visit.words.say1(id, "reason", found.sentence)
    });
    said.collect()
}

fn get(visit: &Visit, row: &DecisionRow, held: Option<&JunkRow>) -> Vec<String> {
    let words = visit.words;
    match held {
        Some(held) => match held.state {
            JunkState::Held | JunkState::Trash => {
                let days = days_left(held.expires_at, visit.now);
                let way = if held.state == JunkState::Held { "phone-get" } else { "phone-get-trash" };
                vec![words.say(way), words.say1("phone-until", "days", days)]
            }
            JunkState::Releasing | JunkState::Released => vec![words.say("phone-delivered-after")],
            JunkState::Deleted | JunkState::Expired => vec![words.say("phone-gone")],
        },
        None => match row.action.as_str() {
            "refuse" | "refused_by_next_hop" => vec![words.say("phone-refused")],
            "defer" => vec![words.say("phone-deferred")],
            "delete" => vec![words.say("phone-gone")],
            "label" => vec![words.say("phone-labelled")],
            _ => vec![words.say("phone-delivered")],
        },
    }
}

/// What the person can set so that it goes otherwise next time, by what decided.
fn stop(row: &DecisionRow, decision: Option<&Decision>) -> &'static str {
    let Some(decision) = decision else { return "phone-stop-any" };
    match &decision.reason {
        Reason::Malware => "phone-stop-malware",
        Reason::RefuseList { .. } => "phone-stop-refuse-list",
        Reason::ReceiveList { .. } => "phone-stop-receive-list",
        Reason::Keyword { .. } => "phone-stop-rule",
        Reason::Condition { .. } | Reason::Kind { .. } => "phone-stop-condition",
        Reason::NoConsent => "phone-stop-consent",
        Reason::Duty => "phone-stop-duty",
        Reason::Unknown { .. } | Reason::Fault { .. } => "phone-stop-fault",
        Reason::Threshold { .. } => "phone-stop-points",
        Reason::Nothing if row.action == "deliver" || row.action == "label" => "phone-stop-unwanted",
        Reason::Nothing => "phone-stop-any",
    }
}
