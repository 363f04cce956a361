//! What is known about HTML elements by name.

/// How an element stands in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Begins and ends a line.
    Block,
    /// Breaks the line, and does not end a paragraph.
    Break,
    /// A table cell: set off by a space.
    Cell,
    /// Part of the line.
    Inline,
}

pub(super) fn layout(name: &str) -> Layout {
    match name {
        "address" | "article" | "aside" | "blockquote" | "body" | "center" | "dd" | "details" | "dialog" | "dir"
        | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "h1" | "h2" | "h3"
        | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "html" | "legend" | "li" | "main" | "menu" | "nav"
        | "ol" | "p" | "pre" | "section" | "summary" | "table" | "tbody" | "tfoot" | "thead" | "tr" | "ul" => {
            Layout::Block
        }
        "br" | "option" | "caption" => Layout::Break,
        "td" | "th" => Layout::Cell,
        _ => Layout::Inline,
    }
}

/// Elements that stand as they are when a text is dressed differently: no unknown names, no fonts and emphasis, no breaks.
pub(super) fn is_frame(name: &str) -> bool {
    let dresses = matches!(name, "br" | "wbr" | "center" | "meta" | "basefont" | "param" | "source" | "link")
        || (layout(name) == Layout::Inline && !matches!(name, "a" | "img" | "button" | "input" | "select" | "map"));
    !dresses && !name.contains(':') && is_known(name)
}

/// A hash of a name that never changes: what is stored depends on it.
pub(super) fn hash(name: &str) -> u16 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, octet| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 16) as u16
}

/// Elements without an end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "basefont"
            | "bgsound"
            | "br"
            | "col"
            | "embed"
            | "frame"
            | "hr"
            | "img"
            | "input"
            | "keygen"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Elements whose content is not markup. `noscript` is not among them: mail is read without scripts.
pub(super) fn is_raw_text(name: &str) -> bool {
    matches!(name, "script" | "style" | "title" | "textarea" | "xmp" | "iframe" | "noembed" | "noframes")
}

/// Elements whose content is never shown.
pub(super) fn is_never_shown(name: &str) -> bool {
    matches!(name, "head" | "template" | "datalist" | "noframes" | "noembed" | "object" | "audio" | "video")
}

/// Elements that some browser or mail program knows; names with a colon are Word's.
pub(super) fn is_known(name: &str) -> bool {
    name.contains(':')
        || layout(name) != Layout::Inline
        || is_void(name)
        || is_raw_text(name)
        || is_never_shown(name)
        || matches!(
            name,
            "a" | "abbr"
                | "acronym"
                | "applet"
                | "b"
                | "bdi"
                | "bdo"
                | "big"
                | "blink"
                | "button"
                | "canvas"
                | "cite"
                | "code"
                | "colgroup"
                | "data"
                | "del"
                | "dfn"
                | "em"
                | "font"
                | "frameset"
                | "i"
                | "ins"
                | "kbd"
                | "label"
                | "map"
                | "mark"
                | "marquee"
                | "math"
                | "meter"
                | "nobr"
                | "noscript"
                | "optgroup"
                | "output"
                | "picture"
                | "progress"
                | "q"
                | "rb"
                | "rp"
                | "rt"
                | "rtc"
                | "ruby"
                | "s"
                | "samp"
                | "select"
                | "slot"
                | "small"
                | "span"
                | "strike"
                | "strong"
                | "sub"
                | "sup"
                | "svg"
                | "time"
                | "tt"
                | "u"
                | "var"
                | "xml"
                | "path"
                | "amp-img"
        )
}
