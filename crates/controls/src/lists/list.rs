//! A list as it is asked for each message: entries that name an address or a domain are found without going through it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use message::{Address, UnixMillis};

use super::{Entry, Pattern};

/// Entries in their order. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct List {
    whole: Arc<Whole>,
}

#[derive(Debug, Default)]
struct Whole {
    entries: Vec<Entry>,
    /// Entries that name an address, a domain or a domain with what is below it: the hash of the name, and which entry.
    named: Vec<(u64, u32)>,
    /// Entries that have to be compared one by one.
    others: Vec<u32>,
}

/// What kind of name was hashed.
#[derive(Hash)]
enum Name<'a> {
    Address(&'a str),
    Domain(&'a str),
    Below(&'a str),
}

impl Name<'_> {
    fn number(self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }
}

impl From<Vec<Entry>> for List {
    fn from(entries: Vec<Entry>) -> Self {
        let (mut named, mut others) = (Vec::new(), Vec::new());
        for (at, entry) in (0_u32..).zip(&entries) {
            match &entry.pattern {
                Pattern::Address(key) => named.push((Name::Address(key).number(), at)),
                Pattern::Domain(name) => named.push((Name::Domain(name).number(), at)),
                Pattern::Subdomains(name) => named.push((Name::Below(name).number(), at)),
                Pattern::Part(_) | Pattern::Phone(_) | Pattern::WithAt | Pattern::WithoutAt | Pattern::Everyone => {
                    others.push(at);
                }
            }
        }
        named.sort_unstable();
        Self { whole: Arc::new(Whole { entries, named, others }) }
    }
}

impl List {
    /// Every entry, in the order of the list.
    pub fn entries(&self) -> &[Entry] {
        &self.whole.entries
    }

    /// Whether nobody is on it.
    pub fn is_empty(&self) -> bool {
        self.whole.entries.is_empty()
    }

    /// The entries that could match one of these senders, in the order of the list; all the others cannot. Entries for
    /// parts of addresses, telephone numbers and whole kinds of sender are always among them.
    pub fn candidates<'a>(&self, senders: impl IntoIterator<Item = &'a Address>) -> impl Iterator<Item = &Entry> {
        let mut found = self.whole.others.clone();
        if !self.whole.named.is_empty() {
            for sender in senders {
                self.named_for(sender, &mut found);
            }
            found.sort_unstable();
            found.dedup();
        }
        found.into_iter().filter_map(|at| self.whole.entries.get(usize::try_from(at).ok()?))
    }

    fn named_for(&self, sender: &Address, found: &mut Vec<u32>) {
        let domain = sender.domain().as_str();
        self.under(Name::Address(&format!("{}@{domain}", sender.local().to_lowercase())), found);
        self.under(Name::Domain(domain), found);
        let mut rest = Some(domain);
        while let Some(name) = rest {
            self.under(Name::Below(name), found);
            rest = name.split_once('.').map(|(_, above)| above);
        }
    }

    fn under(&self, name: Name<'_>, found: &mut Vec<u32>) {
        let (named, number) = (&self.whole.named, name.number());
        let from = named.partition_point(|(known, _)| *known < number);
        let same = named.iter().skip(from).take_while(|(known, _)| *known == number);
        found.extend(same.map(|(_, at)| *at));
    }

    /// The entry that helps a sender most: of those that match, the first that helps even if unverified, else the first.
    pub fn best(&self, sender: &Address, now: UnixMillis) -> Option<&Entry> {
        let mut first = None;
        for entry in self.candidates([sender]) {
            if entry.is_in_force(now) && entry.pattern.matches(sender) {
                if entry.even_if_unverified {
                    return Some(entry);
                }
                first = first.or(Some(entry));
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDERS: [&str; 8] = [
        "a@example.com",
        "A@mail.example.com",
        "b@deep.mail.example.com",
        "09012345678@keitai.example.jp",
        "info@example.org",
        "a@com",
        "b@notexample.com",
        r#""x@y"@example.com"#,
    ];

    const TYPED: [&str; 16] = [
        "a@example.com",
        "example.com",
        "*.example.com",
        "*.mail.example.com",
        "*.com",
        "com.example",
        "info",
        "090-1234-5678",
        "*@*",
        "no @",
        "*",
        "A@Mail.Example.com",
        "mail.example.com",
        r#""x@y"@example.com"#,
        "keitai.example.jp",
        "nobody@example.net",
    ];

    /// Every entry twice, so that neither an order nor a repetition is lost.
    fn list() -> List {
        let entries = TYPED.iter().chain(TYPED.iter().rev()).map(|text| Pattern::parse(text).expect("a pattern"));
        entries.map(Entry::new).collect::<Vec<_>>().into()
    }

    #[test]
    fn nobody_who_matches_is_left_out_and_the_order_stays() {
        let list = list();
        for sender in SENDERS {
            let sender = Address::parse(sender).expect("an address");
            let matches = |entry: &&Entry| entry.pattern.matches(&sender);
            let plain: Vec<&Entry> = list.entries().iter().filter(matches).collect();
            let asked: Vec<&Entry> = list.candidates([&sender]).filter(matches).collect();
            assert!(!plain.is_empty());
            assert_eq!(asked, plain, "{sender}");
            assert!(list.candidates([&sender]).count() < list.entries().len());
        }
    }

    #[test]
    fn who_helps_even_if_unverified_goes_first() {
        let entry = |text: &str| Entry::new(Pattern::parse(text).expect("a pattern"));
        let sure = Entry { even_if_unverified: true, ..entry("example.com") };
        let list: List = vec![entry("a@example.com"), entry("*.example.com"), sure.clone()].into();
        let sender = Address::parse("a@example.com").expect("an address");
        assert_eq!(list.best(&sender, UnixMillis(0)), Some(&sure));
        let other = Address::parse("a@sub.example.com").expect("an address");
        assert_eq!(list.best(&other, UnixMillis(0)), Some(&entry("*.example.com")));
        let over = Entry { expires: Some(UnixMillis(5)), ..sure };
        let list: List = vec![entry("a@example.com"), over].into();
        assert_eq!(list.best(&sender, UnixMillis(5)), Some(&entry("a@example.com")));
        assert_eq!(List::default().best(&sender, UnixMillis(5)), None);
    }
}
