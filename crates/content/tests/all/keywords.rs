//! Keyword rules: every field and kind of match, disguise, joining, and what a wrong rule is told.

use content::keywords::{Condition, Field, Join, KeywordRule, MatchKind};
use message::Message;

use crate::mail::{envelope, mail};

fn rule(field: Field, kind: MatchKind, text: &str) -> KeywordRule {
    let conditions = vec![Condition { field, kind, text: text.into() }];
    KeywordRule { id: "r1".into(), name: String::new(), enabled: true, join: Join::All, conditions }
}

fn sample() -> Message {
    mail(
        "Return-Path: <bounce@mailer.example.com>\nReceived: from relay.example.net by mx.example.jp with ESMTP; \
         Fri, 3 Jan 2020 12:00:00 +0900\nFrom: 店長 <Info@Shop.Example.com>\nTo: hanako@example.jp\nCc: taro@example.jp\n\
         Date: Fri, 3 Jan 2020 12:00:00 +0900\nX-Mailer: Bulk Sender 9\nX-Campaign: summer\n\
         Subject: Ｆｒｅｅ r_e_p_l_c_@ ロレックス",
        "本日限り、無\u{200b}料でお届け。出★会★い",
    )
}

#[test]
fn every_field_and_kind_matches() {
    use MatchKind::{Contains, Exact, Prefix, Suffix, Wildcard};
    let rows = [
        (Field::FromAddress, Exact, "info@shop.example.com", true),
        (Field::FromAddress, Exact, "bounce@mailer.example.com", true),
        (Field::FromAddress, Exact, "shop.example.com", false),
        (Field::FromDomain, Exact, "shop.example.com", true),
        (Field::FromDomain, Exact, "example.com", true),
        (Field::FromDomain, Exact, "ample.com", false),
        (Field::Subject, Prefix, "free", true),
        (Field::Subject, Suffix, "ロレックス", true),
        (Field::Subject, Suffix, "free", false),
        (Field::Subject, Wildcard, "*ロレ?クス", true),
        (Field::Subject, Wildcard, "ロレ*", false),
        (Field::To, Contains, "hanako@", true),
        (Field::Cc, Contains, "hanako@", false),
        (Field::Cc, Exact, "taro@example.jp", true),
        (Field::Date, Contains, "+0900", true),
        (Field::Received, Contains, "relay.example.net", true),
        (Field::ReturnPath, Contains, "mailer.example.com", true),
        (Field::XMailer, Wildcard, "bulk sender *", true),
        (Field::ContentType, Prefix, "text/plain", true),
        (Field::Charset, Exact, "utf-8", true),
        (Field::Charset, Exact, "gb2312", false),
        (Field::Header("x-campaign".into()), Exact, "Summer", true),
        (Field::Header("x-other".into()), Contains, "a", false),
        (Field::AllHeaders, Prefix, "x-campaign: ", true),
        (Field::Body, Contains, "本日限り", true),
        (Field::Body, Contains, "明日", false),
    ];
    let (message, envelope) = (sample(), envelope("<bounce@mailer.example.com>"));
    for (field, kind, text, expected) in rows {
        let rule = rule(field.clone(), kind, text);
        assert_eq!(rule.validate(), Ok(()), "{text}");
        assert_eq!(rule.matches(&message, &envelope).is_some(), expected, "{field:?} {kind:?} {text}");
    }
}

#[test]
fn disguise_does_not_help() {
    let (message, envelope) = (sample(), envelope("<>"));
    for (field, text) in [
        (Field::Subject, "free"),
        (Field::Subject, "replca"),
        (Field::Subject, "r_e_p_l_c_@"),
        (Field::Body, "無料"),
        (Field::Body, "出会い"),
        (Field::FromAddress, "ＩＮＦＯ＠shop"),
    ] {
        let found = rule(field.clone(), MatchKind::Contains, text).matches(&message, &envelope);
        assert!(found.is_some(), "{text} in {field:?}");
    }
    let short = rule(Field::Subject, MatchKind::Contains, "el");
    assert_eq!(short.matches(&message, &envelope), None, "short words are not looked for in the squeezed form");
}

#[test]
fn conditions_are_joined() {
    let (message, envelope) = (sample(), envelope("<>"));
    let mut rule = rule(Field::Subject, MatchKind::Contains, "free");
    rule.conditions.push(Condition { field: Field::Body, kind: MatchKind::Contains, text: "明日".into() });
    assert_eq!(rule.matches(&message, &envelope), None);
    rule.join = Join::Any;
    let found = rule.matches(&message, &envelope).expect("one is enough");
    assert_eq!((found.rule.as_str(), found.condition.text.as_str()), ("r1", "free"));
    assert!(found.found.contains("free"), "{}", found.found);
    rule.enabled = false;
    assert_eq!(rule.matches(&message, &envelope), None);
}

#[test]
fn wrong_rules_name_the_field() {
    let rows = [
        (rule(Field::Subject, MatchKind::Contains, "  "), "conditions[0].text: there is nothing to look for"),
        (rule(Field::Subject, MatchKind::Contains, "a\nb"), "conditions[0].text: a keyword is one line"),
        (rule(Field::Subject, MatchKind::Wildcard, "**"), "conditions[0].text: this would match everything"),
        (
            rule(Field::Subject, MatchKind::Contains, &"x".repeat(501)),
            "conditions[0].text: a keyword has at most 500 characters",
        ),
        (
            rule(Field::Header("a b".into()), MatchKind::Contains, "x"),
            "conditions[0].field: this is not the name of a header field",
        ),
        (
            KeywordRule { conditions: vec![], ..rule(Field::Body, MatchKind::Exact, "x") },
            "conditions: a rule needs at least one condition",
        ),
        (KeywordRule { id: " ".into(), ..rule(Field::Body, MatchKind::Exact, "x") }, "id: an id is needed"),
    ];
    for (rule, expected) in rows {
        assert_eq!(rule.validate().map_err(|error| error.to_string()), Err(expected.to_owned()));
    }
}

#[test]
fn rules_are_kept_as_json_and_toml() {
    let rule = rule(Field::Header("X-Campaign".into()), MatchKind::Wildcard, "sum*");
    let json = serde_json::to_string(&rule).expect("serialises");
    assert_eq!(serde_json::from_str::<KeywordRule>(&json).expect("reads"), rule);
    let text = toml::to_string(&rule).expect("serialises");
    assert_eq!(toml::from_str::<KeywordRule>(&text).expect("reads"), rule);
    let short = "id = 'a'\nconditions = [{ field = 'subject', kind = 'contains', text = 'x' }]\n";
    let short: KeywordRule = toml::from_str(short).expect("what is left out has a default");
    assert!(short.enabled && short.join == Join::All);
    assert!(
        toml::from_str::<KeywordRule>("id = 'a'\nconditions = []\nconditons = []\n").is_err(),
        "unknown keys are refused"
    );
}
