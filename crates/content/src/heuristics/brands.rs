//! Tables that facts look things up in: brands posed as, shorteners, free mail, cheap top-level domains.

use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use message::Domain;
use serde::Deserialize;

/// The shipped tables.
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    toml::from_str(include_str!("../../rules/tables/tables.toml"))
        .expect("a test reads the shipped tables, which are part of the program")
});

/// The brands' words, looked for together.
static WORDS: LazyLock<Words> = LazyLock::new(|| Words::of(&TABLES.brands));

/// The first brand, in the order of the table, that a folded text names: as a whole word where the word is Latin.
pub(super) fn named(text: &str) -> Option<&'static Brand> {
    let words = &*WORDS;
    let found = words.automaton.find_overlapping_iter(text).filter(|found| is_word(text, found.start(), found.end()));
    let first = found.filter_map(|found| words.owners.get(found.pattern().as_usize()).copied()).min()?;
    TABLES.brands.get(first)
}

/// The brands that a host has the name of between dots and hyphens.
pub(super) fn in_host(host: &str) -> impl Iterator<Item = &'static Brand> {
    let labels = host.split(['.', '-']).filter_map(|label| WORDS.labels.get(label));
    labels.flatten().filter_map(|&brand| TABLES.brands.get(brand))
}

/// One pass over a text for all brands.
struct Words {
    automaton: AhoCorasick,
    /// The brand of each word.
    owners: Vec<usize>,
    /// The brands of a word.
    labels: HashMap<&'static str, Vec<usize>>,
}

impl Words {
    fn of(brands: &'static [Brand]) -> Self {
        let all = || brands.iter().enumerate().flat_map(|(brand, it)| it.words.iter().map(move |word| (brand, word)));
        let mut labels: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for (brand, word) in all() {
            labels.entry(word).or_default().push(brand);
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(all().map(|(_, word)| word));
        Self {
            automaton: automaton.expect("a test reads the shipped tables, whose words are few"),
            owners: all().map(|(brand, _)| brand).collect(),
            labels,
        }
    }
}

/// See `rules/tables/tables.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tables {
    pub(super) shorteners: Vec<String>,
    pub(super) free_mail: Vec<String>,
    pub(super) cheap_tops: Vec<String>,
    #[serde(rename = "brand")]
    pub(super) brands: Vec<Brand>,
}

/// A name that phishing poses as.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Brand {
    /// As people write it.
    pub(super) name: String,
    /// Folded words any of which names it.
    words: Vec<String>,
    /// Its own domains; names below them are its own too.
    domains: Vec<String>,
}

impl Brand {
    /// Whether the domain is its own.
    pub(super) fn owns(&self, domain: &Domain) -> bool {
        let name = domain.as_str();
        self.domains
            .iter()
            .any(|own| name == own || name.strip_suffix(own.as_str()).is_some_and(|head| head.ends_with('.')))
    }
}

/// Whether what stands there is a whole word, which only Latin ones have to be.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    !text[start..end].is_ascii() || (edge(text[..start].chars().next_back()) && edge(text[end..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_names_are_whole_words_and_japanese_ones_are_not() {
        let named = |text| named(text).map(|brand| brand.words.iter().any(|word| text.contains(word.as_str())));
        assert_eq!(named("your paypal account"), Some(true));
        assert_eq!(named("paypals"), None);
        assert_eq!(named("楽天市場より"), Some(true));
        assert!(in_host("secure-paypal.example.com").any(|brand| brand.words.iter().any(|word| word == "paypal")));
        assert!(in_host("paypals.example.com").next().is_none());
    }

    #[test]
    fn tables_are_folded_and_domains_are_domains() {
        for brand in &TABLES.brands {
            assert!(!brand.words.is_empty() && !brand.domains.is_empty(), "{}", brand.name);
            for word in &brand.words {
                assert_eq!(&message::normal::fold(word), word, "{}", brand.name);
            }
            for domain in &brand.domains {
                assert_eq!(Domain::parse(domain).map(|d| d.to_string()), Ok(domain.clone()), "{}", brand.name);
            }
        }
    }
}
