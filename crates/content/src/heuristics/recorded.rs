//! What a rule can be told from the record of a message that is gone: conditions have three answers here, and the third
//! is that only the message itself could tell.

use message::authentication::Proof;

use super::condition::Condition;

/// What is kept of a message: the dialogue, and who sent it.
#[derive(Clone, Debug, Default)]
pub struct Recorded<'r> {
    /// HELO; empty where there was none.
    pub helo: &'r str,
    /// Whether a Message-ID was there, and which.
    pub message_id: &'r str,
    /// How surely the sender is who it shows; `None` where that was not found out.
    pub proof: Option<Proof>,
    /// The From domain is there.
    pub has_from_domain: bool,
    /// Outcome of SPF for MAIL FROM, by its RFC 8601 name.
    pub spf: &'r str,
    /// Outcome of DMARC and the policy in force, by their names.
    pub dmarc: (&'r str, &'r str),
}

impl Condition {
    /// Whether it holds, as far as a record tells.
    pub(super) fn holds_recorded(&self, recorded: &Recorded<'_>) -> Option<bool> {
        match self {
            Self::All(list) => together(list.iter().map(|condition| condition.holds_recorded(recorded)), false),
            Self::Any(list) => together(list.iter().map(|condition| condition.holds_recorded(recorded)), true),
            Self::Not(inner) => inner.holds_recorded(recorded).map(|holds| !holds),
            Self::Is(fact) => recorded.holds(fact.name),
            Self::Header { name, there } if name.eq_ignore_ascii_case("Message-ID") => {
                Some(recorded.message_id.is_empty() != *there)
            }
            Self::HeaderMatches { name, pattern } if name.eq_ignore_ascii_case("Message-ID") => {
                Some(!recorded.message_id.is_empty() && pattern.is_match(recorded.message_id))
            }
            Self::Header { .. }
            | Self::HeaderMatches { .. }
            | Self::Number { .. }
            | Self::Text { .. }
            | Self::Link(_)
            | Self::Attachment { .. } => None,
        }
    }
}

/// One answer of many: the deciding one wherever it stands, else unknown where one is unknown.
fn together(answers: impl Iterator<Item = Option<bool>>, decides: bool) -> Option<bool> {
    let mut unknown = false;
    for answer in answers {
        match answer {
            Some(answer) if answer == decides => return Some(decides),
            Some(_) => {}
            None => unknown = true,
        }
    }
    (!unknown).then_some(!decides)
}

impl Recorded<'_> {
    /// The facts that need no message.
    fn holds(&self, fact: &str) -> Option<bool> {
        Some(match fact {
            "helo-is-address" => {
                let bare = self.helo.trim_matches(['[', ']']);
                bare.strip_prefix("IPv6:").unwrap_or(bare).parse::<std::net::IpAddr>().is_ok()
            }
            "helo-has-no-dot" => !self.helo.is_empty() && !self.helo.contains(['.', ':', '[']),
            "from-proven" => self.has_from_domain && self.proof? == Proof::Proven,
            "from-unproven" => self.has_from_domain && self.proof? == Proof::Unproven,
            "spf-fail" => self.proof.is_some() && self.spf == "fail",
            "dmarc-asks-refusal" => {
                self.proof.is_some() && self.dmarc.0 == "fail" && matches!(self.dmarc.1, "quarantine" | "reject")
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::RuleSet;
    use super::*;

    #[test]
    fn three_answers() {
        let rules = RuleSet::own(&[(
            "own.toml",
            r#"
            rule = [
              { id = "a", points = 1.0, title_ja = "あ", title_en = "A", when = { is = "helo-is-address" } },
              { id = "b", points = 1.0, title_ja = "い", title_en = "B",
                when = { all = [{ is = "spf-fail" }, { body = "money" }] } },
              { id = "c", points = 1.0, title_ja = "う", title_en = "C",
                when = { any = [{ missing = "Message-ID" }, { body = "money" }] } },
              { id = "d", points = 1.0, title_ja = "え", title_en = "D", when = { not = { is = "from-proven" } } },
            ]
            "#,
        )])
        .expect("rules of this test");
        let told = |recorded: &Recorded<'_>| -> Vec<Option<bool>> {
            rules.evaluate_recorded(recorded).into_iter().map(|(_, holds)| holds).collect()
        };
        let nothing = Recorded { proof: Some(Proof::Unproven), ..Recorded::default() };
        assert_eq!(told(&nothing), [Some(false), Some(false), Some(true), Some(true)]);
        let failed = Recorded { helo: "[192.0.2.1]", spf: "fail", message_id: "<1@example.com>", ..nothing };
        assert_eq!(told(&failed), [Some(true), None, None, Some(true)]);
        let unasked =
            Recorded { proof: None, has_from_domain: true, message_id: "<1@example.com>", ..Recorded::default() };
        assert_eq!(told(&unasked), [Some(false), Some(false), None, None]);
    }
}
