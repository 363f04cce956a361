//! Random lists, address books and senders, through the real controls and `decide`, against a slow, plainly written copy of
//! what the page of lists says.

use bytes::Bytes;
use controls::facts::door::NOTHING;
use controls::inbound::control;
use controls::lists::{Entry, EntryAction, Pattern};
use controls::{Class, Fact, Facts, Mode};
use message::authentication::{
    ArcOutcome, DmarcOutcome, DmarcPolicy, DmarcResult, IprevOutcome, Proof, SpfIdentity, SpfOutcome, SpfResult,
};
use message::limits::LIMITS;
use message::{Address, Authentication, Body, Domain, Envelope, Headers, Peer, ReversePath, UnixMillis};
use policy::profile::AddressBookMode;
use policy::settings::{Layers, Step};
use policy::treatments::of_entry;
use policy::{Case, Disposition, LabelPlace, Layer, Settings, Treatment, decide};
use proptest::prelude::*;
use proptest::sample::select;

/// When the message comes.
const NOW: i64 = 1_000;
const ADDRESSES: [&str; 5] =
    ["a@shop.example", "b@shop.example", "a@news.shop.example", "ab@other.example", "09012345678@keitai.example"];
const PATTERNS: [&str; 10] = [
    "a@shop.example",
    "B@SHOP.example",
    "shop.example",
    "*.shop.example",
    "ab",
    "090-1234-5678",
    "*",
    "*@*",
    "no @",
    "other.example",
];

/// One message: who stands in From (`None`: a sender without an @), who in MAIL FROM, and how surely each is proven.
#[derive(Clone, Debug)]
struct Mail {
    from: Option<&'static str>,
    mail_from: Option<&'static str>,
    from_proof: Proof,
    envelope_proof: Proof,
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let ends = select(vec![None, None, Some(UnixMillis(NOW)), Some(UnixMillis(NOW + 1))]);
    let then = select(vec![
        None,
        None,
        Some(EntryAction::Junk),
        Some(EntryAction::UnknownUser),
        Some(EntryAction::SurelySpam),
    ]);
    let entry = (select(PATTERNS.to_vec()), any::<bool>(), ends, then).prop_map(|(text, even, expires, then)| Entry {
        even_if_unverified: even,
        expires,
        then,
        ..Entry::new(Pattern::parse(text).expect("a pattern"))
    });
    proptest::collection::vec(entry, 0..4)
}

fn mail() -> impl Strategy<Value = Mail> {
    let proof = || select(vec![Proof::Proven, Proof::Unproven, Proof::Unknown]);
    let who = || proptest::option::weighted(0.8, select(ADDRESSES.to_vec()));
    (who(), who(), proof(), proof()).prop_map(|(from, mail_from, from_proof, envelope_proof)| Mail {
        from,
        mail_from,
        from_proof,
        envelope_proof,
    })
}

/// Whether a pattern means a sender, said once more in other words.
fn means(pattern: &str, sender: &str) -> bool {
    let (local, domain) = sender.split_once('@').expect("an address");
    match pattern {
        "*" | "*@*" => true,
        "no @" => false,
        "shop.example" | "other.example" => domain == pattern,
        "*.shop.example" => domain == "shop.example" || domain.ends_with(".shop.example"),
        "ab" => sender.contains("ab"),
        "+819012345678" => local == "09012345678",
        address => sender == address,
    }
}

/// What the page of lists says will happen, and whether the message is spam for it.
fn reference(mail: &Mail, layer: &Layer, settings: &Settings) -> (Treatment, bool) {
    let in_force = |entry: &&Entry| entry.expires.is_none_or(|end| end.0 > NOW);
    let senders: Vec<&str> = mail.from.into_iter().chain(mail.mail_from).collect();
    for step in &settings.order {
        match step {
            Step::Refuse => {
                for entry in layer.refuse.iter().filter(in_force) {
                    let text = entry.pattern.text();
                    let bare = mail.from.is_none() && (text == "no @" || text == "*" || text == "+819012345678");
                    let nobody = text == "*";
                    if senders.iter().any(|sender| means(&text, sender)) || bare || nobody {
                        return match entry.then {
                            None => (settings.refused, false),
                            Some(EntryAction::SurelySpam) => (settings.action(Class::Spam), true),
                            Some(then) => (of_entry(then).expect("an action"), false),
                        };
                    }
                }
            }
            Step::Receive => {
                if helped(mail, layer, settings) {
                    return (Treatment::DELIVER, false);
                }
            }
            Step::Conditions => {
                if let Some(then) = settings.conditions.get("sender-unlisted")
                    && !listed_and_proven(mail, layer)
                {
                    return (*then, false);
                }
            }
            Step::Keywords | Step::Threshold => {}
        }
    }
    (Treatment::DELIVER, false)
}

/// A receive entry, or one of the address book in use, helps a proven sender; any sender where entry or settings say so.
fn helped(mail: &Mail, layer: &Layer, settings: &Settings) -> bool {
    any_entry(mail, layer, |proof, even| proof == Proof::Proven || even || !settings.allow_requires_auth)
}

fn listed_and_proven(mail: &Mail, layer: &Layer) -> bool {
    any_entry(mail, layer, |proof, even| proof == Proof::Proven || even)
}

fn any_entry(mail: &Mail, layer: &Layer, enough: impl Fn(Proof, bool) -> bool) -> bool {
    let uses_book = layer.address_book_mode.is_some_and(|mode| mode != AddressBookMode::Unused);
    let book = if uses_book { layer.address_book.as_slice() } else { &[] };
    let mut found = false;
    for (sender, proof) in [(mail.from, mail.from_proof), (mail.mail_from, mail.envelope_proof)] {
        for entry in layer.receive.iter().chain(book) {
            let in_force = entry.expires.is_none_or(|end| end.0 > NOW);
            let is_meant = sender.is_some_and(|sender| means(&entry.pattern.text(), sender));
            found |= in_force && is_meant && enough(proof, entry.even_if_unverified);
        }
    }
    found
}

fn authentication(mail: &Mail) -> Authentication {
    let spf = match mail.envelope_proof {
        Proof::Proven => SpfOutcome::Pass,
        Proof::Unproven => SpfOutcome::None,
        Proof::Unknown => SpfOutcome::TempError,
    };
    let result = |identity, outcome| SpfResult {
        identity,
        domain: None,
        outcome,
        explanation: None,
        mechanism: None,
        why: String::new(),
    };
    Authentication {
        spf: result(SpfIdentity::MailFrom, spf),
        spf_helo: result(SpfIdentity::Helo, SpfOutcome::None),
        pra: None,
        dkim: Vec::new(),
        arc: ArcOutcome::None,
        arc_why: String::new(),
        dmarc: DmarcResult {
            outcome: match mail.from_proof {
                Proof::Proven => DmarcOutcome::Pass,
                Proof::Unproven => DmarcOutcome::None,
                Proof::Unknown => DmarcOutcome::TempError,
            },
            from: None,
            policy: DmarcPolicy::None,
            spf_aligned: false,
            dkim_aligned: mail.from_proof == Proof::Proven,
            why: String::new(),
        },
        iprev: IprevOutcome::Pass,
        iprev_name: None,
        from_domain: mail.from.and_then(|from| Domain::parse(from.split('@').nth(1)?).ok()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn lists_do_what_their_page_says(
        mail in mail(),
        receive in entries(),
        refuse in entries(),
        book in entries(),
        mode in select(vec![None, Some(AddressBookMode::Unused), Some(AddressBookMode::First), Some(AddressBookMode::Only)]),
        unlisted in any::<bool>(),
        proven_only in any::<bool>(),
        order in Just(vec![Step::Refuse, Step::Receive, Step::Conditions]).prop_shuffle(),
    ) {
        let refused = Treatment { then: Disposition::Trash, label: LabelPlace::None };
        let held = Treatment::JUNK;
        let mut layer = Layer {
            receive: receive.into_iter().map(|entry| Entry { then: None, ..entry }).collect(),
            refuse,
            address_book: book.into_iter().map(|entry| Entry { then: None, ..entry }).collect(),
            address_book_mode: mode,
            refused: Some(refused),
            allow_requires_auth: Some(proven_only),
            order: Some(order),
            ..Layer::default()
        };
        if unlisted {
            layer.conditions.insert("sender-unlisted".into(), held);
        }
        let settings = Settings::resolve(&Layers { subscriber: Some((1, layer.clone().into())), ..Layers::default() });
        let authentication = authentication(&mail);
        let actual = authentication.proof();
        let envelope_proven = authentication.mail_from_proven();
        // What can be said of the two proofs hangs together in real messages; only such are tried.
        prop_assume!(actual == mail.from_proof);
        prop_assume!(envelope_proven == (mail.envelope_proof == Proof::Proven));
        let from = mail.from.unwrap_or("09012345678");
        let raw = Bytes::from(format!("From: {from}\r\nSubject: x\r\n\r\nx\r\n"));
        let headers = Headers::parse(raw, &LIMITS);
        let envelope = Envelope {
            peer: Peer::at(std::net::IpAddr::from([192, 0, 2, 1])),
            mail_from: mail.mail_from.map_or(ReversePath::Null, |text| {
                ReversePath::Address(Address::parse(text).expect("an address"))
            }),
            smtp_utf8: false,
            body: Body::SevenBit,
            received_at: UnixMillis(NOW),
        };
        let facts = Facts {
            envelope: &envelope,
            recipient: None,
            own_addresses: &[],
            size: 1,
            headers: Fact::Known(&headers),
            authentication: Fact::Known(&authentication),
            from_domain: Fact::NotAsked,
            message: Fact::NotAsked,
            bayes: Fact::NotAsked,
            heuristics: Fact::NotAsked,
            signatures: Fact::NotAsked,
            url_categories: Fact::NotAsked,
            link_lists: Fact::NotAsked,
            virus: Fact::NotAsked,
            yara: Fact::NotAsked,
            spamassassin: Fact::NotAsked,
            sent_today: None,
            door: &NOTHING,
        };
        let mut findings = Vec::new();
        for name in ["refuse_list", "receive_list", "address_book", "sender_unlisted"] {
            let control = control(name).expect("a control");
            if settings.runs(control) {
                let judged = (control.judge)(&facts, &settings.controls);
                findings.extend(judged.findings.into_iter().map(|finding| (finding, Mode::Enforce)));
            }
        }
        let decision = decide(&Case { duty: false, proof: actual, findings: &findings, unknown: &[] }, &settings);
        let (treatment, spam) = reference(&mail, &layer, &settings);
        prop_assert_eq!(decision.treatment, treatment, "{:?}", findings);
        prop_assert_eq!(decision.verdict.class == Class::Spam, spam);
    }
}
