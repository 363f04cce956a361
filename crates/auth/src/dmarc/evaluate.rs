//! Finding the policy for a From domain, and whether SPF or DKIM speaks for it (RFC 7489 §3.1, §6.6).

use message::Domain;
use message::authentication::{DkimOutcome, DkimResult, DmarcOutcome, DmarcPolicy, DmarcResult, SpfOutcome, SpfResult};

use super::record::{Alignment, Reading, Record, read};
use crate::dns::{Answer, Dns};

/// What was found out about a From domain's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Policy {
    /// There is not exactly one From domain.
    NoDomain(&'static str),
    /// None is published.
    NonePublished,
    /// DNS did not say.
    Unanswered(String),
    /// What is published cannot be read.
    Broken(String),
    /// A policy.
    Found {
        /// Where it stands.
        at: Domain,
        /// What it says.
        record: Record,
        /// What it asks for in this case.
        asks: DmarcPolicy,
    },
}

/// Looks for the policy: at the domain itself, then at its organizational domain (RFC 7489 §6.6.3).
pub async fn find(dns: &dyn Dns, from: &Domain) -> Policy {
    if let Some(found) = at(dns, from).await {
        return found;
    }
    let Some(organization) = from.organizational().filter(|organization| organization != from) else {
        return Policy::NonePublished;
    };
    match at(dns, &organization).await {
        Some(Policy::Found { at, record, .. }) => {
            let asks = match record.absent_subdomains {
                Some(absent) if does_not_exist(dns, from).await => absent,
                _ => record.subdomains.unwrap_or(record.policy),
            };
            Policy::Found { at, record, asks }
        }
        Some(other) => other,
        None => Policy::NonePublished,
    }
}

/// What one domain publishes; `None` where that is nothing and the search goes on.
async fn at(dns: &dyn Dns, domain: &Domain) -> Option<Policy> {
    let texts = match dns.txt(&format!("_dmarc.{domain}")).await.answer {
        Answer::Records(texts) => texts,
        Answer::NoSuchName | Answer::NoData => return None,
        Answer::Failed(failure) => return Some(Policy::Unanswered(format!("policy of {domain}: {failure}"))),
    };
    let mut records = texts.iter().map(|text| read(text)).filter(|reading| *reading != Reading::NotDmarc);
    match (records.next()?, records.next()) {
        (Reading::Record(record), None) => {
            let asks = record.policy;
            Some(Policy::Found { at: domain.clone(), record, asks })
        }
        (Reading::Broken(why), None) => Some(Policy::Broken(format!("policy of {domain}: {why}"))),
        // Several records are as good as none, and end the search (RFC 7489 §6.6.3 step 5).
        _ => Some(Policy::NonePublished),
    }
}

/// NXDOMAIN for the name, whatever the type (RFC 9989 §3.2.13 asks A, AAAA and MX).
async fn does_not_exist(dns: &dyn Dns, domain: &Domain) -> bool {
    dns.a(domain.as_str()).await.answer == Answer::NoSuchName
}

/// Whether an identity's domain speaks for the From domain.
pub fn aligned(from: &Domain, identity: &Domain, alignment: Alignment) -> bool {
    match alignment {
        Alignment::Strict => from == identity,
        // A name that is itself a public suffix has no organization and stands only for itself.
        Alignment::Relaxed => {
            from == identity || from.organizational().is_some_and(|own| identity.organizational() == Some(own))
        }
    }
}

/// Puts policy, SPF and DKIM together. Alignment is also told where no policy is published, by the relaxed rule.
pub fn evaluate(policy: Policy, from: Option<&Domain>, spf: &SpfResult, dkim: &[DkimResult]) -> DmarcResult {
    let (for_dkim, for_spf) = match &policy {
        Policy::Found { record, .. } => (record.dkim, record.spf),
        _ => (Alignment::Relaxed, Alignment::Relaxed),
    };
    let speaks = |identity: Option<&String>, alignment| match (from, identity.and_then(|text| Domain::parse(text).ok()))
    {
        (Some(from), Some(identity)) => aligned(from, &identity, alignment),
        _ => false,
    };
    let spf_speaks = speaks(spf.domain.as_ref(), for_spf);
    let spf_aligned = spf_speaks && spf.outcome == SpfOutcome::Pass;
    let dkim_with = |outcome| dkim.iter().any(|one| one.outcome == outcome && speaks(one.domain.as_ref(), for_dkim));
    let dkim_aligned = dkim_with(DkimOutcome::Pass);
    // What could have spoken for it, had DNS answered (RFC 7489 §6.6.2: neither pass nor fail).
    let unanswered = (spf_speaks && spf.outcome == SpfOutcome::TempError) || dkim_with(DkimOutcome::TempError);

    let (outcome, asks, why) = match policy {
        Policy::NoDomain(why) => (DmarcOutcome::None, DmarcPolicy::None, why.to_owned()),
        Policy::NonePublished => (DmarcOutcome::None, DmarcPolicy::None, "no policy is published".into()),
        Policy::Unanswered(why) => (DmarcOutcome::TempError, DmarcPolicy::None, why),
        Policy::Broken(why) => (DmarcOutcome::PermError, DmarcPolicy::None, why),
        Policy::Found { at, record, asks } => {
            let (outcome, what) = match (spf_aligned || dkim_aligned, unanswered) {
                (true, _) => (DmarcOutcome::Pass, "an aligned identity passed"),
                (false, true) => (DmarcOutcome::TempError, "an aligned identity could not be checked"),
                (false, false) => (DmarcOutcome::Fail, "no aligned identity passed"),
            };
            let (applied, note) = applied(&record, asks);
            (outcome, applied, format!("{what}; policy of {at}{note}"))
        }
    };
    DmarcResult { outcome, from: from.map(ToString::to_string), policy: asks, spf_aligned, dkim_aligned, why }
}

/// In a test (`t=y`, `pct=0`) the next milder policy applies (RFC 9989 §4.7, RFC 7489 §6.6.4). A `pct=` in between
/// is not drawn by lot: the same message must get the same decision each time, so the policy applies in full.
fn applied(record: &Record, asks: DmarcPolicy) -> (DmarcPolicy, &'static str) {
    if !record.testing {
        return (asks, "");
    }
    let milder = match asks {
        DmarcPolicy::Reject => DmarcPolicy::Quarantine,
        DmarcPolicy::Quarantine | DmarcPolicy::None => DmarcPolicy::None,
    };
    (milder, ", which is being tested: one step milder")
}

#[cfg(test)]
mod tests {
    use message::authentication::SpfIdentity;

    use super::*;
    use crate::dns::{Failure, Zone};

    fn domain(text: &str) -> Domain {
        Domain::parse(text).expect("a domain")
    }

    fn spf(outcome: SpfOutcome, about: &str) -> SpfResult {
        SpfResult {
            identity: SpfIdentity::MailFrom,
            domain: Some(about.into()),
            outcome,
            explanation: None,
            mechanism: None,
            why: String::new(),
        }
    }

    fn dkim(outcome: DkimOutcome, about: &str) -> DkimResult {
        DkimResult {
            outcome,
            domain: Some(about.into()),
            selector: None,
            algorithm: None,
            signature_start: None,
            why: String::new(),
        }
    }

    #[test]
    fn alignment_follows_the_organization() {
        for (from, identity, relaxed, strict) in [
            ("example.jp", "example.jp", true, true),
            ("example.co.jp", "mail.example.co.jp", true, false),
            ("a.example.co.jp", "b.example.co.jp", true, false),
            // Two organizations under the same public suffix.
            ("one.co.jp", "two.co.jp", false, false),
            ("one.github.io", "two.github.io", false, false),
            // A public suffix stands for nobody but itself.
            ("co.jp", "co.jp", true, true),
            ("co.jp", "example.co.jp", false, false),
            ("example.co.jp", "co.jp", false, false),
            ("example.jp", "example.jp.evil.example", false, false),
            ("example.jp", "notexample.jp", false, false),
            ("xn--r8jz45g.jp", "mail.xn--r8jz45g.jp", true, false),
        ] {
            let (from, identity) = (domain(from), domain(identity));
            assert_eq!(aligned(&from, &identity, Alignment::Relaxed), relaxed, "{from} {identity}");
            assert_eq!(aligned(&from, &identity, Alignment::Strict), strict, "{from} {identity}");
        }
    }

    async fn policy_of(zone: &Zone, from: &str) -> DmarcPolicy {
        match find(zone, &domain(from)).await {
            Policy::Found { asks, .. } => asks,
            other => panic!("{from}: {other:?}"),
        }
    }

    #[tokio::test]
    async fn policies_of_subdomains_come_from_the_organization() {
        let zone = Zone::new()
            .txt("_dmarc.example.co.jp", "v=DMARC1; p=none; sp=quarantine; np=reject")
            .txt("_dmarc.own.example.co.jp", "v=DMARC1; p=none")
            .a("mail.example.co.jp", [192, 0, 2, 1]);
        assert_eq!(policy_of(&zone, "example.co.jp").await, DmarcPolicy::None);
        assert_eq!(policy_of(&zone, "mail.example.co.jp").await, DmarcPolicy::Quarantine);
        assert_eq!(policy_of(&zone, "gone.example.co.jp").await, DmarcPolicy::Reject);
        assert_eq!(policy_of(&zone, "own.example.co.jp").await, DmarcPolicy::None);
        assert_eq!(find(&zone, &domain("other.co.jp")).await, Policy::NonePublished);
    }

    #[tokio::test]
    async fn several_records_are_none_and_silence_is_no_answer() {
        let zone = Zone::new()
            .txt("_dmarc.twice.example", "v=DMARC1; p=reject")
            .txt("_dmarc.twice.example", "v=DMARC1; p=none")
            .txt("_dmarc.mixed.example", "something else")
            .txt("_dmarc.mixed.example", "v=DMARC1; p=reject")
            .txt("_dmarc.sub.twice.example", "v=DMARC1; p=none")
            .txt("_dmarc.sub.twice.example", "v=DMARC1; p=none")
            .fails("_dmarc.dead.example", Failure::ServerFailure)
            .fails("_dmarc.sub.dead.example", Failure::Timeout);
        assert_eq!(find(&zone, &domain("twice.example")).await, Policy::NonePublished);
        assert_eq!(policy_of(&zone, "mixed.example").await, DmarcPolicy::Reject);
        assert!(matches!(find(&zone, &domain("dead.example")).await, Policy::Unanswered(_)));
        // The organization is asked only where the name itself has nothing.
        assert!(matches!(find(&zone, &domain("sub.dead.example")).await, Policy::Unanswered(_)));
        assert_eq!(find(&zone, &domain("sub.twice.example")).await, Policy::NonePublished);
        assert_eq!(zone.asked().iter().filter(|asked| asked.as_str() == "TXT _dmarc.twice.example").count(), 1);
    }

    async fn judged(record: &str, spf: SpfResult, dkim: &[DkimResult]) -> DmarcResult {
        let zone = Zone::new().txt("_dmarc.example.jp", record);
        let from = domain("mail.example.jp");
        evaluate(find(&zone, &from).await, Some(&from), &spf, dkim)
    }

    #[tokio::test]
    async fn an_aligned_pass_is_what_counts() {
        let relaxed = "v=DMARC1; p=reject";
        let strict = "v=DMARC1; p=reject; adkim=s; aspf=s";
        let fails = spf(SpfOutcome::Fail, "mail.example.jp");
        for (record, spf, dkim, outcome) in [
            (relaxed, spf(SpfOutcome::Pass, "example.jp"), vec![], DmarcOutcome::Pass),
            (strict, spf(SpfOutcome::Pass, "example.jp"), vec![], DmarcOutcome::Fail),
            (strict, spf(SpfOutcome::Pass, "mail.example.jp"), vec![], DmarcOutcome::Pass),
            (relaxed, spf(SpfOutcome::Pass, "other.example"), vec![], DmarcOutcome::Fail),
            (relaxed, fails.clone(), vec![dkim(DkimOutcome::Pass, "example.jp")], DmarcOutcome::Pass),
            (strict, fails.clone(), vec![dkim(DkimOutcome::Pass, "example.jp")], DmarcOutcome::Fail),
            (relaxed, fails.clone(), vec![dkim(DkimOutcome::Policy, "example.jp")], DmarcOutcome::Fail),
            (relaxed, fails.clone(), vec![dkim(DkimOutcome::TempError, "example.jp")], DmarcOutcome::TempError),
            (relaxed, fails.clone(), vec![dkim(DkimOutcome::TempError, "other.example")], DmarcOutcome::Fail),
            (relaxed, spf(SpfOutcome::TempError, "example.jp"), vec![], DmarcOutcome::TempError),
        ] {
            let result = judged(record, spf.clone(), &dkim).await;
            assert_eq!(result.outcome, outcome, "{record} {spf:?} {dkim:?}");
            assert_eq!(result.policy, DmarcPolicy::Reject);
        }
    }

    #[tokio::test]
    async fn a_domain_that_is_testing_is_judged_one_step_milder() {
        for (record, policy) in [
            ("v=DMARC1; p=reject; t=y", DmarcPolicy::Quarantine),
            ("v=DMARC1; p=quarantine; t=y", DmarcPolicy::None),
            ("v=DMARC1; p=reject; pct=0", DmarcPolicy::Quarantine),
            ("v=DMARC1; p=reject; pct=50", DmarcPolicy::Reject),
        ] {
            assert_eq!(judged(record, spf(SpfOutcome::Fail, "example.jp"), &[]).await.policy, policy, "{record}");
        }
    }

    #[test]
    fn without_a_policy_alignment_is_still_told() {
        let from = domain("example.jp");
        let result = evaluate(Policy::NonePublished, Some(&from), &spf(SpfOutcome::Pass, "mail.example.jp"), &[]);
        assert_eq!((result.outcome, result.spf_aligned), (DmarcOutcome::None, true));
    }
}
