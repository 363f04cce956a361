//! What the model of addresses looks at: the shape of the host, its pieces, and the words of path and query. Hashed, so
//! that the model is a table of numbers and holds no address. Scheme and year are not among them.

use super::Host;
use super::host::is_address;

/// Weights of the model.
pub const DIMENSIONS: usize = 1 << 15;

/// Octets of path and query that are looked at.
const LENGTH: usize = 300;
/// Words of path and query that are looked at.
const WORDS: usize = 24;

/// Calls `emit` with the number of each feature that an address has.
pub fn each_feature(host: &str, target: &str, mut emit: impl FnMut(usize)) {
    let mut features = Features { emit: &mut emit };
    features.host(host);
    features.rest(target);
}

struct Features<'e> {
    emit: &'e mut dyn FnMut(usize),
}

impl Features<'_> {
    fn say(&mut self, kind: u8, text: &[u8]) {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(kind).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for octet in text {
            hash = (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
        }
        let folded = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40;
        (self.emit)(usize::try_from(folded).unwrap_or(0) % DIMENSIONS);
    }

    /// A number, as coarsely as its meaning is.
    fn size(&mut self, kind: u8, size: usize) {
        let step = match size {
            0..=8 => size,
            9..=16 => 8 + (size - 8) / 2,
            17..=32 => 12 + (size - 16) / 4,
            33..=128 => 16 + (size - 32) / 16,
            _ => 23,
        };
        self.say(kind, &[u8::try_from(step).unwrap_or(255)]);
    }

    fn host(&mut self, whole: &str) {
        if is_address(whole) {
            return self.say(b'A', b"address");
        }
        let Some(host) = Host::of(whole) else { return self.say(b'A', b"no domain") };
        self.say(b'T', host.suffix.as_bytes());
        self.say(b't', host.suffix.rsplit('.').next().unwrap_or_default().as_bytes());
        if host.is_private {
            self.say(b'A', b"private suffix");
        }
        self.shape(host.name);
        self.grams(b'n', host.name);
        self.size(b'b', host.below.len());
        let labels = host.below.split('.').filter(|label| !label.is_empty()).count();
        self.size(b'B', labels);
        for label in host.below.split('.').filter(|label| !label.is_empty()).take(6) {
            self.say(b's', label.get(..24).unwrap_or(label).as_bytes());
            if label != "www" {
                self.grams(b'g', label);
            }
        }
    }

    /// How a registered label looks: letters that come and go as in a word, or as from a machine.
    fn shape(&mut self, name: &str) {
        let octets = name.as_bytes();
        let count = |fits: fn(&u8) -> bool| octets.iter().filter(|octet| fits(octet)).count();
        let vowels = count(|octet| b"aeiouy".contains(octet));
        let digits = count(u8::is_ascii_digit);
        let letters = count(u8::is_ascii_alphabetic);
        self.size(b'l', octets.len());
        self.size(b'd', digits);
        self.size(b'h', count(|octet| *octet == b'-'));
        self.size(b'v', (vowels * 10).checked_div(letters).unwrap_or(11));
        let mut longest = 0;
        let mut run = 0;
        for octet in octets {
            run = if octet.is_ascii_alphabetic() && !b"aeiouy".contains(octet) { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        self.size(b'c', longest);
        let changes = octets.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
        self.size(b'x', changes);
        if name.starts_with("xn--") {
            self.say(b'A', b"punycode");
        }
        for token in name.split(['-', '_']) {
            let bare = token.trim_matches(|c: char| c.is_ascii_digit());
            if bare.len() >= 2 {
                self.say(b'w', bare.as_bytes());
            }
        }
    }

    /// Groups of three letters, with the ends marked; digits are all one.
    fn grams(&mut self, kind: u8, label: &str) {
        let mut padded = Vec::with_capacity(label.len() + 2);
        padded.push(b'^');
        padded.extend(label.bytes().take(40).map(|octet| if octet.is_ascii_digit() { b'0' } else { octet }));
        padded.push(b'$');
        for group in padded.windows(3) {
            self.say(kind, group);
        }
    }

    /// Path, query and fragment.
    fn rest(&mut self, target: &str) {
        let rest = target.split_once("//").map_or(target, |(_, rest)| rest);
        let (authority, rest) = match rest.find(['/', '?', '#', '\\']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if authority.contains('@') {
            self.say(b'A', b"user");
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !matches!(port, "80" | "443" | ""));
        if has_port {
            self.say(b'A', b"port");
        }
        let mut end = rest.len().min(LENGTH);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let rest = rest.get(..end).unwrap_or_default();
        let path_end = rest.find(['?', '#']).unwrap_or(rest.len());
        let (path, query) = rest.split_at(path_end);
        self.path(path);
        self.query(query);
    }

    fn path(&mut self, path: &str) {
        let path = path.strip_prefix('/').unwrap_or(path);
        self.size(b'P', path.len());
        self.size(b'D', path.matches('/').count());
        if path.is_empty() {
            return self.say(b'A', b"no path");
        }
        if path.ends_with('/') {
            self.say(b'A', b"ends in a slash");
        }
        let file = path.rsplit('/').next().unwrap_or_default();
        if let Some((_, extension)) = file.rsplit_once('.').filter(|(_, extension)| extension.len() <= 5) {
            self.say(b'E', extension.to_ascii_lowercase().as_bytes());
        }
        self.words(b'p', path);
        self.say(b'k', &[kind_of(file)]);
    }

    fn query(&mut self, query: &str) {
        let (query, fragment) = query.split_once('#').unwrap_or((query, ""));
        if !fragment.is_empty() {
            self.say(b'A', b"fragment");
        }
        let query = query.strip_prefix('?').unwrap_or(query);
        self.size(b'Q', query.len());
        for pair in query.split('&').filter(|pair| !pair.is_empty()).take(6) {
            match pair.split_once('=') {
                Some((key, value)) => {
                    self.say(b'q', key.to_ascii_lowercase().get(..16).unwrap_or(key).as_bytes());
                    self.say(b'u', &[kind_of(value)]);
                }
                None => self.say(b'u', &[b'b', kind_of(pair)]),
            }
        }
    }

    fn words(&mut self, kind: u8, text: &str) {
        let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| (2..=16).contains(&word.len()));
        for word in words.take(WORDS) {
            self.say(kind, word.to_ascii_lowercase().as_bytes());
        }
    }
}

/// What a piece of a path or a value is made of: nothing, digits, hexadecimal digits, a word, letters and digits mixed.
fn kind_of(text: &str) -> u8 {
    let octets = text.as_bytes();
    let digits = octets.iter().filter(|octet| octet.is_ascii_digit()).count();
    let upper = octets.iter().filter(|octet| octet.is_ascii_uppercase()).count();
    let long = u8::from(octets.len() > 12) * 16;
    long + match octets.len() {
        0 => 0,
        length if digits == length => 1,
        length if digits > 0 && octets.iter().all(u8::is_ascii_hexdigit) && length >= 6 => 2,
        length if digits == 0 && upper > 0 && upper < length => 3,
        _ if digits == 0 => 4,
        _ if upper > 0 => 5,
        _ => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(host: &str, target: &str) -> Vec<usize> {
        let mut all = Vec::new();
        each_feature(host, target, |number| all.push(number));
        all
    }

    #[test]
    fn scheme_does_not_matter_and_all_else_does() {
        let plain = features("a.example.jp", "http://a.example.jp/login.php?id=1");
        assert_eq!(plain, features("a.example.jp", "https://a.example.jp/login.php?id=1"));
        assert_ne!(plain, features("a.example.jp", "https://a.example.jp/login.html?id=1"));
        assert_ne!(plain, features("b.example.jp", "https://b.example.jp/login.php?id=1"));
        assert!(plain.iter().all(|number| *number < DIMENSIONS));
    }

    #[test]
    fn the_longest_address_costs_little() {
        let long = format!("https://{}example.com/{}?{}", "a.".repeat(60), "b/".repeat(5_000), "c=d&".repeat(5_000));
        let host = format!("{}example.com", "a.".repeat(60));
        assert!(features(&host, &long).len() < 400);
    }
}
