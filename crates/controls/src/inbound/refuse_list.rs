//! SUB-01: the sender stands on a refuse list. No proof is asked for: who poses as a refused sender is refused too.

use super::CHOSEN;
use crate::control::{Control, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::lists::{Identity, Pattern, Sender};
use crate::settings::Settings;

/// SUB-01.
pub(super) const CONTROL: Control = Control {
    name: "refuse_list",
    catalogue: "SUB-01",
    basis: CHOSEN,
    source: "T2-2-1, T3-2-3",
    stages: &[Stage::Data],
    scope: Scope::Recipient,
    needs: &[Need::Headers],
    unknown: "Without the header section only the envelope sender is compared.",
    reasons: &["list-refuse"],
    judge,
};

/// Matching entries that are told.
const ENTRIES: usize = 3;

fn judge(facts: &Facts<'_>, settings: &Settings) -> Judgement {
    let sender = Sender::of(facts);
    let now = facts.envelope.received_at;
    let identities = sender
        .from
        .iter()
        .map(|address| (Identity::From, address))
        .chain(sender.mail_from.map(|address| (Identity::MailFrom, address)));
    // Each entry that matches is told: taking one off the list does not help while another stays.
    let entries = settings.refuse.candidates(identities.clone().map(|(_, address)| address));
    let matched = entries.filter(|entry| entry.is_in_force(now)).filter_map(|entry| {
        let named = identities.clone().find(|(_, address)| entry.pattern.matches(address));
        let bare = || sender.bare.iter().any(|spec| entry.pattern.matches_bare(spec));
        // Everybody is also who shows no sender at all.
        let nobody = || entry.pattern == Pattern::Everyone;
        let identity = match named {
            Some((identity, _)) => identity,
            None if bare() || nobody() => Identity::From,
            None => return None,
        };
        Some(entry.refused(identity))
    });
    let findings = matched.take(ENTRIES).collect();
    let unknown = !settings.refuse.is_empty() && facts.headers.is_unknown();
    Judgement { findings, unknown }
}
