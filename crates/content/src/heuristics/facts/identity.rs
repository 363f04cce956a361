//! Facts of identity: who it claims to be from, and what proves or contradicts it.

use message::authentication::{DmarcOutcome, DmarcPolicy, Proof, SpfOutcome};
use message::{Address, Domain, Mailbox};

use super::super::brands::{TABLES, named};
use super::{Fact, View, differ};

pub(super) const FACTS: [Fact; 13] = [
    Fact { name: "from-proven", holds: |view| proof(view, Proof::Proven) },
    Fact { name: "from-unproven", holds: |view| proof(view, Proof::Unproven) },
    Fact { name: "dmarc-asks-refusal", holds: dmarc_asks_refusal },
    Fact { name: "spf-fail", holds: spf_fail },
    Fact { name: "from-not-an-address", holds: not_an_address },
    Fact { name: "from-name-is-other-address", holds: name_is_other_address },
    Fact { name: "from-is-recipient", holds: from_is_recipient },
    Fact { name: "reply-to-elsewhere", holds: reply_to_elsewhere },
    Fact { name: "reply-to-free-mail", holds: reply_to_free_mail },
    Fact { name: "envelope-elsewhere", holds: envelope_elsewhere },
    Fact { name: "brand-posed", holds: brand_posed },
    Fact { name: "brand-unproven", holds: brand_unproven },
    Fact { name: "subject-brand-elsewhere", holds: subject_brand_elsewhere },
];

fn proof(view: &View<'_>, expected: Proof) -> Option<String> {
    let authentication = view.authentication?;
    let domain = authentication.from_domain.as_ref()?;
    (authentication.proof() == expected).then(|| domain.to_string())
}

fn dmarc_asks_refusal(view: &View<'_>) -> Option<String> {
    let dmarc = &view.authentication?.dmarc;
    let asks = matches!(dmarc.policy, DmarcPolicy::Quarantine | DmarcPolicy::Reject);
    (dmarc.outcome == DmarcOutcome::Fail && asks).then(|| dmarc.from.clone().unwrap_or_default())
}

fn spf_fail(view: &View<'_>) -> Option<String> {
    let spf = &view.authentication?.spf;
    (spf.outcome == SpfOutcome::Fail).then(|| spf.domain.clone().unwrap_or_default())
}

fn not_an_address(view: &View<'_>) -> Option<String> {
    let mailbox = view.from.first()?;
    mailbox.address.is_none().then(|| mailbox.spec.clone())
}

/// `"info@bank.example" <x@evil.example>`: programs that show the name alone show a false address.
fn name_is_other_address(view: &View<'_>) -> Option<String> {
    view.from.iter().find_map(|Mailbox { name, address, .. }| {
        let inner = name.split(|c: char| c.is_whitespace() || "<>()\"'".contains(c)).find(|word| word.contains('@'))?;
        let shown = Address::parse(inner.trim_end_matches(['.', ','])).ok()?;
        differ(shown.domain(), address.as_ref()?.domain()).then(|| shown.to_string())
    })
}

fn from_is_recipient(view: &View<'_>) -> Option<String> {
    let from = view.from.iter().find_map(|mailbox| mailbox.address.as_ref())?.key();
    let recipients = view.message.headers.mailboxes("To");
    let [Mailbox { address: Some(to), .. }] = recipients.as_slice() else { return None };
    (to.key() == from).then_some(from)
}

fn reply_to(view: &View<'_>) -> Option<Domain> {
    let mailbox = view.message.headers.mailboxes("Reply-To").into_iter().find_map(|mailbox| mailbox.address)?;
    let domain = mailbox.domain();
    (!view.is_list() && differ(view.sender_domain()?, domain)).then(|| domain.clone())
}

fn reply_to_elsewhere(view: &View<'_>) -> Option<String> {
    reply_to(view).map(|domain| domain.to_string())
}

fn reply_to_free_mail(view: &View<'_>) -> Option<String> {
    let domain = reply_to(view)?;
    TABLES.free_mail.iter().any(|free| free == domain.as_str()).then(|| domain.to_string())
}

fn envelope_elsewhere(view: &View<'_>) -> Option<String> {
    let sender = view.envelope.mail_from.address()?.domain();
    (!view.is_list() && differ(view.sender_domain()?, sender)).then(|| sender.to_string())
}

/// The display name says a brand, the address is not the brand's.
fn brand_posed(view: &View<'_>) -> Option<String> {
    let domain = view.sender_domain()?;
    let brand = view.from.iter().find_map(|mailbox| named(&message::normal::fold(&mailbox.name)))?;
    (!brand.owns(domain) && !view.is_list()).then(|| format!("{}: {domain}", brand.name))
}

/// The address is a brand's, and nothing proves it.
fn brand_unproven(view: &View<'_>) -> Option<String> {
    let domain = view.sender_domain()?;
    proof(view, Proof::Unproven)?;
    let brand = TABLES.brands.iter().find(|brand| brand.owns(domain))?;
    Some(format!("{}: {domain}", brand.name))
}

/// The subject speaks as a brand, but neither sender nor any link is the brand's.
fn subject_brand_elsewhere(view: &View<'_>) -> Option<String> {
    let brand = named(view.subject)?;
    let from = view.sender_domain()?;
    let mut hosts = view.message.links.iter().filter_map(|link| link.host.as_deref()).peekable();
    hosts.peek()?;
    let owned = hosts.any(|host| Domain::parse(host).is_ok_and(|domain| brand.owns(&domain)));
    (!owned && !brand.owns(from) && !view.is_list()).then(|| brand.name.clone())
}
