//! IN-16: the From domain, or that of MAIL FROM, does not exist in DNS or takes no mail; or the sender's own server says
//! that there is no such address.

use super::COUNTS;
use crate::control::{Control, Finding, Judgement, Need, Scope, Stage};
use crate::facts::door::CalledOut;
use crate::facts::{Existence, Fact, Facts};
use crate::lists::Sender;
use crate::settings::Settings;

/// IN-16.
pub(super) const CONTROL: Control = Control {
    name: "nonexistent_sender",
    catalogue: "IN-16",
    basis: COUNTS,
    source: "T2-2-2(1), T3-2-2(3)②, RFC 7505",
    stages: &[Stage::Mail, Stage::Data],
    scope: Scope::Transaction,
    needs: &[Need::FromDomain, Need::SenderDomain, Need::Callout],
    unknown: "Where DNS or the sender's own server does not answer, the domain and the address count as existing.",
    reasons: &[
        "sender-domain-absent",
        "sender-domain-takes-no-mail",
        "envelope-domain-absent",
        "envelope-domain-takes-no-mail",
        "sender-address-absent",
    ],
    judge,
};

fn judge(facts: &Facts<'_>, _: &Settings) -> Judgement {
    match facts.door.stage {
        Stage::Connect | Stage::Helo | Stage::Mail => of_envelope(facts),
        Stage::Rcpt | Stage::Data => of_header(facts),
    }
}

/// At MAIL. The domain is asked about first; only where it exists can its server have been asked. A domain is worth
/// little here: From, which is what people see, mostly has the same one and is judged at DATA.
fn of_envelope(facts: &Facts<'_>) -> Judgement {
    let Some(sender) = facts.envelope.mail_from.address() else { return Judgement::silent() };
    let domain = || sender.domain().to_unicode();
    match facts.door.sender_domain {
        Fact::Known(Existence::Absent) => {
            let finding = Finding::seen(CONTROL.name, "envelope-domain-absent").worth(1.0);
            return Judgement::seen(finding.with("domain", domain()));
        }
        Fact::Known(Existence::NullMx) => {
            let finding = Finding::seen(CONTROL.name, "envelope-domain-takes-no-mail").worth(0.5);
            return Judgement::seen(finding.with("domain", domain()));
        }
        Fact::Known(Existence::Exists) | Fact::NotAsked => {}
        Fact::Unknown(_) => return Judgement::unknown(),
    }
    facts.door.callout.judge(|said| match said {
        CalledOut::Takes => Judgement::silent(),
        CalledOut::Refuses(words) => Judgement::seen(
            Finding::seen(CONTROL.name, "sender-address-absent")
                .worth(3.5)
                .with("address", super::shortened(&sender.to_string()))
                .with("words", super::shortened(words)),
        ),
    })
}

/// At DATA.
fn of_header(facts: &Facts<'_>) -> Judgement {
    facts.from_domain.judge(|existence| {
        let (reason, points) = match existence {
            Existence::Exists => return Judgement::silent(),
            Existence::Absent => ("sender-domain-absent", 3.0),
            Existence::NullMx => ("sender-domain-takes-no-mail", 1.5),
        };
        let domain = Sender::of(facts).from.first().map(|from| from.domain().to_unicode()).unwrap_or_default();
        Judgement::seen(Finding::seen(CONTROL.name, reason).worth(points).with("domain", domain))
    })
}
