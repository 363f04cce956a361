//! The shipped rules, swept; and what a wrong rule file is told.

use std::collections::HashSet;

use content::heuristics::{HeuristicFacts, RuleSet};

use crate::mail::{envelope, letter};

#[test]
fn every_rule_has_titles_in_both_languages_and_tests_of_both_kinds() {
    let rules = RuleSet::shipped();
    assert!(rules.rules().len() >= 40, "only {} rules", rules.rules().len());
    let mut titles = HashSet::new();
    for rule in rules.rules() {
        assert!(!rule.hits.is_empty(), "{}: no test that hits", rule.id);
        assert!(!rule.misses.is_empty(), "{}: no test that misses", rule.id);
        assert!(!rule.title_ja.is_ascii(), "{}: no Japanese title", rule.id);
        assert!(rule.title_en.is_ascii(), "{}: no English title", rule.id);
        assert!(
            titles.insert(rule.title_ja.clone()) && titles.insert(rule.title_en.clone()),
            "{}: title taken",
            rule.id
        );
        assert!(rule.points.abs() < 5.0, "{}: no rule reaches the threshold alone", rule.id);
    }
}

#[test]
fn the_tests_beside_the_rules_hold() {
    let failing = RuleSet::shipped().failing_trials();
    assert!(failing.is_empty(), "{}", failing.join("\n"));
}

#[test]
fn nothing_depends_on_the_year() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the rules are part of the crate") {
        let path = entry.expect("readable").path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files += 1;
            let text = std::fs::read_to_string(&path).expect("readable");
            for line in text.lines().filter(|line| line.starts_with("when") || line.starts_with("  {")) {
                let years = line.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 4);
                let year = years.into_iter().find(|run| run.starts_with("19") || run.starts_with("20"));
                assert_eq!(year, None, "{}: {line}", path.display());
            }
        }
    }
    assert!(files >= 7, "only {files} rule files");
}

#[test]
fn a_wrong_rule_file_is_told_file_line_field_and_the_nearest_key() {
    let good = "[[rule]]\nid = 'a'\npoints = 1.0\ntitle_ja = 'あ'\ntitle_en = 'a'\nwhen = { is = 'link-lies' }\n";
    assert!(RuleSet::parse("own.toml", good).is_ok());
    let rows = [
        ("[[rule]\n", "own.toml:1: toml: "),
        (&*good.replace("title_en", "tilte_en"), "own.toml:5: tilte_en: not known here; did you mean `title_en`?"),
        (&good.replace("is = ", "iss = "), "own.toml:6: iss: not known here; did you mean `is`?"),
        (
            &good.replace("link-lies", "link-lie"),
            "own.toml:6: a.when.is: no fact `link-lie`; did you mean `link-lies`?",
        ),
        (
            &good.replace("is = 'link-lies'", "number = { of = 'link', at_least = 1 }"),
            "own.toml:6: a.when.number.of: no number `link`; did you mean `links`?",
        ),
        (&good.replace("is = 'link-lies'", "body = '('"), "own.toml:6: a.when.body: unclosed group"),
        (&good.replace("is = 'link-lies'", "body = '(?=a)b'"), "own.toml:6: a.when.body: look-around"),
        (&good.replace("is = 'link-lies'", "body = '.*'"), "own.toml:6: a.when.body: the pattern matches everything"),
        (&good.replace("is = 'link-lies'", "body = '(a{1000}){1000}'"), "own.toml:6: a.when.body: "),
        (&good.replace("1.0", "99.0"), "own.toml:3: a.points: points are from -10 to 10"),
        (&good.replace("'あ'", "' '"), "own.toml:2: a.title_ja: a title is needed in both languages"),
        (&format!("{good}{good}"), "own.toml:8: a.id: this id is taken by the rule at own.toml:2"),
    ];
    for (text, expected) in rows {
        let error = RuleSet::parse("own.toml", text).expect_err(expected).to_string();
        assert!(error.starts_with(expected), "expected {expected}, got {error}");
    }
}

#[test]
fn deeply_nested_conditions_are_refused() {
    let nested = format!("{}{{ is = 'link-lies' }}{}", "{ not = ".repeat(40), " }".repeat(40));
    let text = format!("[[rule]]\nid = 'a'\npoints = 1.0\ntitle_ja = 'あ'\ntitle_en = 'a'\nwhen = {nested}\n");
    assert!(RuleSet::parse("own.toml", &text).is_err());
}

/// A digest of the news names mortgages, shares and pills; who sells, sells one thing.
#[test]
fn of_goods_named_together_the_heaviest_alone_counts() {
    let rules = RuleSet::shipped();
    let envelope = envelope("news@example.com");
    let goods = |text: &str| {
        let message = letter("news@example.com", "the week", text);
        let hits = rules.evaluate(&HeuristicFacts { message: &message, envelope: &envelope, authentication: None });
        let named = hits.into_iter().filter(|hit| rules.get(&hit.rule).is_some_and(|rule| rule.goods));
        named.map(|hit| hit.points).collect::<Vec<f64>>()
    };
    let [mortgage, pills, shares] =
        ["Mortgage rates fell again.", "A maker of viagra reported losses.", "Analysts call it a penny stock."];
    let alone: Vec<f64> = [mortgage, pills, shares].iter().flat_map(|text| goods(text)).collect();
    assert_eq!(alone.len(), 3, "each by itself counts in full: {alone:?}");
    let together = goods(&[mortgage, pills, shares].join(" "));
    let heaviest = alone.iter().copied().fold(0.0, f64::max);
    assert_eq!(together.len(), 3, "all are still named: {together:?}");
    assert!((together.iter().sum::<f64>() - heaviest).abs() < 1e-9, "{together:?}, {heaviest}");
}
