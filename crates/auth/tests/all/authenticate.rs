//! Everything together: what passes, what breaks it, and what happens when DNS does not answer.

use std::time::Duration;

use auth::dns::{Failure, Zone};
use message::Authentication;
use message::authentication::{ArcOutcome, DkimOutcome, DmarcOutcome, DmarcPolicy, IprevOutcome, Proof, SpfOutcome};

use crate::sample::{HOST, MESSAGE, Sample, WholeBody, authenticate};

#[tokio::test]
async fn a_good_sender_passes_everything() {
    let sample = Sample::new();
    let results = authenticate(&sample.zone, HOST, &sample.message).await;
    assert_eq!((results.spf.outcome, results.spf_helo.outcome), (SpfOutcome::Pass, SpfOutcome::Pass));
    assert_eq!(results.spf.mechanism.as_deref(), Some("a:mail.example.jp"));
    assert_eq!(results.dkim.iter().map(|one| one.outcome).collect::<Vec<_>>(), [DkimOutcome::Pass], "{results:?}");
    assert_eq!((results.dmarc.outcome, results.dmarc.policy), (DmarcOutcome::Pass, DmarcPolicy::Reject));
    assert_eq!((results.iprev, results.arc, &results.pra), (IprevOutcome::Pass, ArcOutcome::None, &None));
    assert_eq!((results.proof(), results.from_domain.expect("a domain").as_str()), (Proof::Proven, "example.jp"));
}

#[tokio::test]
async fn a_stranger_who_uses_the_name_fails() {
    let sample = Sample::new();
    let results = authenticate(&sample.zone, [198, 51, 100, 1], MESSAGE).await;
    assert_eq!(results.spf.outcome, SpfOutcome::Fail);
    assert_eq!(results.spf.explanation.as_deref(), Some("198.51.100.1 may not send for example.jp"));
    assert_eq!(results.dmarc.outcome, DmarcOutcome::Fail);
    assert_eq!((results.iprev, results.proof()), (IprevOutcome::Fail, Proof::Unproven));
}

#[tokio::test]
async fn what_is_changed_after_signing_does_not_pass() {
    let sample = Sample::new();
    for (from, to) in [
        ("lunch\r\n", "dinner\r\n"),
        ("at noon", "at one"),
        ("noon?\r\n", "noon?\r\nAnd send money.\r\n"),
        ("hanako@example.jp", "taro@example.jp"),
        ("a=ed25519-sha256", "a=rsa-sha256"),
        ("s=sel", "s=gone"),
        ("d=example.jp", "d=example.com"),
        ("bh=", "l=0; bh="),
    ] {
        let message = sample.message.replacen(from, to, 1);
        assert_ne!(message, sample.message, "{from}");
        let results = authenticate(&sample.zone, [198, 51, 100, 1], &message).await;
        assert_ne!(results.dkim[0].outcome, DkimOutcome::Pass, "{from}");
        assert_eq!(results.proof(), Proof::Unproven, "{from}");
    }
}

#[tokio::test]
async fn a_second_from_leaves_nothing_to_prove() {
    let sample = Sample::new();
    for added in ["From: ceo@example.com\r\n", "from : ceo@example.com\r\n", "FROM:\r\n ceo@example.com\r\n"] {
        let results = authenticate(&sample.zone, HOST, &format!("{added}{}", sample.message)).await;
        assert_eq!((results.dmarc.outcome, &results.from_domain), (DmarcOutcome::None, &None), "{added:?}");
        assert_eq!(results.proof(), Proof::Unproven, "{added:?}");
    }
    let two = sample.message.replace("<hanako@example.jp>", "<hanako@example.jp>, ceo@example.com");
    assert_eq!(authenticate(&sample.zone, HOST, &two).await.proof(), Proof::Unproven);
}

#[tokio::test]
async fn only_the_first_signatures_are_looked_at() {
    let sample = Sample::new();
    let forged = "DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=YQ==; b=YQ==\r\n".repeat(500);
    let results = authenticate(&sample.zone, HOST, &format!("{forged}{}", sample.message)).await;
    assert_eq!(results.dkim.len(), 10);
    assert!(sample.zone.asked().len() < 30, "{:?}", sample.zone.asked());
}

fn is_open(results: &Authentication) -> bool {
    results.spf.outcome == SpfOutcome::TempError
        && results.spf_helo.outcome == SpfOutcome::TempError
        && results.dkim.iter().all(|one| one.outcome == DkimOutcome::TempError)
        && results.dmarc.outcome == DmarcOutcome::TempError
        && results.iprev == IprevOutcome::TempError
        && results.proof() == Proof::Unknown
}

#[tokio::test(start_paused = true)]
async fn silent_dns_ends_at_the_deadline_and_nothing_passes() {
    let sample = Sample::new();
    let begun = tokio::time::Instant::now();
    let results = authenticate(&sample.zone.silent(), HOST, &sample.message).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    assert_eq!(results.dkim.len(), 1);
    assert!(is_open(&results), "{results:?}");
}

#[tokio::test(start_paused = true)]
async fn slow_dns_leaves_open_what_took_too_long() {
    let sample = Sample::new();
    // One answer comes in time; SPF needs two.
    let results = authenticate(&sample.zone.slow(Duration::from_secs(6)), HOST, &sample.message).await;
    assert_eq!(results.dkim[0].outcome, DkimOutcome::Pass);
    assert_eq!(results.dmarc.outcome, DmarcOutcome::Pass);
    assert_eq!((results.spf.outcome, results.iprev), (SpfOutcome::TempError, IprevOutcome::TempError));
}

#[tokio::test]
async fn failing_dns_is_unknown() {
    let sample = Sample::new();
    let mut zone = Zone::new().fails("25.2.0.192.in-addr.arpa", Failure::Refused);
    for name in ["example.jp", "mail.example.jp", "sel._domainkey.example.jp", "_dmarc.example.jp"] {
        zone = zone.fails(name, Failure::ServerFailure);
    }
    let results = authenticate(&zone, HOST, &sample.message).await;
    assert!(is_open(&results), "{results:?}");
}

/// Whatever single name DNS fails for: what did not pass before does not pass now.
#[tokio::test]
async fn no_single_failure_makes_anything_pass() {
    let bad = |failing: Option<&str>| {
        let zone = Zone::new()
            .txt("example.jp", "v=spf1 ptr:x.example include:two.example mx exists:%{i}.x.example -all")
            .txt("two.example", "v=spf1 a:three.example ?all")
            .txt("mail.example.jp", "v=spf1 -all")
            .a("three.example", [198, 51, 100, 9])
            .mx("example.jp", 10, "three.example")
            .ptr([203, 0, 113, 7], "host.example")
            .a("host.example", [203, 0, 113, 8])
            .txt("_dmarc.example.jp", "v=DMARC1; p=reject");
        failing.iter().fold(zone, |zone, name| zone.fails(name, Failure::ServerFailure))
    };
    let sample = Sample::new();
    let message = sample.message.replace("lunch", "dinner");
    let whole = bad(None);
    let plain = authenticate(&whole, [203, 0, 113, 7], &message).await;
    assert_eq!((plain.spf.outcome, plain.proof()), (SpfOutcome::Fail, Proof::Unproven), "{plain:?}");
    let mut names: Vec<String> =
        whole.asked().iter().filter_map(|asked| asked.split_once(' ').map(|(_, name)| name.to_owned())).collect();
    names.sort();
    names.dedup();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let results = authenticate(&bad(Some(&name)), [203, 0, 113, 7], &message).await;
        assert_ne!(results.spf.outcome, SpfOutcome::Pass, "{name}");
        assert!(results.dkim.iter().all(|one| one.outcome != DkimOutcome::Pass), "{name}");
        assert_ne!(results.dmarc.outcome, DmarcOutcome::Pass, "{name}");
        assert_ne!(results.iprev, IprevOutcome::Pass, "{name}");
        assert_ne!(results.proof(), Proof::Proven, "{name}");
    }
}

#[tokio::test]
async fn hostile_messages_come_through() {
    let sample = Sample::new();
    let long = format!("From: {}@example.jp\r\n\r\n", "a".repeat(1_000_000));
    let deep = format!("Authentication-Results: {}\r\nFrom: a@example.jp\r\n\r\n", "(".repeat(100_000));
    let zero = "From: a\0b@example.jp\r\nDKIM-Signature: \0\r\n\r\n\0".to_owned();
    for message in [String::new(), "\r\n".into(), "x".into(), long, deep, zero, "\r\n\r\n".repeat(1_000)] {
        let results = authenticate(&sample.zone, [198, 51, 100, 1], &message).await;
        assert_ne!(results.proof(), Proof::Proven);
    }
}

#[tokio::test]
async fn keys_that_are_withdrawn_or_broken_are_permanent_errors() {
    let sample = Sample::new();
    for (record, outcome) in [
        ("v=DKIM1; k=ed25519; p=".to_owned(), DkimOutcome::PermError),
        ("v=DKIM1; k=ed25519; p=AAAA".to_owned(), DkimOutcome::Fail),
        ("v=DKIM2; p=AAAA".to_owned(), DkimOutcome::PermError),
        ("something else".to_owned(), DkimOutcome::PermError),
        (format!("{}; s=other", sample.key), DkimOutcome::PermError),
        (format!("{}; h=sha1", sample.key), DkimOutcome::PermError),
        (format!("{}; t=s; s=email; h=sha256:sha1; n=x;;", sample.key), DkimOutcome::Pass),
    ] {
        let zone = Zone::new().txt("sel._domainkey.example.jp", &record);
        let results = authenticate(&zone, HOST, &sample.message).await;
        assert_eq!(results.dkim[0].outcome, outcome, "{record}: {results:?}");
    }
    let results = authenticate(&Zone::new(), HOST, &sample.message).await;
    assert_eq!((results.dkim[0].outcome, results.spf.outcome), (DkimOutcome::PermError, SpfOutcome::None));
}

#[tokio::test]
async fn what_is_added_below_a_counted_body_is_not_vouched_for() {
    let sample = Sample::signed(WholeBody::Counted);
    assert!(sample.message.contains("l=16"), "{}", sample.message);
    let whole = authenticate(&sample.zone, HOST, &sample.message).await;
    assert_eq!(whole.dkim[0].outcome, DkimOutcome::Pass, "{whole:?}");
    let added = format!("{}Please send money.\r\n", sample.message);
    let partial = authenticate(&sample.zone, [198, 51, 100, 1], &added).await;
    assert_eq!((partial.dkim[0].outcome, partial.proof()), (DkimOutcome::Policy, Proof::Unproven), "{partial:?}");
    let cut = sample.message.replace("noon?\r\n", "\r\n");
    let shorter = authenticate(&sample.zone, HOST, &cut).await;
    assert_eq!(shorter.dkim[0].outcome, DkimOutcome::PermError, "{shorter:?}");
}

/// An RSA key of 512 bits, which anybody can factor.
const SHORT_KEY: &str = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAM4ehl0oaHsLDwqcS4B72poDn122Uwe5RjQBZAfRPnMvB8EiBZng7ABXTAVR54ZE\
     YtTz16gAuDEJ22YVP9iRvYcCAwEAAQ==";

#[tokio::test]
async fn short_keys_do_not_count() {
    let sample = Sample::new();
    let message = sample.message.replace("a=ed25519-sha256", "a=rsa-sha256");
    let zone = Zone::new().txt("sel._domainkey.example.jp", format!("v=DKIM1; p={SHORT_KEY}"));
    let results = authenticate(&zone, HOST, &message).await;
    assert_eq!(results.dkim[0].outcome, DkimOutcome::Policy, "{results:?}");
    assert!(results.dkim[0].why.contains("512 bits"), "{results:?}");
}

/// A signature that has expired, at the time the message came and not at that of the test.
#[tokio::test]
async fn expired_signatures_fail() {
    let sample = Sample::new();
    let (before, rest) = sample.message.split_once("; t=").expect("a time");
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let value = |until: i64| format!("{before}; t=1; x={until}{rest}");
    let expired = authenticate(&sample.zone, HOST, &value(1_779_999_999)).await;
    assert!(expired.dkim[0].why.contains("expired"), "{expired:?}");
    let valid = authenticate(&sample.zone, HOST, &value(1_780_000_001)).await;
    // Its time is not over, but it was changed above.
    assert_eq!(valid.dkim[0].outcome, DkimOutcome::Fail, "{valid:?}");
    assert!(!valid.dkim[0].why.contains("expired"), "{valid:?}");
}
