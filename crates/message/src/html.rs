//! HTML as a reader sees it, hidden text apart.
//!
//! An own walker and not lol_html: what counts here is a stack of inherited styles (hidden, colours) over tag soup, for
//! which lol_html's selector machinery gives nothing, costs its set-up for every part, and decodes no entities. One
//! pass, no recursion, never fails: every byte sequence is some HTML.

mod colour;
mod element;
mod entity;
mod entity_table;
mod style;
mod token;

use crate::limits::Limits;
use crate::links::{self, Link, Place};
use element::Layout;
use style::{Look, StyleSheet};
use token::{Tag, Token, Tokens};

/// What the HTML parts of a message show and hide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html {
    /// Text that a reader sees.
    pub visible: String,
    /// Text that is in the source but not seen (display:none, zero size, background colour …).
    pub hidden: String,
    /// `img` elements with a source outside the message.
    pub remote_images: usize,
    /// `img` elements of at most 2 × 2 pixels from outside: they report that the mail was opened.
    pub tracking_images: usize,
    /// `form` elements.
    pub forms: usize,
    /// `script` elements and `on…` attributes.
    pub scripts: usize,
    /// Comments and tags that no browser knows, set into words to break them up.
    pub noise: usize,
    /// The elements that make up its frame, in order, each as a hash of its name: neither unknown ones nor those that
    /// only dress text. At most [`STRUCTURE`].
    pub structure: Vec<u16>,
    /// The walk ended early at a bound.
    pub cut: bool,
}

/// Elements of the frame that are kept.
pub const STRUCTURE: usize = 2_000;

/// Elements whose nesting is followed; what is nested deeper inherits from the deepest.
const DEPTH: usize = 256;

/// Puts characters in the place of their references (`&amp;`, `&#38;`, `&nbsp`).
pub fn decode_references(text: &str) -> std::borrow::Cow<'_, str> {
    entity::decode(text)
}

/// Walks one HTML part: adds to `html` what it shows and to `links` where it leads.
pub fn walk(source: &str, limits: &Limits, html: &mut Html, links: &mut Vec<Link>) {
    walk_as(Kind::Message, source, limits, html, links);
}

/// Walks an HTML file, which a browser will open: its scripts may lead somewhere too.
pub fn walk_file(source: &str, limits: &Limits, links: &mut Vec<Link>) {
    walk_as(Kind::File, source, limits, &mut Html::default(), links);
}

/// Who opens it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A mail program, which runs no scripts.
    Message,
    /// A browser.
    File,
}

fn walk_as(kind: Kind, source: &str, limits: &Limits, html: &mut Html, links: &mut Vec<Link>) {
    let mut end = source.len().min(limits.html);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    html.cut |= end < source.len();
    if !html.visible.is_empty() {
        html.visible.push('\n');
    }
    let sheet = StyleSheet::default();
    let mut walker = Walker { kind, html, links, limits, open: Vec::new(), anchor: None, sheet, base: None };
    let mut tokens = Tokens::new(source.get(..end).unwrap_or_default());
    while let Some(token) = tokens.next_token() {
        match token {
            Token::Text(text) => walker.text(&entity::decode(text)),
            Token::Comment(comment) => walker.comment(comment, tokens.rest()),
            Token::Start(tag) => {
                walker.start(&tag, tokens.rest());
                walker.raw_text(&tag, &mut tokens);
            }
            Token::End(name) => walker.end(name),
        }
    }
    walker.close_anchor();
    let kept = walker.html.visible.trim_end().len();
    walker.html.visible.truncate(kept);
}

/// An element that is open.
struct Open {
    name: String,
    look: Look,
}

/// An `a` element that is open.
struct Anchor {
    /// Its link, unless the bound on links was met.
    link: usize,
    /// Where its text begins in the visible and in the hidden text.
    visible: usize,
    hidden: usize,
}

struct Walker<'a> {
    kind: Kind,
    html: &'a mut Html,
    links: &'a mut Vec<Link>,
    limits: &'a Limits,
    open: Vec<Open>,
    anchor: Option<Anchor>,
    sheet: StyleSheet,
    /// What relative targets are relative to (`base href`).
    base: Option<url::Url>,
}

impl Walker<'_> {
    fn look(&self) -> Look {
        self.open.last().map_or_else(Look::default, |open| open.look)
    }

    fn text(&mut self, text: &str) {
        let look = self.look();
        let target = if look.is_hidden() { &mut self.html.hidden } else { &mut self.html.visible };
        if look.preformatted {
            target.push_str(text);
        } else {
            push_collapsed(target, text);
        }
    }

    fn comment(&mut self, comment: &str, rest: &str) {
        if !comment.starts_with("[if") && self.is_inside_word(rest) {
            self.html.noise += 1;
        }
    }

    /// The text so far ends in a letter and a letter follows: what stands here breaks a word up.
    fn is_inside_word(&self, rest: &str) -> bool {
        let before = self.html.visible.chars().next_back();
        before.is_some_and(char::is_alphanumeric) && rest.chars().next().is_some_and(char::is_alphanumeric)
    }

    fn start(&mut self, tag: &Tag<'_>, rest: &str) {
        let name = tag.name.as_str();
        self.count(tag, rest);
        self.close_implied(name);
        match element::layout(name) {
            Layout::Block | Layout::Break => self.line_break(),
            Layout::Cell => self.space(),
            Layout::Inline => {}
        }
        let look = style::look(self.look(), tag, &self.sheet);
        if !look.is_hidden() && self.html.structure.len() < STRUCTURE && element::is_frame(name) {
            self.html.structure.push(element::hash(name));
        }
        self.link(tag);
        if !element::is_void(name) && self.open.len() < DEPTH {
            self.open.push(Open { name: name.to_owned(), look });
        }
    }

    fn count(&mut self, tag: &Tag<'_>, rest: &str) {
        match tag.name.as_str() {
            "form" => self.html.forms += 1,
            "script" => self.html.scripts += 1,
            "img" => self.image(tag),
            name if !element::is_known(name) && self.is_inside_word(rest) => self.html.noise += 1,
            _ => {}
        }
        self.html.scripts += tag.attributes().filter(|(name, _)| name.len() > 4 && name.starts_with("on")).count();
    }

    fn image(&mut self, tag: &Tag<'_>) {
        let remote = tag.get("src").is_some_and(|source| {
            let lower = source.trim_start().to_ascii_lowercase();
            lower.starts_with("http:") || lower.starts_with("https:") || lower.starts_with("//")
        });
        if !remote {
            return;
        }
        self.html.remote_images += 1;
        let (width, height) = style::image_size(tag);
        let small = |size: Option<f32>| size.is_some_and(|pixels| pixels <= 2.0);
        if small(width) && small(height) {
            self.html.tracking_images += 1;
        }
    }

    /// Keeps where a tag leads.
    fn link(&mut self, tag: &Tag<'_>) {
        let (attribute, place) = match tag.name.as_str() {
            "a" => ("href", Place::Anchor),
            "area" => ("href", Place::Area),
            "base" => ("href", Place::Other),
            "form" => ("action", Place::Form),
            "button" | "input" => ("formaction", Place::Form),
            "iframe" | "frame" | "embed" => ("src", Place::Other),
            "img" => ("src", Place::Image),
            "body" | "table" | "td" => ("background", Place::Image),
            "meta" => return self.refresh(tag),
            _ => return,
        };
        if place == Place::Anchor {
            self.close_anchor();
        }
        // In SVG the address has a name space (SVG 1.1 §5.9).
        let svg = || if attribute == "href" { tag.get("xlink:href") } else { None };
        let Some(target) = tag.get(attribute).or_else(svg) else { return };
        if tag.name.as_str() == "base" && self.base.is_none() {
            self.base = url::Url::parse(target.trim()).ok().filter(|base| !base.cannot_be_a_base());
        }
        let number = self.links.len();
        if self.keep(&target, place) && place == Place::Anchor {
            self.anchor =
                Some(Anchor { link: number, visible: self.html.visible.len(), hidden: self.html.hidden.len() });
        }
    }

    /// `<meta http-equiv=refresh content="0; url=…">`
    fn refresh(&mut self, tag: &Tag<'_>) {
        if !tag.get("http-equiv").is_some_and(|value| value.eq_ignore_ascii_case("refresh")) {
            return;
        }
        let Some(content) = tag.get("content") else { return };
        if let Some(at) = content.to_ascii_lowercase().find("url=") {
            let target = content.get(at + 4..).unwrap_or_default().trim_matches(['\'', '"', ' ']).to_owned();
            self.keep(&target, Place::Refresh);
        }
    }

    fn keep(&mut self, target: &str, place: Place) -> bool {
        let target = target.trim();
        if target.is_empty() || target.starts_with('#') || target.len() > self.limits.header_field {
            return false;
        }
        if self.links.len() >= self.limits.links {
            self.html.cut = true;
            return false;
        }
        self.links.push(match self.absolute(target) {
            Some(absolute) => Link::new(&absolute, "", place),
            None => Link::new(target, "", place),
        });
        true
    }

    /// A relative target, made absolute where the page says what it is relative to.
    fn absolute(&self, target: &str) -> Option<String> {
        let base = self.base.as_ref()?;
        let has_scheme = target.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':'));
        if has_scheme { None } else { base.join(target).ok().map(String::from) }
    }

    fn close_anchor(&mut self) {
        let Some(anchor) = self.anchor.take() else { return };
        let visible = self.html.visible.get(anchor.visible..).unwrap_or_default().trim();
        let hidden = self.html.hidden.get(anchor.hidden..).unwrap_or_default().trim();
        // What a hidden link shows is told as well: someone made it to be found.
        let shown = if visible.is_empty() { hidden } else { visible };
        if let Some(link) = self.links.get_mut(anchor.link) {
            shown.clone_into(&mut link.shown);
        }
    }

    fn end(&mut self, name: &str) {
        if name == "a" {
            self.close_anchor();
        }
        match element::layout(name) {
            Layout::Block | Layout::Break => self.line_break(),
            Layout::Cell => self.space(),
            Layout::Inline => {}
        }
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            // A cell or a row never ends what stands outside its table.
            let barrier = self.open.iter().rposition(|open| open.name == "table").unwrap_or(0);
            if at >= barrier || name == "body" || name == "html" {
                self.open.truncate(at);
            }
        }
    }

    /// Elements that the start of another one ends (HTML, "optional tags").
    fn close_implied(&mut self, name: &str) {
        while let Some(last) = self.open.last() {
            let ends = match last.name.as_str() {
                "p" => element::layout(name) == Layout::Block,
                "li" => name == "li",
                "td" | "th" => matches!(name, "td" | "th" | "tr"),
                "tr" => name == "tr",
                "option" => name == "option",
                "dt" | "dd" => matches!(name, "dt" | "dd"),
                "head" => name == "body",
                _ => false,
            };
            if !ends {
                break;
            }
            self.open.pop();
        }
    }

    /// Elements whose content is not markup: their text is passed over, a style sheet is read.
    fn raw_text(&mut self, tag: &Tag<'_>, tokens: &mut Tokens<'_>) {
        let name = tag.name.as_str();
        if !element::is_raw_text(name) {
            return;
        }
        let text = tokens.raw_text(name);
        match name {
            "style" => self.sheet.read(text),
            "textarea" => self.text(&entity::decode(text)),
            "script" if self.kind == Kind::File => {
                let room = self.limits.links.saturating_sub(self.links.len());
                self.links.extend(links::find(text, room));
            }
            _ => {}
        }
        if self.open.last().is_some_and(|open| open.name == name) {
            self.open.pop();
        }
    }

    fn line_break(&mut self) {
        let target = if self.look().is_hidden() { &mut self.html.hidden } else { &mut self.html.visible };
        let kept = target.trim_end_matches([' ', '\t']).len();
        target.truncate(kept);
        if !target.is_empty() && !target.ends_with("\n\n") {
            target.push('\n');
        }
    }

    fn space(&mut self) {
        let target = if self.look().is_hidden() { &mut self.html.hidden } else { &mut self.html.visible };
        if !target.is_empty() && !target.ends_with(char::is_whitespace) {
            target.push(' ');
        }
    }
}

/// Adds text with every run of white space as one space; a no-break space stays what it is.
fn push_collapsed(target: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let end = rest.bytes().position(|octet| matches!(octet, b' ' | b'\t' | b'\n' | b'\r' | b'\x0C'));
        let Some(end) = end else { return target.push_str(rest) };
        target.push_str(&rest[..end]);
        if !target.is_empty() && !target.ends_with([' ', '\n']) {
            target.push(' ');
        }
        rest = &rest[end + 1..];
    }
}

#[cfg(test)]
mod tests;
