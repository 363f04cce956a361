//! Rule files as they are written: conditions, and errors that say where they are.

use spamassassin::{RuleFile, RuleSet};

use super::{hits, parse};

const MAIL: &str = "Subject: x\n\nfree\n";

#[test]
fn conditions_choose_lines() {
    let rules = "ifplugin Mail::SpamAssassin::Plugin::BodyEval\nbody LOADED /free/\nelse\nbody WRONG_1 /free/\nendif\n\
        ifplugin Mail::SpamAssassin::Plugin::TextCat\nbody WRONG_2 /free/\nif (version >= 3.004000)\nbody WRONG_3 /free/\n\
        endif\nelse\nbody NOT_LOADED /free/\nendif\n\
        if (version >= 4.000000) && !plugin(Mail::SpamAssassin::Plugin::TextCat)\nbody NEW /free/\nendif\n\
        if can(Mail::SpamAssassin::Conf::feature_bug6558_free)\nbody CAN /free/\nendif\n\
        if (version < 4.000000)\nno such keyword\nendif\n\
        body COMMENT /free/ # a comment\nbody HASH /fre\\#/\n";
    assert_eq!(hits(rules, MAIL), ["LOADED", "NOT_LOADED", "NEW", "CAN", "COMMENT"]);
}

#[test]
fn later_lines_win() {
    assert_eq!(hits("body A /nothing/\nbody A /free/\n", MAIL), ["A"]);
    assert_eq!(hits("loadplugin Mail::SpamAssassin::Plugin::Our\nifplugin Our\nbody A /free/\nendif\n", MAIL), ["A"]);
}

#[test]
fn errors_name_file_and_line() {
    let cases = [
        ("body A /free/\nbody B /fr(ee/\n", 2, "a parenthesis is never closed"),
        ("body A /free/\nscoer A 1\n", 2, "did you mean `score`?"),
        ("score A many\n", 1, "`many` is not a score"),
        ("score A 1 2\n", 1, "needs one number or four"),
        ("\nif (version >= 4)\nbody A /x/\n", 2, "never closed by `endif`"),
        ("endif\n", 1, "`endif` without `if`"),
        ("else\n", 1, "`else` without `if`"),
        ("if (what)\nendif\n", 1, "`what` is nothing that a condition can ask"),
        ("meta A (B && C\n", 1, "a parenthesis is never closed"),
        ("meta A B &&& C\n", 1, "not expected here"),
        ("header A Subject /x/\n", 1, "a header rule is"),
        ("body 9A /x/\n", 1, "is not a name for a rule"),
        ("body A\n", 1, "A says nothing"),
        ("header A eval:check_for_missing_to_header\n", 1, "a call is needed"),
        ("body A /(?:(?:a{1000}){1000}){9}/\n", 1, "too large"),
        ("trusted_networks 192.0.2.0/99\n", 1, "is not a network"),
        ("include other.cf\n", 1, "is not followed"),
        ("body A /a\0b/\n", 1, "this is no text"),
        ("uri_detail A text = /x/\n", 1, "a uri_detail rule is"),
    ];
    for (text, line, problem) in cases {
        let error = parse(text).expect_err(text);
        assert_eq!((error.file.as_str(), error.line), ("own.cf", line), "{text:?}: {error}");
        assert!(error.to_string().contains(problem), "{text:?}: {error}");
    }
}

#[test]
fn an_error_names_the_file_it_is_in() {
    let file = |name: &str, text: &str| RuleFile { name: name.into(), text: text.into() };
    let error =
        RuleSet::parse(&[file("one.cf", "body A /x/\n"), file("two.cf", "\n\nbody B /[/\n")]).expect_err("a bracket");
    assert_eq!(error.to_string(), "two.cf:3: B: a bracket is never closed");
}

#[test]
fn what_cannot_run_is_listed_with_the_reason() {
    let set =
        parse("header A eval:check_of_another_world('x')\nbody B /\\p{L}/\nurirhssub C example. A 2\nbody D /x/\n")
            .unwrap_or_else(|error| panic!("{error}"));
    let reasons: Vec<String> =
        set.unusable().iter().map(|one| format!("{} {} {}", one.rule, one.place, one.reason)).collect();
    let expected = [
        "A own.cf:1 calls check_of_another_world, which is not here",
        "B own.cf:2 \\p is not supported in patterns",
        "C own.cf:3 asks a list on the network",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(set.count().running, 1);
}
