//! Tables that facts look things up in: brands posed as, shorteners, free mail, cheap top-level domains.

use std::sync::LazyLock;

use message::Domain;
use serde::Deserialize;

/// The shipped tables.
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    toml::from_str(include_str!("../../rules/tables/tables.toml"))
        .expect("a test reads the shipped tables, which are part of the program")
});

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
    /// Whether a folded text names it: as a whole word where the word is Latin.
    pub(super) fn in_text(&self, text: &str) -> bool {
        self.words.iter().any(|word| has_word(text, word))
    }

    /// Whether a host has the name between dots and hyphens.
    pub(super) fn in_host(&self, host: &str) -> bool {
        host.split(['.', '-']).any(|label| self.words.iter().any(|word| word == label))
    }

    /// Whether the domain is its own.
    pub(super) fn owns(&self, domain: &Domain) -> bool {
        let name = domain.as_str();
        self.domains
            .iter()
            .any(|own| name == own || name.strip_suffix(own.as_str()).is_some_and(|head| head.ends_with('.')))
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        !word.is_ascii() || (edge(text[..at].chars().next_back()) && edge(text[at + word.len()..].chars().next()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_names_are_whole_words_and_japanese_ones_are_not() {
        assert!(has_word("your paypal account", "paypal"));
        assert!(!has_word("paypals", "paypal"));
        assert!(has_word("楽天市場より", "楽天市場"));
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
