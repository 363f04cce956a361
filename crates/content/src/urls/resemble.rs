//! Whether a host resembles a brand's that does not own it: its domain below another, its name among other words, its
//! name in letters that look alike (UTS 39), its name with one sign wrong.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use unicode_security::confusable_detection::skeleton;

use super::Host;
use super::brands::{Brand, Brands};

/// How a host resembles a brand's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Manner {
    /// The brand's whole domain stands below another: `bank.example.evil.test`.
    Below,
    /// The brand's name among other words: `bank-login.test`.
    Word,
    /// The brand's name in letters that look like it: `bаnk.test`, `ba11k.test`.
    LookAlike,
    /// The brand's name with one sign missing, added, swapped or changed.
    Typo,
}

/// A host that resembles a brand's.
#[derive(Clone, Copy, Debug)]
pub struct Resemblance<'b> {
    /// The brand.
    pub brand: &'b Brand,
    /// How.
    pub manner: Manner,
}

/// Words that stand for brands in host names, by every way in which they are looked up.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// The words, each with its brand.
    words: Vec<(String, usize)>,
    /// Where a word begins or ends a token.
    inside: Option<AhoCorasick>,
    /// Words by what they look like.
    shapes: HashMap<String, usize>,
    /// Words long enough to be mistyped, by their first octet.
    long: HashMap<u8, Vec<usize>>,
}

/// Letters of the shortest word that may be part of a longer one, or be mistyped.
const LONG: usize = 6;

/// What phishing puts beside a brand's name. Other words beside it may be anything: `amazonas`, `applejack`.
const BESIDE: [&str; 58] = [
    "access", "account", "accounts", "alert", "apps", "auth", "bank", "billing", "card", "center", "check", "co",
    "cojp", "com", "confirm", "contact", "customer", "direct", "help", "home", "id", "info", "japan", "jp", "login",
    "mail", "member", "mobile", "my", "ne", "net", "news", "notice", "online", "order", "pay", "payment", "point",
    "portal", "post", "prime", "safe", "secure", "security", "service", "shop", "signin", "sms", "support", "track",
    "uk", "update", "us", "user", "verify", "vip", "web", "www",
];

impl Looks {
    pub(super) fn of(brands: &[Brand]) -> Result<Self, String> {
        let words = brands.iter().enumerate();
        let words = words.flat_map(|(brand, it)| it.host_words().map(move |word| (word.to_owned(), brand)));
        let mut looks = Self { words: words.collect(), ..Self::default() };
        for (number, (word, _)) in looks.words.iter().enumerate() {
            if word.len() > 3 {
                looks.shapes.entry(skeleton_of(word)).or_insert(number);
            }
            if word.len() >= LONG
                && let Some(first) = word.bytes().next()
            {
                looks.long.entry(first).or_default().push(number);
            }
        }
        let built = AhoCorasick::new(looks.words.iter().map(|(word, _)| word));
        looks.inside = Some(built.map_err(|error| error.to_string())?);
        Ok(looks)
    }

    /// The word that a token is, alone or with what phishing puts beside it.
    fn word(&self, token: &str) -> Option<usize> {
        let bare = token.trim_matches(|c: char| c.is_ascii_digit());
        let found = self.inside.iter().flat_map(|inside| inside.find_overlapping_iter(token));
        let numbers = found.map(|found| found.pattern().as_usize());
        let fits = |&number: &usize| {
            self.words.get(number).is_some_and(|(word, _)| is_word(token, word) || is_word(bare, word))
        };
        numbers.filter(fits).max_by_key(|&number| self.words.get(number).map_or(0, |(word, _)| word.len()))
    }

    fn typed(&self, token: &str) -> Option<usize> {
        let candidates = self.long.get(token.as_bytes().first()?)?;
        candidates.iter().copied().find(|&number| {
            self.words.get(number).is_some_and(|(word, _)| {
                token.len().abs_diff(word.len()) <= 1 && strsim::osa_distance(token, word) == 1
            })
        })
    }
}

impl Brands {
    /// The brand that a host resembles without being its own.
    pub fn resembles(&self, host: &str) -> Option<Resemblance<'_>> {
        if self.owner(host).is_some() {
            return None;
        }
        let parts = Host::of(host)?;
        if let Some(brand) = self.below(&parts) {
            return Some(Resemblance { brand, manner: Manner::Below });
        }
        parts.labels().find_map(|label| self.label(label, label == parts.name))
    }

    /// `www.amazon.co.jp.evil.test`: what stands in front of the registrable domain ends in a brand's domain, or has one
    /// followed by more.
    fn below(&self, parts: &Host<'_>) -> Option<&Brand> {
        if !parts.below.contains('.') {
            return None;
        }
        let labels: Vec<&str> = parts.below.split('.').collect();
        (0..labels.len()).find_map(|start| {
            (start + 2..=labels.len()).find_map(|end| self.owner_exactly(&labels.get(start..end)?.join(".")))
        })
    }

    fn owner_exactly(&self, domain: &str) -> Option<&Brand> {
        self.owner(domain).filter(|brand| brand.domains.iter().any(|own| own == domain))
    }

    fn label(&self, label: &str, is_name: bool) -> Option<Resemblance<'_>> {
        let unicode = if label.starts_with("xn--") { Some(idna::domain_to_unicode(label).0) } else { None };
        let label = unicode.as_deref().unwrap_or(label);
        let found = |number: usize, manner| {
            let (_, brand) = self.looks.words.get(number)?;
            self.get(*brand).map(|brand| Resemblance { brand, manner })
        };
        for token in label.split(['-', '_']).filter(|token| token.len() >= 3) {
            if let Some(number) = self.looks.word(token) {
                return found(number, Manner::Word);
            }
            if let Some(&number) = self.looks.shapes.get(skeleton_of(token).as_str()) {
                return found(number, Manner::LookAlike);
            }
            if let Some(number) = self.looks.typed(token).filter(|_| is_name) {
                return found(number, Manner::Typo);
            }
        }
        None
    }
}

/// Whether a token is the word, or the word with what phishing puts beside it.
fn is_word(token: &str, word: &str) -> bool {
    if token == word {
        return true;
    }
    if word.len() < LONG - 1 {
        return false;
    }
    let beside = [token.strip_prefix(word), token.strip_suffix(word)];
    beside.into_iter().flatten().any(|rest| {
        let rest = rest.trim_matches(|c: char| c.is_ascii_digit());
        rest.len() <= 1 && word.len() >= LONG || BESIDE.contains(&rest)
    })
}

/// What a name looks like (UTS 39 §4): `rn` as `m`, `0` as `o`, `1` as `l`, other scripts as Latin. Names in ASCII, which
/// nearly all are, take a short way to the same answer.
fn skeleton_of(name: &str) -> String {
    let shape: String = if name.bytes().all(|octet| octet.is_ascii_lowercase() || octet.is_ascii_digit()) {
        name.replace('m', "rn")
    } else {
        skeleton(name).flat_map(char::to_lowercase).collect()
    };
    // Two steps of look-alikes that the table takes one at a time in upper and lower case.
    shape.replace("vv", "w").replace(['0', 'ο'], "o").replace(['1', '|', 'i'], "l")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_to_a_shape_is_the_tables() {
        for c in ('a'..='z').chain('0'..='9') {
            let table: String = skeleton(&c.to_string()).flat_map(char::to_lowercase).collect();
            let table = table.replace("vv", "w").replace(['0', 'ο'], "o").replace(['1', '|', 'i'], "l");
            assert_eq!(skeleton_of(&c.to_string()), table, "{c}");
        }
    }

    #[test]
    fn hosts_that_pose_as_a_brand_are_told() {
        let brands = Brands::shipped();
        for (host, expected) in [
            ("www.amazon.co.jp.account.example.com", Some(("Amazon", Manner::Below))),
            ("amazon-co-jp.example", Some(("Amazon", Manner::Word))),
            ("amazon.signin.example.com", Some(("Amazon", Manner::Word))),
            ("secure-amazonlogin77.example", Some(("Amazon", Manner::Word))),
            ("amaz0n.example", Some(("Amazon", Manner::LookAlike))),
            ("arnazon.example", Some(("Amazon", Manner::LookAlike))),
            ("xn--amzon-5ve.example", Some(("Amazon", Manner::LookAlike))),
            ("amazom.example", Some(("Amazon", Manner::Typo))),
            ("www.amazon.co.jp", None),
            ("amazonas-tours.example", None),
            ("pineapple.example", None),
            ("example.com", None),
            ("192.0.2.1", None),
        ] {
            let found = brands.resembles(host).map(|found| (found.brand.name.as_str(), found.manner));
            assert_eq!(found, expected, "{host}");
        }
    }
}
