//! Names that phishing poses as, with the domains that are really theirs: the shipped ones and the operator's own.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use message::Domain;
use serde::Deserialize;

use super::resemble::Looks;
use super::tables::with_parents;

/// The shipped brands.
static SHIPPED: LazyLock<Arc<Brands>> = LazyLock::new(|| {
    let brands = Brands::default().and(SHIPPED_NAME, SHIPPED_TEXT);
    Arc::new(brands.expect("a test reads the shipped brands, which are part of the program"))
});

const SHIPPED_NAME: &str = "brands.toml";
const SHIPPED_TEXT: &str = include_str!("../../rules/tables/brands.toml");

/// Brands of one file.
const LIMIT: usize = 10_000;

/// A name that phishing poses as.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// As people write it.
    pub name: String,
    /// Folded words any of which names it.
    pub words: Vec<String>,
    /// Words in host names that stand for it. Where left out: its Latin words of four letters or more.
    #[serde(default)]
    pub hosts: Option<Vec<String>>,
    /// Its own domains; names below them are its own too.
    pub domains: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    brand: Vec<Brand>,
}

/// Why a file of brands cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct BrandError {
    /// The file as it was named.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

/// Brands ready to be looked for.
#[derive(Debug, Default)]
pub struct Brands {
    brands: Vec<Brand>,
    /// Every word of every brand; `of` gives the brand of each.
    words: Option<AhoCorasick>,
    of: Vec<usize>,
    owners: HashMap<String, usize>,
    pub(super) looks: Looks,
}

impl Brands {
    /// Those that come with the program.
    pub fn shipped() -> Arc<Self> {
        SHIPPED.clone()
    }

    /// The shipped ones and those of a file.
    pub fn with_file(name: &str, text: &str) -> Result<Self, BrandError> {
        Self { brands: SHIPPED.brands.clone(), ..Self::default() }.and(name, text)
    }

    /// With those of a TOML text: `[[brand]]` with name, words, domains and optionally hosts.
    fn and(mut self, file: &str, text: &str) -> Result<Self, BrandError> {
        let wrong = |at: usize, problem: String| BrandError {
            file: file.to_owned(),
            line: text.get(..at).unwrap_or(text).matches('\n').count() + 1,
            problem,
        };
        let read: File = toml::from_str(text)
            .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
        if self.brands.len() + read.brand.len() > LIMIT {
            return Err(wrong(0, format!("more than {LIMIT} brands")));
        }
        for mut brand in read.brand {
            let at = text.find(&format!("\"{}\"", brand.name)).unwrap_or(0);
            for word in &mut brand.words {
                *word = message::normal::fold(word);
            }
            brand.words.retain(|word| !word.is_empty());
            if brand.words.is_empty() || brand.domains.is_empty() {
                return Err(wrong(at, format!("{}: a brand needs words and domains", brand.name)));
            }
            for domain in &mut brand.domains {
                let parsed =
                    Domain::parse(domain).map_err(|bad| wrong(at, format!("{}: {domain}: {bad}", brand.name)))?;
                *domain = parsed.to_string();
            }
            self.brands.push(brand);
        }
        self.ready().map_err(|problem| wrong(0, problem))
    }

    fn ready(mut self) -> Result<Self, String> {
        let mut words = Vec::new();
        self.of.clear();
        for (number, brand) in self.brands.iter().enumerate() {
            for word in &brand.words {
                words.push(word.as_str());
                self.of.push(number);
            }
            for domain in &brand.domains {
                self.owners.entry(domain.clone()).or_insert(number);
            }
        }
        let built = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&words);
        self.words = Some(built.map_err(|error| error.to_string())?);
        self.looks = Looks::of(&self.brands)?;
        Ok(self)
    }

    /// Every brand.
    pub fn all(&self) -> &[Brand] {
        &self.brands
    }

    /// The first brand that a folded text names: as a whole word where the word is Latin.
    pub fn named(&self, text: &str) -> Option<&Brand> {
        self.all_named(text).next()
    }

    /// Every brand that a folded text names, in the order of the text.
    pub fn all_named<'b, 't>(&'b self, text: &'t str) -> impl Iterator<Item = &'b Brand> + use<'b, 't> {
        let found = self.words.iter().flat_map(move |words| words.find_iter(text));
        found
            .filter(|found| {
                let word = text.get(found.range()).unwrap_or_default();
                let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
                let before = text.get(..found.start()).and_then(|before| before.chars().next_back());
                let after = text.get(found.end()..).and_then(|after| after.chars().next());
                let begins_latin = word.starts_with(|c: char| c.is_ascii_alphanumeric());
                let ends_latin = word.ends_with(|c: char| c.is_ascii_alphanumeric());
                (!begins_latin || edge(before)) && (!ends_latin || edge(after))
            })
            .filter_map(|found| self.brands.get(*self.of.get(found.pattern().as_usize())?))
    }

    /// Whose own a host is.
    pub fn owner(&self, host: &str) -> Option<&Brand> {
        with_parents(host).find_map(|name| self.owners.get(name)).and_then(|number| self.brands.get(*number))
    }

    pub(super) fn get(&self, number: usize) -> Option<&Brand> {
        self.brands.get(number)
    }
}

impl Brand {
    /// Whether a host is its own.
    pub fn owns(&self, host: &str) -> bool {
        with_parents(host).any(|name| self.domains.iter().any(|own| own == name))
    }

    /// The words that stand for it in host names.
    pub(super) fn host_words(&self) -> impl Iterator<Item = &str> {
        let fits = |word: &&String| word.len() >= 4 && word.bytes().all(|octet| octet.is_ascii_alphanumeric());
        let written = self.hosts.iter().flatten();
        let implied = self.words.iter().filter(move |word| self.hosts.is_none() && fits(word));
        written.chain(implied).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_names_are_whole_words_and_japanese_ones_are_not() {
        let brands = Brands::shipped();
        let named = |text: &str| brands.named(text).map(|brand| brand.name.clone());
        assert_eq!(named("your paypal account"), Some("PayPal".to_owned()));
        assert_eq!(named("paypals"), None);
        assert!(named("昨日楽天市場より").is_some_and(|name| name.contains("楽天")));
        assert_eq!(named("明日の昼食"), None);
    }

    #[test]
    fn shipped_brands_are_folded_and_have_an_owner() {
        let brands = Brands::shipped();
        assert!(brands.all().len() > 100);
        for brand in brands.all() {
            for domain in &brand.domains {
                assert!(brand.owns(&format!("www.{domain}")) && brands.owner(domain).is_some(), "{domain}");
                assert!(SHIPPED_TEXT.contains(&format!("\"{domain}\"")), "{domain} is not written as it is read");
            }
            for word in &brand.words {
                assert!(SHIPPED_TEXT.contains(&format!("\"{word}\"")), "{word} is not written folded");
            }
        }
        assert!(!brands.all().iter().any(|brand| brand.owns("amazon.co.jp.example.com")));
    }

    #[test]
    fn a_wrong_file_is_named_with_its_line() {
        let error =
            Brands::with_file("own.toml", "[[brand]]\nname = \"甲\"\nwords = [\"甲銀行\"]\n").expect_err("no domains");
        assert_eq!((error.file.as_str(), error.line), ("own.toml", 1));
        let text = "\n[[brand]]\nname = \"甲銀行\"\nwords = [\"甲銀行\"]\ndomains = [\"not a domain\"]\n";
        assert_eq!(Brands::with_file("own.toml", text).expect_err("a bad domain").line, 3);
        let text = "[[brand]]\nname = \"甲銀行\"\nwords = [\"甲銀行\"]\ndomains = [\"kou.example.jp\"]\n";
        let brands = Brands::with_file("own.toml", text).expect("a file of brands");
        assert_eq!(brands.owner("www.kou.example.jp").map(|brand| brand.name.as_str()), Some("甲銀行"));
        assert!(brands.named("paypal").is_some());
    }
}
