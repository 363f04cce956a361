//! Whether a host resembles a brand's that does not own it: its domain below another, its name among other words, its
//! name in letters that look alike (UTS 39), its name with one sign wrong.

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

/// A word that stands for a brand in host names.
#[derive(Debug)]
pub(super) struct Look {
    word: String,
    skeleton: String,
    brand: usize,
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

impl Look {
    pub(super) fn all(brands: &[Brand]) -> Vec<Self> {
        let words =
            brands.iter().enumerate().flat_map(|(number, brand)| brand.host_words().map(move |word| (number, word)));
        words.map(|(brand, word)| Self { word: word.to_owned(), skeleton: skeleton_of(word), brand }).collect()
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
        let unicode = if label.starts_with("xn--") { idna::domain_to_unicode(label).0 } else { label.to_owned() };
        let found = |look: &Look, manner| self.get(look.brand).map(|brand| Resemblance { brand, manner });
        for token in unicode.split(['-', '_']).filter(|token| token.chars().count() >= 3) {
            let bare = token.trim_matches(|c: char| c.is_ascii_digit());
            let word = self.looks.iter().find(|look| is_word(token, look) || is_word(bare, look));
            if let Some(look) = word {
                return found(look, Manner::Word);
            }
            let shape = skeleton_of(token);
            if let Some(look) = self.looks.iter().find(|look| look.word.len() > 3 && look.skeleton == shape) {
                return found(look, Manner::LookAlike);
            }
            let typed = |look: &&Look| {
                is_name
                    && look.word.len() >= LONG
                    && token.len().abs_diff(look.word.len()) <= 1
                    && token.as_bytes().first() == look.word.as_bytes().first()
                    && strsim::osa_distance(token, &look.word) == 1
            };
            if let Some(look) = self.looks.iter().find(typed) {
                return found(look, Manner::Typo);
            }
        }
        None
    }
}

/// Whether a token is the word, or the word with what phishing puts beside it.
fn is_word(token: &str, look: &Look) -> bool {
    if token == look.word {
        return true;
    }
    if look.word.len() < LONG - 1 {
        return false;
    }
    let beside = [token.strip_prefix(look.word.as_str()), token.strip_suffix(look.word.as_str())];
    beside.into_iter().flatten().any(|rest| {
        let rest = rest.trim_matches(|c: char| c.is_ascii_digit());
        rest.len() <= 1 && look.word.len() >= LONG || BESIDE.contains(&rest)
    })
}

/// What a name looks like (UTS 39 §4): `rn` as `m`, `0` as `o`, `1` as `l`, other scripts as Latin.
fn skeleton_of(name: &str) -> String {
    let lower: String = skeleton(name).flat_map(char::to_lowercase).collect();
    // Two steps of look-alikes that the table takes one at a time in upper and lower case.
    lower.replace("vv", "w").replace(['0', 'ο'], "o").replace(['1', '|', 'i'], "l")
}

#[cfg(test)]
mod tests {
    use super::*;

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
