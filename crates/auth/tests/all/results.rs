//! The header fields we write: right for a good sender, and closed to whatever a bad one puts into them.

use std::net::IpAddr;

use auth::results::{authentication_results, forged, received_spf};
use message::authentication::{
    ArcOutcome, DkimOutcome, DkimResult, DmarcOutcome, DmarcPolicy, DmarcResult, IprevOutcome, SpfIdentity, SpfOutcome,
    SpfResult,
};
use message::{Authentication, ReversePath};
use proptest::prelude::*;

use crate::sample::{HOST, Sample, authenticate, envelope};

#[tokio::test]
async fn a_good_sender_reads_like_the_rfc() {
    let sample = Sample::new();
    let mut results = authenticate(&sample.zone, HOST, &sample.message).await;
    results.dkim[0].signature_start = Some("AbC/+1==".into());
    let field = authentication_results("mx.example.com", HOST.into(), &results);
    assert_eq!(
        field,
        "Authentication-Results: mx.example.com;\r\n\
         \tspf=pass\r\n\t smtp.mailfrom=example.jp;\r\n\
         \tspf=pass\r\n\t smtp.helo=mail.example.jp;\r\n\
         \tdkim=pass\r\n\t header.d=example.jp\r\n\t header.s=sel\r\n\t header.a=ed25519-sha256\r\n\t header.b=\"AbC/+1==\";\r\n\
         \tarc=none;\r\n\
         \tdmarc=pass (p=reject)\r\n\t header.from=example.jp;\r\n\
         \tiprev=pass\r\n\t policy.iprev=192.0.2.25 (mail.example.jp)\r\n"
    );
    let own = 0..field.len();
    assert_eq!(forged(format!("{field}{}", sample.message).as_bytes(), "mx.example.com"), [own]);
    assert_eq!(
        received_spf("mx.example.com", &envelope(HOST), &results.spf),
        "Received-SPF: pass (mx.example.com: example.jp lets the host send)\r\n\
         \treceiver=mx.example.com;\r\n\tclient-ip=192.0.2.25;\r\n\tidentity=mailfrom;\r\n\
         \tenvelope-from=\"hanako@example.jp\";\r\n\thelo=mail.example.jp;\r\n\tmechanism=\"a:mail.example.jp\"\r\n"
    );
}

#[tokio::test]
async fn people_and_programs_can_read_it() {
    let sample = Sample::new();
    let results = authenticate(&sample.zone, HOST, &sample.message).await;
    let table = auth::report::table(&results);
    for expected in [
        "SPF of MAIL FROM  pass",
        "DKIM",
        "example.jp / sel",
        "asks for: reject",
        "Proven: the message comes from example.jp.",
    ] {
        assert!(table.contains(expected), "{expected} is not in\n{table}");
    }
    let json = auth::report::json(&results).expect("json");
    assert_eq!(json["proof"], "proven");
    assert_eq!(json["dkim"][0]["domain"], "example.jp");
    assert_eq!(json["spf"]["outcome"], "pass");
}

/// What a stranger may choose, in every place where a stranger may choose something.
fn filled_with(text: &str) -> Authentication {
    let some = || Some(text.to_owned());
    let spf = |identity| SpfResult {
        identity,
        domain: some(),
        outcome: SpfOutcome::PermError,
        explanation: some(),
        mechanism: some(),
        why: text.into(),
    };
    Authentication {
        spf: spf(SpfIdentity::MailFrom),
        spf_helo: spf(SpfIdentity::Helo),
        pra: Some(spf(SpfIdentity::Pra)),
        dkim: vec![DkimResult {
            outcome: DkimOutcome::Fail,
            domain: some(),
            selector: some(),
            algorithm: some(),
            signature_start: some(),
            why: text.into(),
        }],
        arc: ArcOutcome::Fail,
        arc_why: text.into(),
        dmarc: DmarcResult {
            outcome: DmarcOutcome::Fail,
            from: some(),
            policy: DmarcPolicy::Reject,
            spf_aligned: false,
            dkim_aligned: false,
            why: text.into(),
        },
        iprev: IprevOutcome::Fail,
        iprev_name: some(),
        from_domain: None,
    }
}

/// The field must be one field: printable lines, all but the first folded.
fn check_is_one_field(field: &str) -> Result<(), TestCaseError> {
    let lines: Vec<&str> = field.split("\r\n").collect();
    let (last, lines) = lines.split_last().expect("a line");
    prop_assert_eq!(*last, "", "{}", field);
    for (index, line) in lines.iter().enumerate() {
        prop_assert!(line.chars().all(|c| c.is_ascii_graphic() || c == ' ' || c == '\t'), "{:?}", line);
        prop_assert!(index == 0 || line.starts_with('\t'), "{:?}", line);
        prop_assert!(!line.trim().is_empty() && line.len() < 998, "{:?}", line);
    }
    Ok(())
}

/// Takes out what is quoted or a comment, as a reader of RFC 8601 does.
fn bare(field: &str) -> String {
    let mut bare = String::new();
    let (mut quoted, mut depth, mut chars) = (false, 0, field.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted || depth > 0 => drop(chars.next()),
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => depth -= 1,
            c if !quoted && depth == 0 => bare.push(c),
            _ => {}
        }
    }
    assert!(!quoted && depth == 0, "left open: {field}");
    bare
}

proptest! {
    #[test]
    fn nobody_can_write_into_our_results(text in "(?s).{0,80}|[ -~\r\n\t;=()\"\\\\]{0,300}|\"?; ?(dkim|spf)=pass.{0,5}") {
        let results = filled_with(&text);
        let field = authentication_results("mx.example.com", IpAddr::from([192, 0, 2, 1]), &results);
        check_is_one_field(&field)?;
        let bare = bare(&field);
        let said: Vec<&str> = bare.split(';').skip(1).filter_map(|part| part.split_whitespace().next()).collect();
        let expected = [
            "spf=permerror", "spf=permerror", "sender-id=permerror", "dkim=fail", "arc=fail", "dmarc=fail", "iprev=fail",
        ];
        prop_assert_eq!(said, expected, "{}", field);
    }

    #[test]
    fn nobody_can_write_into_received_spf(text in "(?s).{0,80}|[ -~\r\n\t;=()\"\\\\]{0,300}") {
        let mut envelope = envelope([192, 0, 2, 1]);
        envelope.peer.helo = Some(text.clone());
        if let Ok(address) = message::Address::new(&text, message::Domain::parse("example.jp").expect("a domain")) {
            envelope.mail_from = ReversePath::Address(address);
        }
        let field = received_spf("mx.example.com", &envelope, &filled_with(&text).spf);
        check_is_one_field(&field)?;
        let keys: Vec<String> = bare(&field)
            .trim_start_matches("Received-SPF: permerror ")
            .split(';')
            .filter_map(|pair| pair.trim().split_once('=').map(|(key, _)| key.to_owned()))
            .collect();
        let expected = ["receiver", "client-ip", "identity", "envelope-from", "helo", "mechanism", "problem"];
        prop_assert_eq!(keys, expected, "{}", field);
    }

    #[test]
    fn the_table_obeys_nobody(text in "(?s).{0,80}") {
        let table = auth::report::table(&filled_with(&text));
        prop_assert!(table.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert_eq!(table.lines().count(), 10);
    }
}
