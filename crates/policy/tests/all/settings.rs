//! Layers put together, and layers that cannot be taken.

use controls::inbound::{CONTROLS, control};
use controls::{Mode, Stage};
use policy::consent::DefaultOn;
use policy::settings::{ContentBasis, KEYS, Layers, Origin};
use policy::{Disposition, Layer, Settings, Treatment};

fn layer(json: &str) -> Layer {
    Layer::from_json(json).unwrap_or_else(|e| panic!("{e}"))
}

fn layers(operator: &str, group: &str, subscriber: &str) -> Layers {
    Layers {
        operator: Some((7, layer(operator).into())),
        group: Some((8, layer(group).into())),
        subscriber: Some((9, layer(subscriber).into())),
        contract: None,
    }
}

const AGREED: &str = r#""consent":{"given":true,"at":1,"text":2}"#;
const ALL_FIVE: &str = r#""default_on":{"changeable_any_time":true,"same_terms_otherwise":true,
    "scope_is_limited":true,"typically_agreeable":true,"told_beforehand":true}"#;

#[test]
fn the_uppermost_layer_that_sets_a_value_wins_and_is_named() {
    let settings = Settings::resolve(&layers(
        r#"{"threshold":6.0,"suspect":2.0,"label":"[spam]","actions":{"spam":{"then":"delete"}}}"#,
        r#"{"threshold":7.0,"modes":{"html":"observe"}}"#,
        &format!(r#"{{{AGREED},"threshold":8.0,"conditions":{{"html-present":{{"then":"junk"}}}}}}"#),
    ));
    assert_eq!((settings.threshold, settings.suspect), (8.0, 2.0));
    assert_eq!(settings.action(controls::Class::Spam).then, Disposition::Delete);
    assert_eq!(settings.action(controls::Class::Phishing), Treatment::JUNK);
    assert_eq!(settings.controls.mode("html"), Mode::Observe);
    assert_eq!(settings.versions, [7, 8, 9]);
    for (key, origin) in [
        ("threshold", Origin::Subscriber),
        ("suspect", Origin::Operator),
        ("modes.html", Origin::Group),
        ("actions.spam", Origin::Operator),
        ("actions.phishing", Origin::Shipped),
        ("conditions.html-present", Origin::Subscriber),
        ("retention_days", Origin::Shipped),
    ] {
        assert_eq!(settings.origin_of(key), origin, "{key}");
    }
}

#[test]
fn lists_and_rules_add_up_the_persons_first() {
    let entries = |name: &str| {
        format!(
            r#"{{"receive":[{{"kind":"domain","text":"{name}.example"}}],"keywords":[{{"rule":{{"id":"r","conditions":
            [{{"field":"subject","kind":"contains","text":"{name}"}}]}},"then":{{"then":"junk"}}}}]}}"#
        )
    };
    let subscriber = entries("own").replacen('{', &format!("{{{AGREED},"), 1);
    let settings = Settings::resolve(&layers(&entries("operator"), &entries("group"), &subscriber));
    let receive: Vec<String> = settings.controls.receive.entries().iter().map(|entry| entry.pattern.text()).collect();
    assert_eq!(receive, ["own.example", "group.example", "operator.example"]);
    let rules: Vec<&str> = settings.controls.keywords.iter().map(|rule| rule.rule().id.as_str()).collect();
    assert_eq!(rules, ["r", "group/r", "operator/r"]);
    assert_eq!(settings.keyword_treatments.len(), 3);
    assert_eq!(settings.origin_of("receive.group.example"), Origin::Group);
}

#[test]
fn consent_is_the_persons_or_the_operators_default_not_withdrawn() {
    let basis = |operator: &str, subscriber: &str| {
        let layers = layers(&format!("{{{operator}}}"), "{}", &format!("{{{subscriber}}}"));
        let settings = Settings::resolve(&layers);
        assert_eq!(settings.content_allowed, settings.content_basis != ContentBasis::None);
        settings.content_basis
    };
    let withdrawn = AGREED.replace("true", "false");
    assert_eq!(basis("", ""), ContentBasis::None);
    assert_eq!(basis("", AGREED), ContentBasis::Consent { at: message::UnixMillis(1), text: 2 });
    assert_eq!(basis(ALL_FIVE, ""), ContentBasis::DefaultOn);
    assert_eq!(basis(ALL_FIVE, &withdrawn), ContentBasis::None);
    for condition in ["changeable_any_time", "same_terms_otherwise", "scope_is_limited", "typically_agreeable"] {
        let four = ALL_FIVE.replace(&format!("\"{condition}\":true"), &format!("\"{condition}\":false"));
        assert_eq!(basis(&four, ""), ContentBasis::None, "{condition}");
    }
    assert!(!DefaultOn::default().holds());
    let operator = Settings::for_operator(&layers("{}", "{}", "{}"));
    assert!(operator.content_allowed);
}

#[test]
fn without_consent_only_authentication_and_what_was_asked_for_run() {
    let nothing = Settings::resolve(&Layers::default());
    // What only the door asks is the operator's to switch, and reads nothing.
    let of_the_message = || CONTROLS.iter().filter(|control| control.stages.contains(&Stage::Data));
    let running: Vec<&str> =
        of_the_message().filter(|control| nothing.runs(control)).map(|control| control.name).collect();
    assert_eq!(running, ["reputation", "authentication"]);
    let json = r#"{"conditions":{"no-subject":{"then":"junk"},"html-present":{"then":"junk"}},
        "refuse":[{"kind":"everyone"}]}"#;
    let own = Settings::resolve(&Layers { subscriber: Some((1, layer(json).into())), ..Layers::default() });
    let running: Vec<&str> = of_the_message().filter(|control| own.runs(control)).map(|control| control.name).collect();
    assert_eq!(running, ["reputation", "refuse_list", "authentication", "no_subject"], "HTML is content");
    let others = Settings::resolve(&Layers { operator: Some((1, layer(json).into())), ..Layers::default() });
    assert!(!others.runs(control("no_subject").expect("a control")), "what others set up is not asked for");
    assert!(others.conditions.is_empty() && others.controls.refuse.is_empty());
}

#[test]
fn a_control_that_is_off_does_not_run() {
    let json = format!(r#"{{{AGREED},"modes":{{"bayes":"off"}}}}"#);
    let settings = Settings::resolve(&Layers { subscriber: Some((1, layer(&json).into())), ..Layers::default() });
    assert!(!settings.runs(control("bayes").expect("a control")));
    assert!(settings.runs(control("heuristics").expect("a control")));
}

#[test]
fn suspect_never_lies_above_the_threshold() {
    let settings = Settings::resolve(&layers(r#"{"suspect":4.0}"#, "{}", r#"{"threshold":2.0}"#));
    assert_eq!((settings.threshold, settings.suspect), (2.0, 2.0));
}

#[test]
fn every_key_is_known() {
    let full = Layer {
        default_on: Some(DefaultOn::default()),
        threshold: Some(5.0),
        suspect: Some(3.0),
        sender_id: Some(true),
        keep_recent: Some(true),
        header_view: Some(true),
        profile: Some(Box::new(policy::Profile::shipped())),
        ..layer(&format!(
            r#"{{{AGREED},"actions":{{"spam":{{"then":"junk"}}}},"label":"[x]","receive":[{{"kind":"everyone"}}],
            "refuse":[{{"kind":"everyone"}}],"refused":{{"then":"refuse"}},"allow_requires_auth":false,"order":["receive"],
            "conditions":{{"no-from":{{"then":"junk"}}}},"size_at_least":1,"size_at_most":2,"keywords":[{{"rule":{{"id":"a",
            "conditions":[{{"field":"body","kind":"contains","text":"x"}}]}},"then":{{"then":"junk"}}}}],
            "retention_days":7,"modes":{{"size":"off"}},"unknown":{{"virus":{{"then":"defer"}}}},"language":"en",
            "signature_level":"middle","preset":"child","impersonation":"high","impersonation_then":{{"then":"refuse"}},
            "impersonation_domains":["example.com"],"impersonation_exceptions":["example.net"],
            "rescue":[{{"field":"to","text":"club@"}}],"address_book":[{{"kind":"address","text":"a@example.jp"}}],
            "address_book_mode":"first","refusal_notice":false,"secret_code":"1234","trash_days":28,"furigana":true,"digest":{{"send":"off"}}}}"#
        ))
    };
    let json = full.to_json();
    assert_eq!(layer(&json), full);
    let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let mut keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    let mut known = KEYS.to_vec();
    keys.sort_unstable();
    known.sort_unstable();
    assert_eq!(keys, known);
}

#[test]
fn what_is_wrong_is_said_with_its_field() {
    let rows = [
        ("nonsense", "", "not JSON"),
        ("[]", "", "JSON object"),
        (r#"{"treshold":5}"#, "treshold", "did you mean \"threshold\""),
        (r#"{"threshold":"five"}"#, "threshold", "invalid type"),
        (r#"{"consent":{"given":"yes","at":1,"text":1}}"#, "consent", "expected a boolean"),
        (r#"{"default_on":{"told_beforhand":true}}"#, "default_on", "did you mean \"told_beforehand\""),
        (r#"{"refused":{"then":"junk","lable":"header"}}"#, "refused", "did you mean \"label\""),
        (r#"{"threshold":0}"#, "threshold", "above 0"),
        (r#"{"threshold":1e9}"#, "threshold", "at most 100"),
        (r#"{"threshold":2,"suspect":3}"#, "suspect", "above the threshold"),
        (r#"{"retention_days":0}"#, "retention_days", "between 1 and"),
        (r#"{"label":"a\r\nb"}"#, "label", "control characters"),
        (r#"{"label":" "}"#, "label", "1 to 32"),
        (r#"{"conditions":{"html-presnt":{"then":"junk"}}}"#, "conditions.html-presnt", "\"html-present\""),
        (r#"{"conditions":{"html-present":{"then":"junck"}}}"#, "conditions.html-present", "did you mean \"junk\""),
        (r#"{"conditions":{"html-present":{"then":"defer"}}}"#, "conditions.html-present", "for ever"),
        (r#"{"actions":{"spma":{"then":"junk"}}}"#, "actions.spma", "did you mean \"spam\""),
        (r#"{"modes":{"baies":"off"}}"#, "modes.baies", "did you mean \"bayes\""),
        (r#"{"order":["receive","receive"]}"#, "order", "twice"),
        (r#"{"receive":[{"kind":"everyone"},{"kind":"domain"}]}"#, "receive[1]", "text"),
        (r#"{"receive":[{"kind":"domain","text":"A.example"}]}"#, "receive[0].text", "write it as a.example"),
        (r#"{"refuse":[{"kind":"address","text":"nobody"}]}"#, "refuse[0].text", "@"),
        (r#"{"size_at_least":10,"size_at_most":5}"#, "size_at_least", "above size_at_most"),
        (
            r#"{"keywords":[{"rule":{"id":"a/b","conditions":[{"field":"body","kind":"contains","text":"x"}]},
                "then":{"then":"junk"}}]}"#,
            "keywords[0].rule.id",
            "no slash",
        ),
        (
            r#"{"keywords":[{"rule":{"id":"a","conditions":[]},"then":{"then":"junk"}}]}"#,
            "keywords[0].rule.conditions",
            "",
        ),
    ];
    for (json, field, problem) in rows {
        let Err(bad) = Layer::from_json(json) else { panic!("{json} was taken") };
        assert_eq!(bad.field, field, "{bad}");
        assert!(bad.problem.contains(problem), "{bad}");
    }
}

#[test]
fn consent_and_default_on_stand_in_their_own_layers_only() {
    let default_on = format!("{{{ALL_FIVE}}}");
    let consent = format!("{{{AGREED}}}");
    assert!(Layer::from_json_of(Origin::Operator, &default_on).is_ok());
    assert!(Layer::from_json_of(Origin::Subscriber, &consent).is_ok());
    assert_eq!(Layer::from_json_of(Origin::Subscriber, &default_on).map_err(|e| e.field), Err("default_on".into()));
    assert_eq!(Layer::from_json_of(Origin::Operator, &consent).map_err(|e| e.field), Err("consent".into()));
}

proptest::proptest! {
    #[test]
    fn no_layer_makes_it_panic(
        key in proptest::sample::select(KEYS.to_vec()),
        value in r#"(null|true|-?[0-9]{1,20}|1e999|"[^"\\\\]{0,8}"|\[\{"kind":"[a-z]{1,6}","text":"[^"\\\\]{0,12}"\}\]|\{"[a-z-]{1,8}":\{"then":"junk"\}\})"#,
    ) {
        if let Ok(layer) = Layer::from_json(&format!(r#"{{"{key}":{value}}}"#)) {
            assert_eq!(Layer::from_json(&layer.to_json()), Ok(layer), "what was taken can be stored and read");
        }
    }
}

#[test]
fn only_the_person_can_agree_to_have_messages_kept() {
    let keeps = |operator: &str, person: &str| Settings::resolve(&layers(operator, "{}", person)).keeps_recent();
    let own = format!(r#"{{{AGREED},"keep_recent":true}}"#);
    assert!(keeps("{}", &own));
    assert!(!keeps(r#"{"keep_recent":true}"#, &format!("{{{AGREED}}}")));
    assert!(!keeps("{}", r#"{"keep_recent":true}"#), "without consent to filtering nothing is kept");
}
