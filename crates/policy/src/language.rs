//! The two languages, and the sentences in them (Fluent files under `messages/`).
//!
//! Every reason id, class, action and reason has a sentence under its own name; a test compares both files with the
//! code. Titles of heuristic rules stand with the rules and pass through.

use std::sync::OnceLock;

use content::heuristics::RuleSet;
use controls::kinds::{INTERNET, PHONE_ABROAD};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// The Japanese sentences, as they stand in the repository.
pub const JA: &str = include_str!("../messages/ja.ftl");
/// The English ones.
pub const EN: &str = include_str!("../messages/en.ftl");

/// Categories of links that have a name in both languages.
pub const URL_CATEGORIES: [&str; 12] = [
    "adult",
    "gambling",
    "dating",
    "drugs",
    "violence",
    "weapons",
    "phishing",
    "malware",
    "fraud",
    "piracy",
    "proxy",
    "shortener",
];

/// A language that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 日本語.
    Ja,
    /// English.
    En,
}

impl Language {
    /// By `ja` or `en`, or by an Accept-Language value; Japanese where neither is asked for.
    pub fn of(text: &str) -> Self {
        for part in text.split(',') {
            let tag = part.trim().to_ascii_lowercase();
            if tag.starts_with("ja") {
                return Self::Ja;
            }
            if tag.starts_with("en") {
                return Self::En;
            }
        }
        Self::Ja
    }

    /// `ja` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }
}

/// The sentence with this id in a language, its arguments filled in. An id without a sentence gives the id itself.
/// Findings of heuristic rules (`heuristics-<rule>`) get the title of the rule that comes with the program; those of an
/// operator's own rules bring their titles along.
/// SpamAssassin's rules (`spamassassin-<rule>`) carry the words of the rule files with them.
pub fn sentence(language: Language, id: &str, arguments: &[(String, String)]) -> String {
    sentence_with(language, id, arguments, shipped_rules())
}

/// The same, with titles from these heuristic rules.
pub fn sentence_with(language: Language, id: &str, arguments: &[(String, String)], rules: &RuleSet) -> String {
    if id.starts_with("spamassassin-") {
        return filled(language, "spamassassin-rule", arguments);
    }
    if let Some(category) = id.strip_prefix("url-category-") {
        let mut arguments = arguments.to_vec();
        arguments.push(("category".into(), category_name(language, category)));
        return filled(language, "url-category", &arguments);
    }
    if let Some(kind) = id.strip_prefix("sender-kind-") {
        let mut arguments = arguments.to_vec();
        arguments.push(("kind".into(), kind_name(language, kind)));
        return filled(language, "sender-kind", &arguments);
    }
    match id.strip_prefix("heuristics-") {
        Some("rule" | "rule-found") | None => filled(language, id, arguments),
        Some(rule) => {
            let mut arguments = arguments.to_vec();
            let own = format!("title_{}", language.code());
            let own = arguments.iter().find(|(name, _)| *name == own).map(|(_, title)| title.clone());
            arguments.push(("title".into(), own.unwrap_or_else(|| title(language, rule, rules))));
            let found = arguments.iter().any(|(name, value)| name == "found" && !value.is_empty());
            filled(language, if found { "heuristics-rule-found" } else { "heuristics-rule" }, &arguments)
        }
    }
}

/// What a condition is called on the settings page, by the reason id that it acts on.
pub fn condition_name(language: Language, reason: &str) -> String {
    if let Some(rule) = reason.strip_prefix("spamassassin-") {
        return filled(language, "condition-spamassassin", &[("rule".into(), rule.into())]);
    }
    if let Some(category) = reason.strip_prefix("url-category-") {
        let named = [("category".into(), category_name(language, category))];
        return filled(language, "condition-url-category", &named);
    }
    if let Some(kind) = reason.strip_prefix("sender-kind-") {
        return filled(language, "condition-sender-kind", &[("kind".into(), kind_name(language, kind))]);
    }
    match reason.strip_prefix("heuristics-") {
        Some(rule) => {
            filled(language, "condition-heuristics", &[("title".into(), title(language, rule, shipped_rules()))])
        }
        None => filled(language, &format!("condition-{reason}"), &[]),
    }
}

/// What a category of links is called; one that only the operator's lists know keeps the name that they give it.
pub fn category_name(language: Language, category: &str) -> String {
    if URL_CATEGORIES.contains(&category) {
        return filled(language, &format!("category-{category}"), &[]);
    }
    category.to_owned()
}

/// What a kind of sender is called; one of an operator's profile keeps the id that stands there.
pub fn kind_name(language: Language, kind: &str) -> String {
    if matches!(kind, INTERNET | PHONE_ABROAD) {
        return filled(language, &format!("kind-{kind}"), &[]);
    }
    kind.to_owned()
}

/// Points as people read them: one digit after the point.
pub fn number(points: f64) -> String {
    // Not "-0.0".
    format!("{:.1}", if points.abs() < 0.05 { 0.0 } else { points })
}

fn title(language: Language, rule: &str, rules: &RuleSet) -> String {
    match (rules.get(rule), language) {
        (Some(rule), Language::Ja) => rule.title_ja.clone(),
        (Some(rule), Language::En) => rule.title_en.clone(),
        (None, _) => rule.to_owned(),
    }
}

fn filled(language: Language, id: &str, arguments: &[(String, String)]) -> String {
    let Some(bundle) = bundle(language) else { return id.to_owned() };
    let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else { return id.to_owned() };
    let mut values = FluentArgs::new();
    for (name, value) in arguments {
        values.set(name.as_str(), readable(name, value));
    }
    // A missing argument stays visible as {$name}; a test keeps the arguments of code and files together.
    bundle.format_pattern(pattern, Some(&values), &mut Vec::new()).into_owned()
}

/// Octets are shown as people say them.
fn readable(name: &str, value: &str) -> String {
    if name != "size" && name != "bound" {
        return value.to_owned();
    }
    match value.parse::<u64>() {
        Ok(octets) => octets_in_words(octets),
        Err(_) => value.to_owned(),
    }
}

fn octets_in_words(octets: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit, name) in UNITS {
        if octets >= unit {
            // Tenths in whole numbers, so that nothing is lost to rounding on the way.
            let tenths = octets.saturating_mul(10) / unit;
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{octets} B")
}

fn shipped_rules() -> &'static RuleSet {
    static RULES: OnceLock<RuleSet> = OnceLock::new();
    RULES.get_or_init(RuleSet::shipped)
}

fn bundle(language: Language) -> Option<&'static FluentBundle<FluentResource>> {
    static BUNDLES: [OnceLock<Option<FluentBundle<FluentResource>>>; 2] = [OnceLock::new(), OnceLock::new()];
    let (slot, text) = match language {
        Language::Ja => (&BUNDLES[0], JA),
        Language::En => (&BUNDLES[1], EN),
    };
    slot.get_or_init(|| read(language, text)).as_ref()
}

/// The files are part of the program and a test reads them; a fault in one shows ids in place of sentences.
fn read(language: Language, text: &str) -> Option<FluentBundle<FluentResource>> {
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(partly, _)| partly);
    let tag: LanguageIdentifier = language.code().parse().ok()?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The sentences go into HTML and terminals that mark directions themselves.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).ok()?;
    Some(bundle)
}
