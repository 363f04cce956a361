//! The skeleton of a text: its words and characters without the noise that changes from copy to copy.
//!
//! Gone are numbers, addresses, links, tokens with digits in them, letter salad, greetings, the recipient's own name,
//! quotations, and the footers of mailing lists and free mail services, which wanted mail carries as well.

use std::borrow::Cow;

use message::Message;
use message::normal::fold;

use super::hash::hash;

/// Units that are read; what lies beyond is not.
const MOST: usize = 6_000;

/// Octets of one line that are read.
const LINE: usize = 64 * 1024;

/// Weight of a word of letters.
const WORD: u8 = 3;

/// Weight of a character of kana, ideographs or Hangul.
const CHARACTER: u8 = 2;

/// One unit of a skeleton: a word, or a character of a script that has no spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) hash: u64,
    pub(super) weight: u8,
    /// A word that ties others together: short in any language with spaces, hiragana in Japanese.
    pub(super) ties: bool,
}

/// The skeleton of what a reader sees of a message.
pub(super) fn skeleton(message: &Message) -> Vec<Unit> {
    let lines = own_lines(message.shown());
    let mut maker = Maker { units: Vec::new(), names: names(message), seed: 0x7465_7874 };
    maker.line(message.subject());
    for line in lines {
        if maker.units.len() >= MOST {
            break;
        }
        let mut end = line.len().min(LINE);
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        maker.line(&line[..end]);
    }
    maker.units
}

/// Words of the recipients' names and addresses, which a greeting may hold anywhere.
fn names(message: &Message) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for mailbox in message.headers.mailboxes("To").iter().take(5) {
        let name = &mailbox.name;
        let local = mailbox.address.as_ref().map(|address| address.local().to_owned()).unwrap_or_default();
        for word in
            fold(name).split(|c: char| !c.is_alphabetic()).chain(fold(&local).split(|c: char| !c.is_alphabetic()))
        {
            if word.len() >= 3 && names.len() < 32 && !names.iter().any(|known| known == word) {
                names.push(word.to_owned());
            }
        }
    }
    names
}

/// Lines that are the sender's own: without quotations and footers, unless nothing else is there.
fn own_lines(text: &str) -> Vec<&str> {
    let all: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let own: Vec<&str> = all.iter().copied().filter(|line| !is_quotation(line)).collect();
    let mut kept = if own.is_empty() { all } else { own };
    if let Some(at) = kept.iter().position(|line| is_forward_mark(line)).filter(|at| *at > 0) {
        kept.truncate(at);
    }
    for _ in 0..3 {
        let from = kept.len().saturating_sub(FOOTER_LINES);
        match kept.iter().skip(from).position(|line| is_footer_rule(line)) {
            Some(at) if from + at > 0 => kept.truncate(from + at),
            _ => break,
        }
    }
    kept
}

/// Lines that a footer has at most, its rule included.
const FOOTER_LINES: usize = 9;

/// A quoted line, or one that tells what another message says: people warn each other of spam, and report it.
fn is_quotation(line: &str) -> bool {
    const LABELS: [&str; 8] = ["件名", "差出人", "本文", "送信者", "宛先", "subject", "from", "sent"];
    if line.starts_with(['>', '|']) || line.starts_with("&gt;") {
        return true;
    }
    let Some((label, _)) = line.split_once([':', '：']) else { return false };
    LABELS.iter().any(|known| label.trim().eq_ignore_ascii_case(known))
}

/// What stands below was written by somebody else, who may be the one that is complained of.
fn is_forward_mark(line: &str) -> bool {
    const MARKS: [&str; 8] = [
        "original message",
        "forwarded message",
        "begin forwarded message",
        "forwarded by",
        "転送されたメッセージ",
        "転送メッセージ",
        "元のメッセージ",
        "以下転送",
    ];
    let inside = line.trim_matches(|c: char| !c.is_alphanumeric());
    let drawn = inside.len() < line.len() && inside.len() < 60;
    drawn && MARKS.iter().any(|mark| inside.get(..mark.len()).is_some_and(|start| start.eq_ignore_ascii_case(mark)))
}

/// `-- ` (RFC 3676 §4.3), and the rules that list software draws.
fn is_footer_rule(line: &str) -> bool {
    let rule = |sign: u8| line.len() >= 20 && line.bytes().take(20).all(|octet| octet == sign);
    line == "--" || rule(b'_') || rule(b'-')
}

/// Sentences that free mail services, scanners and list software put under everybody's mail, and those about leaving a
/// list, which honest senders and others word alike.
const FOOTERS: [&str; 36] = [
    "do you yahoo",
    "yahoo! groups",
    "msn explorer",
    "msn messenger",
    "msn photos",
    "msn hotmail",
    "get your free download",
    "hotmail on your mobile",
    "largest e-mail service",
    "get your free email",
    "sf.net email is sponsored",
    "irish linux users",
    "list maintainer",
    "mailing list",
    "virus scanned",
    "scanned for viruses",
    "checked by avg",
    "mailscanner",
    "incoming mail is certified",
    "outgoing mail is certified",
    "sent from my",
    "unsubscribe",
    "opt-out",
    "opt out",
    "remove me",
    "be removed",
    "your removal",
    "wish to receive",
    "want to receive",
    "like to receive",
    "prefer not to receive",
    "email list",
    "配信停止",
    "配信解除",
    "配信を停止",
    "登録解除",
];

/// What every Japanese letter of business says, in lines that say little else.
const POLITE: [&str; 8] = [
    "お世話になっ",
    "お世話になり",
    "よろしくお願い",
    "宜しくお願い",
    "ご確認のほど",
    "ご査収",
    "お疲れさま",
    "お疲れ様",
];

/// Octets up to which a line is taken for such.
const POLITE_LINE: usize = 200;

fn is_footer(line: &str) -> bool {
    FOOTERS.iter().any(|footer| line.contains(footer))
        || (line.contains("remove") && line.contains("subject"))
        || (line.len() < POLITE_LINE && POLITE.iter().any(|phrase| line.contains(phrase)))
}

struct Maker {
    units: Vec<Unit>,
    names: Vec<String>,
    seed: u64,
}

impl Maker {
    fn line(&mut self, line: &str) {
        let folded: Cow<'_, str> = if line.is_ascii() { lowered(line) } else { fold(line).into() };
        if is_greeting(&folded) || is_footer(&folded) {
            return;
        }
        let mut rest = folded.as_ref();
        while let Some(first) = rest.chars().next() {
            if is_dense(first) {
                self.dense(first);
                rest = &rest[first.len_utf8()..];
            } else if first.is_whitespace() {
                rest = &rest[first.len_utf8()..];
            } else {
                let end = rest.find(|c: char| c.is_whitespace() || is_dense(c)).unwrap_or(rest.len());
                self.token(&rest[..end]);
                rest = &rest[end..];
            }
        }
    }

    /// A character of a script without spaces. Numerals are numbers, however they are written.
    fn dense(&mut self, c: char) {
        if !is_numeral(c) {
            let hash = hash(self.seed, c.encode_utf8(&mut [0; 4]).as_bytes());
            self.push(Unit { hash, weight: CHARACTER, ties: matches!(c, 'ぁ'..='ゖ') || c > '\u{AC00}' });
        }
    }

    /// What stands between spaces.
    fn token(&mut self, token: &str) {
        let inside = token.trim_matches(|c: char| !c.is_alphanumeric());
        let is_link = token.contains("://") || token.contains('@') || inside.starts_with("www.");
        if is_link || inside.bytes().any(|octet| octet.is_ascii_digit()) {
            return;
        }
        for word in inside.split(|c: char| !c.is_alphabetic()) {
            if word.len() >= 2 && !is_salad(word) && !self.names.iter().any(|name| name == word) {
                self.push(Unit {
                    hash: hash(self.seed, word.as_bytes()),
                    weight: WORD,
                    ties: word.chars().count() <= 3,
                });
            }
        }
    }

    fn push(&mut self, unit: Unit) {
        if self.units.len() < MOST {
            self.units.push(unit);
        }
    }
}

fn lowered(line: &str) -> Cow<'_, str> {
    if line.bytes().any(|octet| octet.is_ascii_uppercase()) { line.to_ascii_lowercase().into() } else { line.into() }
}

/// `Dear Mr Tanaka,`: a short line that differs for everybody.
fn is_greeting(line: &str) -> bool {
    const OPENS: [&str; 7] = ["dear ", "hi ", "hello", "hey ", "greetings", "good morning", "good day"];
    const CLOSES: [&str; 6] = ["様", "さん", "さま", "殿", "御中", "各位"];
    if line.chars().count() > 36 {
        return false;
    }
    let end = line.trim_end_matches(|c: char| !c.is_alphanumeric());
    OPENS.iter().any(|open| line.starts_with(open)) || CLOSES.iter().any(|close| end.ends_with(close))
}

/// Kana, ideographs, Hangul, Thai: scripts whose words are not set apart by spaces, or carry too much in one.
fn is_dense(c: char) -> bool {
    matches!(c, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '々' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{AC00}'..='\u{D7A3}' | '\u{0E01}'..='\u{0E4E}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_numeral(c: char) -> bool {
    matches!(
        c,
        '〇' | '一'
            | '二'
            | '三'
            | '四'
            | '五'
            | '六'
            | '七'
            | '八'
            | '九'
            | '十'
            | '百'
            | '千'
            | '万'
            | '億'
            | '円'
    )
}

/// Letters that nobody can speak: no vowel, five consonants in a row, or longer than words are.
pub(super) fn is_salad(word: &str) -> bool {
    if word.len() > 24 {
        return word.is_ascii();
    }
    if word.len() < 5 || !word.is_ascii() {
        return false;
    }
    let (mut run, mut longest, mut vowels) = (0, 0, 0);
    for octet in word.bytes() {
        if matches!(octet, b'a' | b'e' | b'i' | b'o' | b'u' | b'y') {
            vowels += 1;
            run = 0;
        } else {
            run += 1;
            longest = longest.max(run);
        }
    }
    vowels == 0 || longest >= 5
}
