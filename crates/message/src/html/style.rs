//! What styles and attributes do to the visibility of text.

use std::collections::HashMap;

use super::colour::{self, Colour};
use super::element;
use super::token::Tag;

/// What an element hands down to its content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    /// Hidden with everything inside, whatever the inside says.
    hidden: bool,
    /// `visibility`, which the inside may take back.
    invisible: bool,
    /// Letters of at most one pixel. The inside may set a size again: newsletters have cells of size 0 around every text.
    tiny: bool,
    colour: Colour,
    /// `None`: a picture or something else that cannot be compared.
    background: Option<Colour>,
    /// White space is kept.
    pub(super) preformatted: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            hidden: false,
            invisible: false,
            tiny: false,
            colour: colour::BLACK,
            background: Some(colour::WHITE),
            preformatted: false,
        }
    }
}

impl Look {
    pub(super) fn is_hidden(&self) -> bool {
        let covered = self.hidden || self.invisible || self.tiny;
        covered || self.background.is_some_and(|background| colour::is_alike(self.colour, background))
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Hide => self.hidden = true,
            Change::Invisible(invisible) => self.invisible = invisible,
            Change::Tiny(tiny) => self.tiny = tiny,
            Change::Colour(colour) => self.colour = colour,
            Change::Background(background) => self.background = background,
            Change::Preformatted(kept) => self.preformatted = kept,
        }
    }

    fn declarations(&mut self, style: &str) {
        for change in changes(style) {
            self.change(change);
        }
    }
}

/// What one declaration does to the look.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    Hide,
    Invisible(bool),
    Tiny(bool),
    Colour(Colour),
    Background(Option<Colour>),
    Preformatted(bool),
}

/// Declarations of one style that are read.
const DECLARATIONS: usize = 64;

fn changes(style: &str) -> Vec<Change> {
    let style = style.to_ascii_lowercase();
    let pairs = style.split(';').take(DECLARATIONS).filter_map(|declaration| declaration.split_once(':'));
    let mut changes = Vec::new();
    let (mut no_room, mut clipped) = (false, false);
    for (property, value) in pairs {
        let (property, value) = (property.trim(), value.split('!').next().unwrap_or(value).trim());
        match property {
            "width" | "height" | "max-height" | "max-width" => no_room |= pixels(value) == Some(0.0),
            "overflow" | "overflow-x" | "overflow-y" => clipped |= matches!(value, "hidden" | "clip"),
            _ => changes.extend(change(property, value)),
        }
    }
    // What does not fit into a box without size is shown all the same, unless it is clipped.
    if no_room && clipped {
        changes.push(Change::Hide);
    }
    changes
}

fn change(property: &str, value: &str) -> Option<Change> {
    let hides = match property {
        "display" => value == "none",
        "visibility" => return Some(Change::Invisible(matches!(value, "hidden" | "collapse"))),
        "opacity" => number(value).is_some_and(|opacity| opacity <= 0.05),
        "font-size" => return font_size(value).map(Change::Tiny),
        "text-indent" | "left" | "top" | "margin-left" | "margin-top" => is_far_out(value),
        "color" if value == "transparent" => true,
        "color" => return colour::parse(value).map(Change::Colour),
        "background" | "background-color" | "background-image" => return background(value),
        "white-space" => {
            return Some(Change::Preformatted(matches!(value, "pre" | "pre-wrap" | "pre-line" | "break-spaces")));
        }
        _ => false,
    };
    hides.then_some(Change::Hide)
}

/// Whether letters of this size are too small to be seen. A size relative to the outer one makes nothing larger.
fn font_size(value: &str) -> Option<bool> {
    if matches!(value, "xx-small" | "x-small" | "small" | "medium" | "large" | "x-large" | "xx-large") {
        return Some(false);
    }
    let size = pixels(value)?;
    let relative = value.ends_with("em") && !value.ends_with("rem") || value.ends_with("ex");
    if size <= 1.0 { Some(true) } else { (!relative).then_some(false) }
}

fn background(value: &str) -> Option<Change> {
    if value.contains("url(") || value.contains("gradient") {
        return Some(Change::Background(None));
    }
    let colour = colour::parse(value).or_else(|| value.split_whitespace().find_map(colour::parse))?;
    Some(Change::Background(Some(colour)))
}

/// The look of an element inside another.
pub(super) fn look(outer: Look, tag: &Tag<'_>, sheet: &StyleSheet) -> Look {
    let mut look = outer;
    let name = tag.name.as_str();
    look.hidden |= element::is_never_shown(name);
    look.preformatted |= matches!(name, "pre" | "xmp" | "listing" | "textarea");
    // A link has its own colour unless it is given another.
    if name == "a" {
        look.colour = [0, 0, 238];
    }
    let mut style = None;
    for (attribute, value) in tag.attributes() {
        match &*attribute {
            "hidden" => look.hidden = true,
            "background" if !value.is_empty() => look.background = None,
            "bgcolor" => look.background = colour::parse(value).or(look.background),
            "size" if name == "font" => look.tiny = false,
            "color" if name == "font" => look.colour = colour::parse(value).unwrap_or(look.colour),
            "text" if name == "body" => look.colour = colour::parse(value).unwrap_or(look.colour),
            "class" | "id" => sheet.apply(&attribute, value, &mut look),
            "style" => style = Some(value),
            _ => {}
        }
    }
    // What stands in the attribute wins over the sheet.
    if let Some(style) = style {
        look.declarations(&super::entity::decode(style));
    }
    look
}

/// Rules of `style` elements for a single class or id; rules under `@media` apply to some screens only and are left out.
#[derive(Default)]
pub(super) struct StyleSheet {
    /// By selector with its sign.
    rules: HashMap<String, Vec<Change>>,
}

/// Selectors that are kept, and changes that are kept for each: a sheet costs the same however often it is applied.
const RULES: usize = 256;
const CHANGES: usize = 16;

impl StyleSheet {
    pub(super) fn read(&mut self, text: &str) {
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let selector = rest[..open].trim().trim_start_matches("<!--").trim();
            let inside = &rest[open + 1..];
            if selector.rsplit(['}', ';']).next().unwrap_or(selector).trim_start().starts_with('@') {
                rest = after_block(inside);
                continue;
            }
            let close = inside.find('}').unwrap_or(inside.len());
            let changes = changes(&inside[..close]);
            for single in selector.split(',') {
                self.keep(single.trim(), &changes);
            }
            rest = inside.get(close + 1..).unwrap_or_default();
        }
    }

    fn keep(&mut self, selector: &str, changes: &[Change]) {
        let simple = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let Some(at) = selector.find(['.', '#']) else { return };
        let (element, name) = selector.split_at(at);
        if !element.chars().all(simple) || name.len() < 2 || !name[1..].chars().all(simple) || changes.is_empty() {
            return;
        }
        if self.rules.len() < RULES || self.rules.contains_key(name) {
            let kept = self.rules.entry(name.to_owned()).or_default();
            kept.extend_from_slice(changes);
            kept.truncate(CHANGES);
        }
    }

    fn apply(&self, attribute: &str, value: &str, look: &mut Look) {
        if self.rules.is_empty() {
            return;
        }
        let sign = if attribute == "id" { '#' } else { '.' };
        for name in value.split_ascii_whitespace().take(16) {
            for &change in self.rules.get(&format!("{sign}{name}")).into_iter().flatten() {
                look.change(change);
            }
        }
    }
}

/// What follows a block with blocks inside.
fn after_block(inside: &str) -> &str {
    let mut depth = 1usize;
    for (at, octet) in inside.bytes().enumerate() {
        match octet {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &inside[at + 1..];
        }
    }
    ""
}

/// Width and height of an image in pixels, by attribute or style.
pub(super) fn image_size(tag: &Tag<'_>) -> (Option<f32>, Option<f32>) {
    let style = tag.get("style").unwrap_or_default().to_ascii_lowercase();
    let size = |name: &str| {
        let declared = style.split(';').find_map(|declaration| {
            let (property, value) = declaration.split_once(':')?;
            (property.trim() == name).then(|| pixels(value.trim())).flatten()
        });
        declared.or_else(|| tag.get(name).and_then(|value| pixels(value.trim())))
    };
    (size("width"), size("height"))
}

fn number(value: &str) -> Option<f32> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))).unwrap_or(value.len());
    value[..end].parse().ok()
}

/// A length in pixels; relative units are taken at 16 pixels to the em. A percentage is none, except nothing.
fn pixels(value: &str) -> Option<f32> {
    let size = number(value)?;
    let unit = value.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')).trim();
    match unit {
        "" | "px" => Some(size),
        "pt" => Some(size * 4.0 / 3.0),
        "em" | "rem" | "ex" => Some(size * 16.0),
        _ if size == 0.0 => Some(0.0),
        _ => None,
    }
}

fn is_far_out(value: &str) -> bool {
    pixels(value).is_some_and(|length| length <= -900.0)
        || (value.ends_with('%') && number(value).is_some_and(|length| length <= -90.0))
}
