//! How text of an HTML part looks, as far as it tells whether somebody can read it.

use std::collections::BTreeMap;

use super::colour;

/// How text looks inside one open element.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) tag: String,
    front: String,
    back: String,
    size: f64,
    display: String,
    visibility: String,
}

/// Elements that change how text looks.
const ELEMENTS: [&str; 14] =
    ["body", "font", "table", "tr", "th", "td", "big", "small", "basefont", "marquee", "span", "p", "div", "a"];

/// Elements whose `style` is read.
const STYLED: [&str; 7] = ["table", "td", "tr", "span", "p", "div", "a"];

/// Open elements that are followed.
const DEPTH: usize = 2000;

/// Open elements and what they change.
#[derive(Debug)]
pub(super) struct Styles {
    open: Vec<Look>,
    base: f64,
    pub(super) largest: f64,
    pub(super) smallest: f64,
}

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unseen {
    LowContrast,
    InvalidColour,
    Otherwise,
}

impl Styles {
    pub(super) fn new() -> Self {
        let plain = Look {
            tag: "default".into(),
            front: "#000000".into(),
            back: "#ffffff".into(),
            size: 3.0,
            display: String::new(),
            visibility: String::new(),
        };
        Self { open: vec![plain], base: 3.0, largest: 3.0, smallest: 3.0 }
    }

    pub(super) fn concerns(tag: &str) -> bool {
        ELEMENTS.contains(&tag)
    }

    pub(super) fn start(&mut self, tag: &str, attributes: &BTreeMap<String, String>) {
        let tag = if tag == "th" { "td" } else { tag };
        if tag == "basefont"
            && let Some(size) = attributes.get("size").and_then(|size| leading_number(size))
        {
            self.base = size;
            return;
        }
        if matches!(tag, "td" | "tr") {
            self.close_cell(tag);
        }
        let Some(outer) = self.open.last().cloned() else { return };
        let mut look = Look { tag: tag.to_owned(), ..outer.clone() };
        match tag {
            "big" => look.size += 1.0,
            "small" => look.size -= 1.0,
            _ => self.attributes(&mut look, &outer, attributes),
        }
        if self.open.len() < DEPTH {
            self.open.push(look);
        }
    }

    fn attributes(&mut self, look: &mut Look, outer: &Look, attributes: &BTreeMap<String, String>) {
        for (name, value) in attributes {
            match (look.tag.as_str(), name.as_str()) {
                ("body", "text") | ("font" | "basefont", "color") => look.front = colour::named(value),
                ("font" | "basefont", "size") => {
                    let value = value.trim_start();
                    if let Some(size) = value.strip_prefix('+').and_then(leading_number) {
                        look.size = self.base + size;
                    } else if let Some(size) = value.strip_prefix('-').and_then(leading_number) {
                        look.size = self.base - size;
                    } else if let Some(size) = leading_number(value) {
                        look.size = size;
                    }
                }
                (tag, "style") if STYLED.contains(&tag) => style(look, outer, value),
                ("body", "bgcolor" | "link" | "alink" | "vlink" | "background") => {}
                ("font" | "basefont", "face") => {}
                ("marquee" | "table" | "td" | "tr", "bgcolor") | ("marquee", "background") => {}
                _ => continue,
            }
            if look.size > self.largest {
                self.largest = look.size;
            } else if look.size < self.smallest {
                self.smallest = look.size;
            }
        }
    }

    pub(super) fn end(&mut self, tag: &str) {
        let tag = if tag == "th" { "td" } else { tag };
        if tag == "body" {
            return;
        }
        if let Some(at) = self.open.iter().rposition(|look| look.tag == tag) {
            self.open.truncate(at);
        }
    }

    fn close_cell(&mut self, tag: &str) {
        if !self.open.iter().any(|look| look.tag == tag) {
            return;
        }
        while let Some(top) = self.open.last() {
            let closes = match tag {
                "td" => matches!(top.tag.as_str(), "font" | "td"),
                _ => matches!(top.tag.as_str(), "font" | "td" | "tr"),
            };
            if !closes {
                break;
            }
            self.open.pop();
        }
    }

    /// Whether the text that comes now can be seen.
    pub(super) fn unseen(&self) -> Option<Unseen> {
        let look = self.open.last()?;
        if colour::is_close(&look.front, &look.back) {
            return Some(Unseen::LowContrast);
        }
        if look.front == colour::INVALID || look.back == colour::INVALID {
            return Some(Unseen::InvalidColour);
        }
        let hidden = look.size <= 1.0
            || look.display.eq_ignore_ascii_case("none")
            || look.visibility.eq_ignore_ascii_case("hidden");
        hidden.then_some(Unseen::Otherwise)
    }
}

fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// A `style` attribute.
fn style(look: &mut Look, outer: &Look, written: &str) {
    for declaration in written.split(';') {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let (name, value) = (name.trim_start(), value.trim());
        if value.is_empty() {
            continue;
        }
        if name.eq_ignore_ascii_case("color") || name.eq_ignore_ascii_case("background-color") {
            let Some(colour) = declared(value) else { continue };
            if name.len() > 5 { look.back = colour } else { look.front = colour }
        } else if name == "background" {
            if let Some(colour) = background(&value.to_lowercase()) {
                look.back = colour;
            }
        } else if name.trim_end() == "display" {
            value.clone_into(&mut look.display);
        } else if name.trim_end() == "visibility" {
            value.clone_into(&mut look.visibility);
        }
    }
    if look.back == "transparent" {
        look.back.clone_from(&outer.back);
    }
    if look.front == "transparent" {
        look.front.clone_from(&look.back);
    }
}

fn declared(value: &str) -> Option<String> {
    let lower = value.to_lowercase();
    let value = lower.strip_suffix("important").map(str::trim_end).and_then(|rest| rest.strip_suffix('!'));
    let value = value.map_or(lower.as_str(), str::trim_end);
    if value.contains("rgb") {
        let digits: String = value.chars().filter(|c| c.is_ascii_digit() || *c == ',').collect();
        let mut channels = digits.split(',').map(|piece| piece.parse::<u32>().unwrap_or(0).min(255));
        let mut next = || channels.next().unwrap_or(0);
        return Some(format!("#{:02x}{:02x}{:02x}", next(), next(), next()));
    }
    match value {
        "inherit" => None,
        "transparent" => Some(value.to_owned()),
        value => Some(colour::named(value)),
    }
}

/// The colour of the last layer of a `background`.
fn background(value: &str) -> Option<String> {
    let mut layers = vec![vec![String::new()]];
    let mut depth = 0;
    for c in value.chars() {
        let Some(layer) = layers.last_mut() else { break };
        match c {
            ' ' if depth == 0 => layer.push(String::new()),
            ',' if depth == 0 => layers.push(vec![String::new()]),
            c => {
                depth += i32::from(c == '(');
                depth -= i32::from(c == ')' && depth > 0);
                if let Some(token) = layer.last_mut() {
                    token.push(c);
                }
            }
        }
    }
    let layer = layers.pop()?;
    layer
        .iter()
        .filter(|token| !token.is_empty())
        .map(|token| colour::named(token))
        .find(|found| found != colour::INVALID)
}
