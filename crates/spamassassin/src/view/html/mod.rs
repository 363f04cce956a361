//! HTML parts as SpamAssassin renders them: the text, what it counts about the markup, and where it leads.

mod colour;
mod style;
mod target;
mod token;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use style::{Styles, Unseen};
use token::{Token, Tokens};

/// Octets of an address; the rest is cut.
pub(crate) const ADDRESS: usize = 8192;

/// Distinct addresses of one part that are kept.
const LINKS: usize = 3000;

/// Where an HTML part leads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link {
    /// Names of the elements that lead there.
    pub(crate) types: BTreeSet<String>,
    /// Texts of the anchors that lead there.
    pub(crate) anchors: Vec<String>,
}

/// One HTML part.
#[derive(Debug, Default)]
pub(crate) struct Html {
    /// What it says.
    pub(crate) text: String,
    /// How often each element is open at the end; there at all where it was seen.
    pub(crate) inside: HashMap<String, i64>,
    pub(crate) links: BTreeMap<String, Link>,
    pub(crate) truncated: bool,
    pub(crate) comments: Vec<String>,
    pub(crate) scripts: Vec<String>,
    pub(crate) titles: Vec<String>,
    pub(crate) anchors: Vec<String>,
    pub(crate) charsets: Option<String>,
    pub(crate) image_area: f64,
    /// Characters of the source.
    pub(crate) length: usize,
    /// Octets of the part before it was decoded into characters.
    pub(crate) octets: usize,
    pub(crate) max_size: f64,
    pub(crate) min_size: f64,
    seen: BTreeSet<&'static str>,
    tags: usize,
    tags_seen: usize,
    elements: usize,
    elements_seen: usize,
    closed_extra: usize,
    obfuscation: usize,
    backhair: BTreeSet<(usize, usize)>,
}

static CLOSED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)<([A-Za-z0-9_]+)\s*/>"));
static FACE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)^\s*["'.]?[a-z ][a-z -]*[a-z]\d?["']?(?:,\s*["']?[a-z][a-z -]*[a-z]\d?["']?)*;?\n?$"#)
});
static CHARSET: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)\bcharset\s*=\s*["']?([^"']+)"#));
static REFRESH: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\burl\s*=\s*"));
static BASE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?:https?|ftp):/{0,2}"));
static BASE_FILE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^([a-z]+:/{0,2}[^/]+/.*?)[^/\.]+\.[^/\.]{2,4}$"));
static SCHEME: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^(?:data|mailto|file|cid|tel):"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a pattern of the program, which tests use")
}

impl Html {
    /// Renders a part; `octets` is how long it was before it was decoded into characters.
    pub(crate) fn read(source: &str, octets: usize) -> Self {
        let mut reader = Reader::new(source.chars().count());
        let mut source = source.replace("&nbsp;", " ");
        if source.contains("/>") {
            source = CLOSED.replace_all(&source, "<$1>").into_owned();
        }
        let source = source.replace(['\u{201C}', '\u{201D}'], "\"");
        for token in Tokens::new(&source) {
            match token {
                Token::Text(text) => reader.text(text),
                Token::Start { tag, attributes } => reader.start(&tag, attributes),
                Token::End { tag } => reader.end(&tag),
                Token::Comment(text) => reader.html.comments.push(text.to_owned()),
                Token::Declaration(text) => reader.declaration(text),
            }
        }
        let mut html = reader.html;
        html.octets = octets;
        (html.max_size, html.min_size) = (reader.styles.largest, reader.styles.smallest);
        html.text = reader.pieces.into_iter().map(|piece| piece.text).collect();
        html
    }

    /// A number by the name that rules use; `None` where there is none.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let ratio = |one: usize, of: usize| (of > 0).then(|| one as f64 / of as f64);
        let length = || self.text.chars().count();
        let non_space = || self.text.chars().filter(|c| !c.is_whitespace()).count();
        match name {
            "html" => Some(1.0),
            "length" => Some(self.length as f64),
            "image_area" => Some(self.image_area),
            "max_size" => Some(self.max_size),
            "min_size" => Some(self.min_size),
            "html_length" => Some(length() as f64),
            "non_space_len" => Some(non_space() as f64),
            "ratio" => (self.octets > 0).then(|| (self.octets as f64 - length() as f64) / self.octets as f64),
            "closed_extra_ratio" => ratio(self.closed_extra, self.tags),
            "bad_tag_ratio" if self.elements > 0 => ratio(self.tags - self.elements, self.tags),
            "non_element_ratio" if self.elements_seen > 0 => ratio(self.tags_seen - self.elements_seen, self.tags_seen),
            "obfuscation_ratio" if self.obfuscation > 0 => ratio(self.obfuscation, self.tags),
            "backhair_count" if !self.backhair.is_empty() => Some(self.backhair.len() as f64),
            "uri_truncated" => self.truncated.then_some(1.0),
            name => self.seen.contains(name).then_some(1.0),
        }
    }

    /// Texts by the name that rules use.
    pub(crate) fn texts(&self, name: &str) -> &[String] {
        match name {
            "comment" => &self.comments,
            "script" => &self.scripts,
            "title" => &self.titles,
            "anchor" => &self.anchors,
            _ => &[],
        }
    }
}

/// A piece of the text.
struct Piece {
    text: String,
    whitespace: bool,
    invisible: bool,
}

struct Reader {
    html: Html,
    pieces: Vec<Piece>,
    styles: Styles,
    base: String,
    anchor: Option<String>,
    seen_tags: HashSet<String>,
}

const ELEMENTS: &str = " a abbr acronym address area b base bdo big blockquote body br button caption cite code col \
colgroup dd del dfn div dl dt em fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link \
map meta noscript object ol optgroup option p param pre q samp script select small span strong style sub sup table \
tbody td textarea tfoot th thead title tr tt ul var applet basefont center dir font frame frameset iframe isindex menu \
noframes s strike u nobr x-sigsep x-tab ";
const TRICKS: [&str; 5] = ["bgsound", "embed", "listing", "plaintext", "xmp"];

fn is_element(tag: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| ELEMENTS.split_ascii_whitespace().collect());
    KNOWN.contains(tag)
}

/// `o:p`, `st1:place`: office programs' own.
fn is_namespaced(tag: &str) -> bool {
    let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit()) && rest[1..].starts_with(':');
    let rest =
        tag.strip_prefix("o:").or_else(|| tag.strip_prefix("st").filter(|rest| digit(rest)).map(|rest| &rest[2..]));
    rest.is_some_and(|rest| {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        !rest.is_empty() && rest.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    })
}

impl Reader {
    fn new(length: usize) -> Self {
        let html = Html { length, ..Html::default() };
        Self {
            html,
            pieces: Vec::new(),
            styles: Styles::new(),
            base: String::new(),
            anchor: None,
            seen_tags: HashSet::new(),
        }
    }

    fn is_inside(&self, tag: &str) -> bool {
        self.html.inside.get(tag).is_some_and(|depth| *depth > 0)
    }

    /// What every tag is counted for; whether it is looked at further.
    fn count(&mut self, tag: &str, change: i64) -> bool {
        let namespaced = is_namespaced(tag);
        let known = is_element(tag);
        let first = self.seen_tags.insert(tag.to_owned());
        self.html.tags += 1;
        self.html.tags_seen += usize::from(first);
        if known || namespaced {
            self.html.elements += 1;
            self.html.elements_seen += usize::from(first);
        }
        let depth = self.html.inside.entry(tag.to_owned()).or_insert(0);
        *depth += change;
        if *depth < 0 {
            *depth = 0;
            self.html.closed_extra += 1;
        }
        !namespaced && (known || TRICKS.contains(&tag))
    }

    fn start(&mut self, tag: &str, mut attributes: BTreeMap<String, String>) {
        if !self.count(tag, 1) {
            return;
        }
        if Styles::concerns(tag) {
            self.styles.start(tag, &attributes);
        }
        self.break_lines(tag);
        self.links(tag, &mut attributes);
        self.tests(tag, &attributes);
    }

    fn end(&mut self, tag: &str) {
        if !self.count(tag, -1) {
            return;
        }
        if Styles::concerns(tag) {
            self.styles.end(tag);
        }
        self.break_lines(tag);
    }

    fn break_lines(&mut self, tag: &str) {
        let space = match tag {
            "br" | "div" => "\n",
            "li" | "td" | "th" | "dd" | "dt" | "embed" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => " ",
            "p" | "hr" | "blockquote" | "pre" | "listing" | "plaintext" | "xmp" | "title" => "\n\n",
            _ => return,
        };
        if let Some(last) = self.pieces.last_mut()
            && !last.whitespace
            && !last.invisible
            && last.text.ends_with(' ')
        {
            last.text.pop();
        }
        self.pieces.push(Piece { text: space.into(), whitespace: true, invisible: false });
    }

    fn text(&mut self, text: String) {
        if self.is_inside("script") {
            self.html.scripts.push(text);
            return;
        }
        if self.is_inside("style") {
            return;
        }
        if self.is_inside("a") {
            self.anchor_text(&text);
        }
        if self.is_inside("title")
            && let Some(title) = self.html.titles.last_mut()
        {
            title.push_str(&text);
        }
        let blank = text.chars().all(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{C}' | '\u{B}'));
        let unseen = if blank { None } else { self.styles.unseen() };
        match unseen {
            Some(Unseen::LowContrast) => drop(self.html.seen.insert("font_low_contrast")),
            Some(Unseen::InvalidColour) => drop(self.html.seen.insert("font_invalid_color")),
            _ => {}
        }
        self.obfuscated(&text);
        self.show(&text, unseen.is_some());
    }

    /// A word that goes on over a tag.
    fn obfuscated(&mut self, text: &str) {
        let Some(last) = self.pieces.last() else { return };
        let is_letter = |c: char| !c.is_whitespace() && !c.is_ascii_punctuation();
        if text.starts_with(is_letter) && last.text.ends_with(is_letter) {
            self.html.obfuscation += 1;
            let before = last.text.chars().rev().take_while(|c| is_letter(*c)).take(8).count();
            let after = text.chars().take_while(|c| is_letter(*c)).take(8).count();
            if before <= 7 && after <= 7 {
                self.html.backhair.insert((before, after));
            }
        }
    }

    fn show(&mut self, text: &str, invisible: bool) {
        let mut shown = String::with_capacity(text.len());
        let mut in_space = false;
        for c in text.chars() {
            let is_space = matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{C}' | '\u{B}');
            if !is_space {
                shown.push(c);
            } else if !in_space {
                shown.push(' ');
            }
            in_space = is_space;
        }
        if !invisible && self.pieces.last().is_some_and(|last| last.whitespace) && shown.starts_with(' ') {
            shown.remove(0);
        }
        self.pieces.push(Piece { text: shown, whitespace: false, invisible });
    }

    fn anchor_text(&mut self, text: &str) {
        let address = self.anchor.clone().unwrap_or_default();
        if let Some(link) = self.link(address) {
            match link.anchors.last_mut() {
                Some(anchor) => anchor.push_str(text),
                None => link.anchors.push(text.to_owned()),
            }
        }
        match self.html.anchors.last_mut() {
            Some(anchor) => anchor.push_str(text),
            None => self.html.anchors.push(text.to_owned()),
        }
    }

    fn link(&mut self, address: String) -> Option<&mut Link> {
        if self.html.links.len() >= LINKS && !self.html.links.contains_key(&address) {
            self.html.truncated = true;
            return None;
        }
        Some(self.html.links.entry(address).or_default())
    }

    fn declaration(&mut self, text: &str) {
        if text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype")) {
            self.html.elements += 1;
            self.html.tags += 1;
            self.html.inside.insert("!doctype".into(), 0);
        }
    }

    /// Without space around it, and not too long.
    fn trimmed(&mut self, address: &str) -> String {
        let address = address.trim_matches(|c: char| c.is_whitespace() || c == '\u{A0}');
        if address.len() <= ADDRESS {
            return address.to_owned();
        }
        self.html.truncated = true;
        let mut end = ADDRESS;
        while !address.is_char_boundary(end) {
            end -= 1;
        }
        address[..end].to_owned()
    }

    fn push_link(&mut self, kind: &str, address: &str) {
        let address = self.trimmed(address);
        if address.is_empty() {
            return;
        }
        let address = if SCHEME.is_match(&address) { address } else { target::target(&self.base, &address) };
        if !address.is_empty()
            && let Some(link) = self.link(address)
        {
            link.types.insert(kind.to_owned());
        }
    }

    fn links(&mut self, tag: &str, attributes: &mut BTreeMap<String, String>) {
        let given = |name: &str| attributes.get(name).cloned();
        match tag {
            "body" | "table" | "tr" | "td" => {
                if let Some(address) = given("background") {
                    self.push_link(tag, &address);
                }
            }
            "a" | "area" | "link" => {
                let glued = attributes.iter().find(|(name, _)| name.ends_with("/href")).map(|(_, value)| value.clone());
                if let Some(address) = glued.or_else(|| given("href")) {
                    let address = address.replace('\u{FEFF}', "");
                    self.push_link(tag, &address);
                    attributes.insert("href".into(), address);
                }
                if let Some(address) = attributes.get("data-saferedirecturl").cloned() {
                    self.push_link(tag, &address);
                }
            }
            "img" | "frame" | "iframe" | "embed" | "script" | "bgsound" => {
                let glued = attributes.iter().find(|(name, _)| name.ends_with("/src")).map(|(_, value)| value.clone());
                if let Some(address) = glued.or_else(|| given("src")) {
                    self.push_link(tag, &address);
                }
            }
            "form" => {
                if let Some(address) = given("action") {
                    self.push_link(tag, &address);
                }
            }
            "base" => self.base(given("href").unwrap_or_default()),
            "meta" => {
                let refresh = given("http-equiv").is_some_and(|value| value.to_lowercase().contains("refresh"));
                let content = given("content").unwrap_or_default();
                if refresh && let Some(found) = REFRESH.find_iter(&content).last() {
                    let address = content[found.end()..].split(';').next().unwrap_or_default().trim_end().to_owned();
                    self.push_link(tag, &address);
                }
            }
            _ => {}
        }
    }

    fn base(&mut self, address: String) {
        if address.is_empty() {
            return;
        }
        let mut address = self.trimmed(&address);
        self.push_link("base", &address);
        if BASE.is_match(&address) {
            address = BASE_FILE.replace(&address, "$1").into_owned();
            if !address.ends_with('/') {
                address.push('/');
            }
            self.base = address;
        }
    }

    fn tests(&mut self, tag: &str, attributes: &BTreeMap<String, String>) {
        let given = |name: &str| attributes.get(name).map(String::as_str);
        match tag {
            "font" if given("face").is_some_and(|face| !FACE.is_match(face)) => {
                self.html.seen.insert("font_face_bad");
            }
            "img" => {
                if self.is_inside("a") {
                    self.anchor_text("<img>\n");
                }
                if let Some((width, height)) = given("width").zip(given("height")) {
                    self.html.image_area += length(width, 8.0) * length(height, 6.0);
                }
            }
            "form" if given("action").is_some_and(|action| action.to_lowercase().contains("mailto:")) => {
                self.html.seen.insert("form_action_mailto");
            }
            "object" | "embed" => drop(self.html.seen.insert("embeds")),
            "a" => {
                let address = self.trimmed(given("href").unwrap_or_default());
                if let Some(link) = self.link(address.clone()) {
                    link.anchors.push(String::new());
                }
                self.anchor = Some(address);
                self.html.anchors.push(String::new());
            }
            "title" => self.html.titles.push(String::new()),
            "meta" if given("http-equiv").is_some_and(|value| value.to_lowercase().contains("content-type")) => {
                let charset = CHARSET.captures(given("content").unwrap_or_default());
                if let Some(charset) = charset.and_then(|found| Some(found.get(1)?.as_str().to_owned())) {
                    let before = self.html.charsets.take();
                    self.html.charsets = Some(before.map_or(charset.clone(), |before| format!("{before} {charset}")));
                }
            }
            _ => {}
        }
    }
}

/// Pixels; a percent is so many; what is no number is 200.
fn length(written: &str, percent: f64) -> f64 {
    let value = match written.strip_suffix('%') {
        Some(number) => digits(number).map(|number| number * percent),
        None => digits(written),
    };
    value.filter(|value| *value > 0.0).unwrap_or(200.0)
}

fn digits(text: &str) -> Option<f64> {
    (!text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())).then(|| text.parse().ok())?
}
