//! Facts of identity: who it claims to be from, and what proves or contradicts it.

use message::authentication::{DmarcOutcome, DmarcPolicy, Proof, SpfOutcome};
use message::{Address, Domain, Mailbox};

use super::{Fact, View, beginning, differ};
use crate::urls::TABLES;
use crate::urls::brands::Brand;

pub(super) const FACTS: [Fact; 18] = [
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
    Fact { name: "brand-links-elsewhere", holds: brand_links_elsewhere },
    Fact { name: "subject-brand-elsewhere", holds: subject_brand_elsewhere },
    Fact { name: "body-brand-elsewhere", holds: body_brand_elsewhere },
    Fact { name: "from-resembles-brand", holds: from_resembles_brand },
    Fact { name: "from-free-hosting", holds: from_free_hosting },
    Fact { name: "from-is-brand", holds: from_is_brand },
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
    let [Mailbox { address: Some(to), .. }] = view.to() else { return None };
    (to.key() == from).then_some(from)
}

fn reply_to<'v>(view: &'v View<'_>) -> Option<&'v Domain> {
    let domain = view.reply_to()?;
    (!view.is_list() && differ(view.sender_domain()?, domain)).then_some(domain)
}

fn reply_to_elsewhere(view: &View<'_>) -> Option<String> {
    reply_to(view).map(Domain::to_string)
}

fn reply_to_free_mail(view: &View<'_>) -> Option<String> {
    let domain = reply_to(view)?;
    TABLES.is_free_mail(domain.as_str()).then(|| domain.to_string())
}

fn envelope_elsewhere(view: &View<'_>) -> Option<String> {
    let sender = view.envelope.mail_from.address()?.domain();
    (!view.is_list() && differ(view.sender_domain()?, sender)).then(|| sender.to_string())
}

/// Octets at the start of the body in which a letter says who writes.
const LEAD: usize = 1_000;

/// Whether an address of that domain speaks for a brand; a customer's address at a provider does not.
fn speaks_for(brand: &Brand, domain: &Domain) -> bool {
    brand.owns(domain.as_str()) && !TABLES.is_provider(domain.as_str())
}

/// The display name says a brand, the address is not the brand's.
fn brand_posed(view: &View<'_>) -> Option<String> {
    let domain = view.sender_domain()?;
    let name = view.from.iter().map(|mailbox| message::normal::fold(&mailbox.name)).find(|name| !name.is_empty())?;
    let named: Vec<&Brand> = view.brands.all_named(&name).collect();
    let brand = named.first()?;
    let own = named.iter().any(|brand| speaks_for(brand, domain));
    (!own && !view.is_list()).then(|| format!("{}: {domain}", brand.name))
}

/// The address is a brand's, and nothing proves it.
fn brand_unproven(view: &View<'_>) -> Option<String> {
    let domain = view.sender_domain()?;
    proof(view, Proof::Unproven)?;
    let brand = view.brands.owner(domain.as_str()).filter(|brand| speaks_for(brand, domain))?;
    (!view.is_list()).then(|| format!("{}: {domain}", brand.name))
}

/// The address is a brand's, which is not proven, and not one link is the brand's.
fn brand_links_elsewhere(view: &View<'_>) -> Option<String> {
    let domain = view.sender_domain()?;
    let brand = view.brands.owner(domain.as_str()).filter(|brand| speaks_for(brand, domain))?;
    let proven = proof(view, Proof::Proven).is_some();
    (!proven && !view.is_list() && leads_elsewhere(view, brand))
        .then(|| format!("{}: {}", brand.name, view.goals().join(" ")))
}

/// Web links, none of them to the brand.
fn leads_elsewhere(view: &View<'_>, brand: &Brand) -> bool {
    !view.goals().is_empty() && !view.goals().iter().any(|host| brand.owns(host))
}

/// A text speaks of brands, but neither the sender nor any link is of one of them.
fn elsewhere<'v>(view: &'v View<'_>, text: &'v str) -> Option<&'v Brand> {
    let from = view.sender_domain()?;
    let named: Vec<&Brand> = view.brands.all_named(text).take(8).collect();
    let ours = named.iter().any(|brand| brand.owns(from.as_str()) || !leads_elsewhere(view, brand));
    named.first().copied().filter(|_| !ours && !view.is_list())
}

/// The subject speaks as a brand, but neither sender nor any link is the brand's.
fn subject_brand_elsewhere(view: &View<'_>) -> Option<String> {
    elsewhere(view, view.subject).map(|brand| brand.name.clone())
}

/// The beginning of the body speaks as a brand, but neither sender nor any link is the brand's.
fn body_brand_elsewhere(view: &View<'_>) -> Option<String> {
    view.body_brand(|view| elsewhere(view, beginning(view.body, LEAD)).map(|brand| brand.name.clone()))
}

/// The domain of From resembles a brand's: `bank-support.example`.
fn from_resembles_brand(view: &View<'_>) -> Option<String> {
    view.resemblance_of_from(|view| {
        let domain = view.sender_domain()?;
        let found = view.brands.resembles(domain.as_str())?;
        Some(format!("{}: {domain}", found.brand.name))
    })
}

/// The domain of From is one below which anyone gets a name.
fn from_free_hosting(view: &View<'_>) -> Option<String> {
    let domain = view.sender_domain()?;
    TABLES.is_free_hosting(domain.as_str()).then(|| domain.to_string())
}

/// From is a protected brand's own address and nothing speaks against it; links that go to the brand are its own.
fn from_is_brand(view: &View<'_>) -> Option<String> {
    let domain = view.sender_domain()?;
    let brand = view.brands.owner(domain.as_str()).filter(|brand| speaks_for(brand, domain))?;
    let fine = proof(view, Proof::Unproven).is_none() && !leads_elsewhere(view, brand);
    fine.then(|| brand.name.clone())
}
