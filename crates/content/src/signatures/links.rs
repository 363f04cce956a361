//! The skeleton of links: where they lead without what marks the single recipient.
//!
//! Where its path says enough a link is known by the shape alone, because hosts are rotated faster than the scripts
//! behind them; else by shape and host. Pictures that are loaded count as well.

use message::Message;
use message::links::Link;

use super::hash::{hash, join};
use super::text::is_salad;

/// Links that are read.
const LINKS: usize = 80;

/// Octets of one target that are read.
const TARGET: usize = 400;

/// Letters that a path must keep to be told from others without its host.
const TELLING: usize = 12;

/// Parts of paths that half the web has.
const COMMON: [&str; 26] = [
    "html",
    "htm",
    "shtml",
    "php",
    "asp",
    "aspx",
    "cgi",
    "bin",
    "index",
    "images",
    "image",
    "img",
    "gif",
    "jpg",
    "png",
    "www",
    "http",
    "https",
    "com",
    "net",
    "org",
    "mail",
    "unsubscribe",
    "info",
    "home",
    "default",
];

/// Organisations whose pages everybody's mail links to: a link there is not the sender's own.
const PLATFORMS: [&str; 24] = [
    "amazon.co.jp",
    "amazon.com",
    "apple.com",
    "ezmlm.org",
    "facebook.com",
    "geocities.com",
    "github.com",
    "google.com",
    "hotmail.com",
    "instagram.com",
    "line.me",
    "linkedin.com",
    "lycos.com",
    "microsoft.com",
    "msn.com",
    "passport.com",
    "sourceforge.net",
    "t.co",
    "twitter.com",
    "w3.org",
    "x.com",
    "yahoo.co.jp",
    "yahoo.com",
    "youtube.com",
];

/// The short strings of the links of a message.
pub(super) fn strings(message: &Message) -> Vec<u64> {
    let mut found = Vec::new();
    for link in message.links.iter().take(LINKS) {
        skeleton(link, &mut found);
    }
    found
}

fn skeleton(link: &Link, found: &mut Vec<u64>) {
    let Some(host) = link.organization().filter(|host| !PLATFORMS.contains(host)) else { return };
    let after = link.target.split_once("//").map_or("", |(_, rest)| rest);
    let mut end = after.len().min(TARGET);
    while !after.is_char_boundary(end) {
        end -= 1;
    }
    let Some(at) = after[..end].find(['/', '?']) else { return };
    let (path, query) = match after[at..end].split_once('?') {
        Some((path, query)) => (path, query),
        None => (&after[at..end], ""),
    };
    let mut shape = Shape { hash: 0x6c69_6e6b, letters: 0, pieces: 0 };
    for piece in path.split('/').filter(|piece| !piece.is_empty()) {
        shape.take(b'/', piece);
    }
    for pair in query.split(['&', ';']).filter(|pair| !pair.is_empty()) {
        // The value is what differs from copy to copy; its name is not.
        match pair.split_once('=') {
            Some((name, _)) => shape.take(b'=', name),
            None => shape.take(b'?', pair),
        }
    }
    if shape.pieces == 0 {
        return;
    }
    // Where the path tells enough, the host is noise.
    if shape.letters >= TELLING {
        found.push(shape.hash);
    } else if shape.letters >= 3 {
        found.push(join(hash(0x686f_7374, host.as_bytes()), shape.hash));
    }
}

/// The shape of a target as it grows.
struct Shape {
    hash: u64,
    letters: usize,
    pieces: usize,
}

impl Shape {
    fn take(&mut self, sign: u8, piece: &str) {
        self.pieces += 1;
        self.hash = join(self.hash, u64::from(sign));
        for word in piece.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
            let lower = word.to_ascii_lowercase();
            let is_constant = lower.bytes().any(|octet| octet.is_ascii_digit()) || lower.len() > 16 || is_salad(&lower);
            if is_constant {
                self.hash = join(self.hash, 0);
                continue;
            }
            if !COMMON.contains(&lower.as_str()) {
                self.letters += lower.len();
            }
            self.hash = join(self.hash, hash(1, lower.as_bytes()));
        }
    }
}
