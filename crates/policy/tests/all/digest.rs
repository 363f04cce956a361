//! Keys of a profile that are followed since they have somebody to follow them: the digest, how scores are shown, filters.

use controls::{Finding, Mode};
use message::UnixMillis;
use message::authentication::Proof;
use policy::contract::Period;
use policy::explain::explain;
use policy::profile::{Exceeded, Feature, ScoreShown};
use policy::settings::{Layers, Origin};
use policy::{Case, Contract, Digest, Language, Layer, Profile, Settings, decide};

fn daily() -> Digest {
    Digest::Every { hours: 24, at: 7, days: Vec::new(), also_empty: false }
}

fn profile(toml: &str) -> Profile {
    Profile::from_toml(toml).unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn settings(profile: &Profile, subscriber: &str) -> Settings {
    let operator = Layer { profile: Some(Box::new(profile.clone())), ..Layer::default() };
    let own = Layer::from_json(subscriber).unwrap_or_else(|wrong| panic!("{wrong}"));
    Settings::resolve(&Layers {
        operator: Some((1, operator.into())),
        group: None,
        subscriber: Some((2, own.into())),
        contract: None,
    })
}

#[test]
fn a_choice_survives_storing_and_what_cannot_be_is_refused() {
    let all = [
        Digest::Off,
        Digest::EachMessage,
        daily(),
        Digest::Every { hours: 168, at: 23, days: vec![1, 7], also_empty: true },
    ];
    for digest in all {
        let layer = Layer { digest: Some(digest), ..Layer::default() };
        assert_eq!(Layer::from_json(&layer.to_json()), Ok(layer));
    }
    for wrong in [
        r#"{"send":"every","hours":0,"at":7}"#,
        r#"{"send":"every","hours":5,"at":7}"#,
        r#"{"send":"every","hours":25,"at":7}"#,
        r#"{"send":"every","hours":696,"at":7}"#,
        r#"{"send":"every","hours":24,"at":24}"#,
        r#"{"send":"every","hours":24,"at":7,"days":[0]}"#,
        r#"{"send":"every","hours":24,"at":7,"days":[8]}"#,
        r#"{"send":"sometimes"}"#,
    ] {
        assert!(Layer::from_json(&format!(r#"{{"digest":{wrong}}}"#)).is_err(), "{wrong} was taken");
    }
}

#[test]
fn a_person_chooses_what_is_offered_and_keeps_what_was() {
    let daily_only = profile("name = \"x\"\n[digest]\nevery_hours = [24]\n");
    let notices = profile("name = \"x\"\n[digest]\neach_message = true\n");
    let chosen = |digest| Layer { digest: Some(digest), ..Layer::default() };
    let (none, off) = (Layer::default(), chosen(Digest::Off));
    assert_eq!(daily_only.measure(&none, &chosen(daily()), ""), Ok(()));
    assert_eq!(notices.measure(&none, &chosen(Digest::EachMessage), ""), Ok(()));
    for (profile, wanted) in [(&notices, daily()), (&daily_only, Digest::EachMessage)] {
        let refused = profile.measure(&none, &chosen(wanted.clone()), "");
        assert!(matches!(refused, Err(Exceeded::NotOffered("digest", _))), "{refused:?}");
        assert_eq!(profile.measure(&chosen(wanted.clone()), &chosen(wanted), ""), Ok(()), "what was chosen stays");
        assert_eq!(profile.measure(&none, &off, ""), Ok(()));
    }
    let without = profile(
        "name = \"x\"\n[digest]\nevery_hours = [24]\nby_default = true\n[entitlements]\nnot_in = { \"*\" = [\"digest\"], \"paid\" = [] }\n",
    );
    assert_eq!(without.measure(&none, &chosen(daily()), ""), Err(Exceeded::NotIncluded(Feature::Digest)));
    assert_eq!(without.measure(&none, &chosen(daily()), "paid"), Ok(()));
    let nobody = settings(&without, "{}");
    assert_eq!((nobody.digest.clone(), nobody.origin_of("digest")), (daily(), Origin::Operator));
    let now = UnixMillis(1_000);
    let contract = |group: &str, option: Option<Period>| Contract {
        group: group.into(),
        options: option.map(|period| (Feature::Digest, period)).into_iter().collect(),
        ..Contract::default()
    };
    let of = |group: &str, option| nobody.digest_in_force(&without, &contract(group, option), now);
    assert_eq!(of("", None), Digest::Off, "a contract without it has none by default");
    assert_eq!(of("paid", None), daily());
    let dates = |from, until| Some(Period { from: Some(UnixMillis(from)), until: Some(UnixMillis(until)) });
    assert_eq!(of("", dates(900, 1_100)), daily(), "an option of its own opens it, for its days");
    assert_eq!(of("", dates(1_001, 1_100)), Digest::Off, "not before");
    assert_eq!(of("", dates(900, 1_000)), Digest::Off, "nor after");
    let own = settings(&without, r#"{"digest":{"send":"every","hours":24,"at":9}}"#);
    assert!(
        matches!(own.digest_in_force(&without, &contract("", None), now), Digest::Every { at: 9, .. }),
        "what was chosen before stays"
    );
    assert_eq!(settings(&Profile::shipped(), "{}").digest, Digest::Off, "the shipped default is off");
}

#[test]
fn a_profile_that_cannot_be_followed_is_not_taken() {
    for (toml, key) in [
        ("[digest]\nfields = [\"colour\"]\n", "digest"),
        ("[digest]\nevery_hours = [7]\n", "digest"),
        ("[digest]\noriginal_attached = true\n", "digest"),
        ("[digest]\nby_default = true\n", "digest"),
        ("filters = [\"oracle\"]\n", "filters"),
    ] {
        let wrong = Profile::from_toml(&format!("name = \"x\"\n{toml}")).expect_err(toml);
        assert_eq!(wrong.key, key, "{toml}: {wrong}");
    }
}

#[test]
fn filters_that_a_profile_does_not_name_do_not_run() {
    let mode = |filters: &str, subscriber: &str, control: &str| {
        settings(&profile(&format!("name = \"x\"\nfilters = {filters}\n")), subscriber).controls.mode(control)
    };
    let own = r#"{"modes":{"bayes":"enforce"}}"#;
    let usual = |control| settings(&Profile::shipped(), "{}").controls.mode(control);
    for control in ["bayes", "heuristics", "spamassassin", "signatures"] {
        assert_eq!(mode("[]", "{}", control), usual(control));
        assert_eq!(mode("[\"automatic\"]", "{}", control), usual(control));
    }
    assert_eq!(mode("[\"signature\"]", "{}", "bayes"), Mode::Off);
    assert_eq!(mode("[\"signature\"]", "{}", "heuristics"), Mode::Off);
    assert_eq!(mode("[\"signature\"]", "{}", "signatures"), usual("signatures"));
    assert_eq!(mode("[\"heuristic\"]", "{}", "spamassassin"), usual("spamassassin"));
    assert_eq!(mode("[\"signature\"]", own, "bayes"), Mode::Enforce, "a mode of a layer stands above");
}

#[test]
fn a_score_is_said_as_the_operator_shows_it() {
    let findings =
        [(Finding::seen("bayes", "bayes-spam").worth(6.2).with("percent", "97").with("words", "x"), Mode::Enforce)];
    let said = |shown: &str, language| {
        let profile = profile(&format!("name = \"x\"\n[levels]\nshown = \"{shown}\"\n"));
        let settings = settings(&profile, r#"{"consent":{"given":true,"at":1,"text":1}}"#);
        let case = Case { duty: false, proof: Proof::Unproven, findings: &findings, unknown: &[] };
        let explanation = explain(&decide(&case, &settings), &settings, language);
        let points: Vec<_> = explanation.seen.iter().map(|line| line.points).collect();
        (points, [explanation.class, explanation.reason, explanation.otherwise.unwrap_or_default()].join("\n"))
    };
    for language in [Language::Ja, Language::En] {
        let (points, text) = said("points", language);
        assert_eq!(points, [Some(6.2)]);
        assert!(text.contains("6.2") && text.contains("5.0"), "{text}");
        let (points, text) = said("percent", language);
        assert_eq!(points, [None]);
        assert!(text.contains("99 %") && !text.contains("6.2") && !text.contains("5.0"), "{text}");
        let (points, text) = said("level", language);
        assert_eq!(points, [None]);
        assert!(!text.chars().any(|c| c.is_ascii_digit()), "{text}");
        assert!(!text.contains('{') && !text.contains('$'), "{text}");
    }
    assert_eq!(ScoreShown::Points.said(6.2), "6.2");
}
