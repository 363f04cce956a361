//! IN-04: the message has links, or a link that shows one site and goes to another.

use message::links::{Link, Place};

use super::{CHOSEN, shortened};
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::Facts;
use crate::settings::Settings;

/// IN-04.
pub(super) const CONTROL: Control = Control {
    name: "url",
    catalogue: "IN-04",
    basis: CHOSEN,
    source: "T1-2-2(2), T2-2-5",
    stages: &[Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::Message],
    unknown: "Without the message nothing is known of its links; a condition on links is then not met.",
    reasons: &["url-present", "url-lies"],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    facts.message.judge(|message| {
        // Pictures are loaded, not followed: a newsletter's logo is not a link.
        let web = |link: &&Link| link.place != Place::Image && matches!(link.scheme.as_str(), "http" | "https");
        let mut links = message.links.iter().filter(web);
        let Some(first) = links.next() else { return Judgement::silent() };
        let present = Finding::seen(CONTROL.name, "url-present")
            .with("host", shortened(first.host.as_deref().unwrap_or(&first.target)))
            .with("count", (1 + links.count()).to_string());
        let lie = message.links.iter().filter(web).find(|link| link.lies()).map(|link| {
            Finding::seen(CONTROL.name, "url-lies")
                .with("shown", shortened(link.shown.trim()))
                .with("target", shortened(link.host.as_deref().unwrap_or(&link.target)))
        });
        Judgement { findings: std::iter::once(present).chain(lie).collect(), unknown: false }
    })
}
